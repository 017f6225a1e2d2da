package ivf

import "math"

// A table is a query as codes are scanned with it: its elements rounded to integers q_i = delta * a_i, and for each four
// dimensions the sixteen sums of those a_i whose bits are set, less the lowest of the sixteen, in a byte each.
type table struct {
	sums   []byte
	delta  float32
	offset float32 // delta*sum + offset is <q,u>
}

// The rounded magnitudes of four elements come to no more than a byte.
const maxSum = 253

// set fills the table. A query of zeros has a table of zeros.
func (t *table) set(query []float32) {
	largest := float32(0)
	for i := 0; i+4 <= len(query); i += 4 {
		q := query[i : i+4 : i+4]
		largest = max(largest, abs(q[0])+abs(q[1])+abs(q[2])+abs(q[3]))
	}
	t.delta = largest / maxSum
	t.offset = 0
	if !(t.delta > 0) || t.delta > math.MaxFloat32 {
		t.delta = 0
		clear(t.sums)
		return
	}
	// A bit that is set adds a positive element; one that is not adds the magnitude of a negative one, which is the sum
	// less the lowest sum. Eight entries are added up at once, a byte each: the carry never leaves a byte.
	by := 1 / t.delta
	negative, whole := 0, 0
	for i := 0; i+4 <= len(query); i += 4 {
		q := query[i : i+4 : i+4]
		low, high := uint64(0), uint64(0)
		for j, x := range q {
			a := int(int32(x*by + rounder - rounder))
			whole += a
			sign := a >> 63
			negative += a & sign
			magnitude := uint64((a ^ sign) - sign)
			low += magnitude * (subsets[j][0] ^ uint64(sign)&ones)
			high += magnitude * (subsets[j][1] ^ uint64(sign)&ones)
		}
		putUint64(t.sums[4*i:], low)
		putUint64(t.sums[4*i+8:], high)
	}
	// <q,u> = sum of a over the set bits - half the sum of all a.
	t.offset = t.delta * (float32(negative) - float32(whole)/2)
}

// rounder makes an addition round a small number to an integer.
const rounder = 3 << 22

// ones is 1 in each byte, subsets 1 in those of sixteen bytes whose number has the bit.
const ones = 0x0101010101010101

var subsets = [4][2]uint64{
	{0x0100010001000100, 0x0100010001000100},
	{0x0101000001010000, 0x0101000001010000},
	{0x0101010100000000, 0x0101010100000000},
	{0, ones},
}

func abs(x float32) float32 { return math.Float32frombits(math.Float32bits(x) &^ (1 << 31)) }
