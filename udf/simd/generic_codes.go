package simd

import (
	"encoding/binary"
	"math"
)

// scanCodes scans the blocks [from, to) for all of scans.
func scanCodes(blocks []byte, scans []CodeScan, from, to int) {
	for i := range scans {
		scan := &scans[i]
		size := CodeBlockBytes(len(scan.Table) / 16)
		for b := from; b < to; b++ {
			if scan.Masks[b] != 0 {
				scan.Masks[b] &= scan.block(blocks[b*size:(b+1)*size], scan.Bounds[b*CodesInBlock:(b+1)*CodesInBlock])
			}
		}
	}
}

func (s *CodeScan) block(block []byte, bounds []float32) (below uint32) {
	var sums [CodesInBlock]uint32
	for t := 0; t+16 <= len(s.Table); t += 16 {
		table, bits := s.Table[t:t+16], block[t:t+16]
		for j := 0; j < 16; j += 2 {
			sums[j/2] += uint32(table[bits[j]&15])
			sums[j/2+8] += uint32(table[bits[j+1]&15])
			sums[j/2+16] += uint32(table[bits[j]>>4])
			sums[j/2+24] += uint32(table[bits[j+1]>>4])
		}
	}
	add := block[len(s.Table):]
	scale := add[planeBytes:]
	for code, sum := range sums {
		bound := float32At(add, code) + float32At(scale, code)*(s.Delta*float32(sum)+s.Offset)
		bounds[code] = bound
		if bound < s.Limit {
			below |= 1 << code
		}
	}
	return below
}

func float32At(bytes []byte, i int) float32 {
	return math.Float32frombits(binary.NativeEndian.Uint32(bytes[4*i:]))
}
