package simd

import "fmt"

// Codes stand for vectors that were rotated at random: one bit a dimension, its sign, and two factors (RaBitQ). They lie in
// blocks of 32, which are scanned as a whole:
//
//	tables x 16 bytes  for each four dimensions (a table) the codes' bits, lowest dimension lowest: byte j has those of
//	                   code j/2, or 8 + j/2 where j is odd, in its lower half, and of the code 16 further in its upper half
//	32 float32         add
//	32 float32         scale
//	32 uint32          not read by a scan: what the caller calls the codes
//
// In this order of codes bytes add up in pairs, as 16-bit numbers, and come apart as codes 0 to 7, 8 to 15 and so on.
const (
	CodesInBlock = 32
	planeBytes   = 4 * CodesInBlock
)

// CodeBlockBytes is the size of a block whose codes have so many tables. It is a multiple of 128: ScanCodes takes
// multiples of 16 tables.
func CodeBlockBytes(tables int) int { return 16*tables + 3*planeBytes }

// A CodeScan is what one query asks of codes: which of them have
//
//	add + scale*(Delta*sum + Offset)  <  Limit
//
// where sum is what the code selects from the query's table, a byte for every four dimensions. It is below 2^24, so that
// float32 holds it.
type CodeScan struct {
	Table                []byte // for each four dimensions 16 bytes: what each value of four bits counts
	Delta, Offset, Limit float32

	// Masks has a word for each block, the first code lowest. A scan clears the bits of codes that are not below Limit, as
	// those are whose left side is NaN, and does not read blocks that have no bits.
	Masks []uint32
	// Bounds has 32 places for each block. A scan stores the left side for the codes that are left in Masks; what the
	// others' places hold means nothing.
	Bounds []float32
}

// ScanCodes scans len(Masks) blocks of codes for each of scans, which must all have the same number of blocks and of tables,
// a multiple of 16: codes of other lengths end in zeros, and tables too. Four scans at a time read the codes once.
func ScanCodes(blocks []byte, scans []CodeScan) {
	for i := range scans {
		checkScan(blocks, &scans[i], &scans[0])
	}
	if len(scans) == 0 || len(scans[0].Masks) == 0 {
		return
	}
	n := len(scans[0].Masks)
	step := max(uninterrupted/CodeBlockBytes(len(scans[0].Table)/16), 1)
	for from := 0; from < n; from += step {
		to := min(from+step, n)
		rest := scans
		for ; len(rest) >= 4; rest = rest[4:] {
			active.ScanCodes4(blocks, rest[:4], from, to)
		}
		for i := range rest {
			active.ScanCodes(blocks, rest[i:i+1], from, to)
		}
	}
}

// uninterrupted is how many bytes of codes one call of a kernel may scan: the garbage collector waits for assembly to end,
// and so many take 10 to 30 microseconds.
const uninterrupted = 1 << 18

func checkScan(blocks []byte, scan, first *CodeScan) {
	n, tables := len(scan.Masks), len(scan.Table)/16
	if len(scan.Table)%256 != 0 || tables == 0 || len(scan.Bounds) < CodesInBlock*n || len(blocks) < n*CodeBlockBytes(tables) {
		panic(fmt.Sprintf("simd: %d bytes of codes, table of %d bytes, %d bounds for %d blocks", len(blocks), len(scan.Table), len(scan.Bounds), n))
	}
	checkPair(n, len(first.Masks))
	checkPair(len(scan.Table), len(first.Table))
}
