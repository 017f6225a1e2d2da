package udf

import (
	"encoding/binary"
	"math/bits"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// wordAt is the 64 bits of a bitmap from a bit on. Bits beyond the bitmap are 0.
func wordAt(bitmap []byte, bit int) uint64 {
	at, shift := bit>>3, uint(bit&7)
	if at+9 <= len(bitmap) {
		w := binary.LittleEndian.Uint64(bitmap[at:])
		if shift == 0 {
			return w
		}
		return w>>shift | uint64(bitmap[at+8])<<(64-shift)
	}
	var w uint64
	for i := 0; i < 9 && at+i < len(bitmap); i++ {
		b := uint64(bitmap[at+i])
		if i == 8 {
			w |= b << (64 - shift) // nothing if the shift is 0: Go shifts all of it out
		} else {
			w |= b << (8 * i) >> shift
		}
	}
	return w
}

func splatBit(set bool) uint64 {
	if set {
		return ^uint64(0)
	}
	return 0
}

// bit is 1 if b is true; the compiler makes it a flag, not a jump.
func bit(b bool) uint64 {
	var v uint64
	if b {
		v = 1
	}
	return v
}

// A bitBuffer is a bitmap of whole words being made.
type bitBuffer struct {
	buffer *memory.Buffer
	words  []uint64
}

func newBits(mem memory.Allocator, n int) bitBuffer {
	buffer := memory.NewResizableBuffer(mem)
	buffer.Resize((n + 63) / 64 * 8)
	return bitBuffer{buffer, arrow.GetData[uint64](buffer.Bytes())}
}

func (b bitBuffer) set(i int)     { b.words[i>>6] |= 1 << (i & 63) }
func (b bitBuffer) clear(i int)   { b.words[i>>6] &^= 1 << (i & 63) }
func (b bitBuffer) at(i int) bool { return b.words[i>>6]>>(i&63)&1 != 0 }
func (b bitBuffer) fill(w uint64) { fillWords(b.words, w) }
func (b bitBuffer) count(n int) int {
	set := 0
	for i, w := range b.words {
		if left := n - i*64; left < 64 {
			w &= 1<<left - 1
		}
		set += bits.OnesCount64(w)
	}
	return set
}

func fillWords(words []uint64, w uint64) {
	for i := range words {
		words[i] = w
	}
}

// validWord is which of the 64 rows from i on are not NULL in an argument.
func validWord(a Arg, i int) uint64 {
	if a.DataType().ID() == arrow.NULL {
		return 0
	}
	data := a.Data()
	if data.Buffers()[0] == nil || data.NullN() == 0 {
		return ^uint64(0)
	}
	if a.Const {
		return splatBit(a.IsValid(0))
	}
	return wordAt(data.Buffers()[0].Bytes(), data.Offset()+i)
}
