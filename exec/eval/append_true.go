package eval

import (
	"encoding/binary"
	"math/bits"

	"github.com/apache/arrow-go/v18/arrow/array"
)

// appendTrue appends the rows at which a column is true. It reads 64 rows at a time and steps from one that is to the next.
func appendTrue(b *array.Boolean, into []uint32) []uint32 {
	if b.Len() == 0 {
		return into
	}
	data := b.Data()
	values, valid := data.Buffers()[1].Bytes(), []byte(nil)
	if b.NullN() > 0 {
		valid = data.Buffers()[0].Bytes()
	}
	for row := 0; row < b.Len(); row += 64 {
		at, n := data.Offset()+row, min(b.Len()-row, 64)
		word := bitsAt(values, at, n)
		if valid != nil {
			word &= bitsAt(valid, at, n)
		}
		for ; word != 0; word &= word - 1 {
			into = append(into, uint32(row+bits.TrailingZeros64(word)))
		}
	}
	return into
}

// bitsAt is n bits of a bitmap, of up to 64.
func bitsAt(bitmap []byte, at, n int) uint64 {
	var low uint64
	shift := at & 7
	bitmap = bitmap[at>>3:]
	if len(bitmap) >= 9 {
		low = binary.LittleEndian.Uint64(bitmap)>>shift | uint64(bitmap[8])<<(64-shift)
	} else {
		var padded [16]byte
		copy(padded[:], bitmap)
		low = binary.LittleEndian.Uint64(padded[:])>>shift | uint64(padded[8])<<(64-shift)
	}
	if n < 64 {
		low &= 1<<n - 1
	}
	return low
}
