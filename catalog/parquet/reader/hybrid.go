package reader

import (
	"encoding/binary"
	"errors"
	"math/bits"

	"github.com/apache/arrow-go/v18/arrow/bitutil"
	"github.com/parquet-go/bitpack"
)

// The hybrid of run-length and bit-packed runs holds levels, dictionary indexes and booleans. Decoders here fill exactly
// the values asked for, so that what a run claims to hold takes no memory.

var errHybrid = errors.New("malformed run-length data")

// A run is count equal values (packed == nil) or count values packed into bits; the last run may claim more values than
// the page has, because packed runs come in eights.
type run struct {
	count  int
	value  uint32
	packed []byte
}

// A hybridReader steps through runs of values of width bits.
type hybridReader struct {
	data  []byte
	width int
}

// next reads a run of at most left values.
func (r *hybridReader) next(left int) (run, error) {
	header, n := binary.Uvarint(r.data)
	if n <= 0 {
		return run{}, errHybrid
	}
	r.data = r.data[n:]
	if header&1 == 0 {
		size := (r.width + 7) / 8
		if len(r.data) < size || header>>1 == 0 {
			return run{}, errHybrid
		}
		var value uint32
		for i := range size {
			value |= uint32(r.data[i]) << (8 * i)
		}
		r.data = r.data[size:]
		return run{count: int(min(header>>1, uint64(left))), value: value}, nil
	}
	groups := header >> 1
	if groups == 0 {
		return run{}, errHybrid
	}
	if r.width == 0 {
		return run{count: int(min(8*groups, uint64(left)))}, nil
	}
	// The last group may be cut off behind the values that count.
	count := int(min(groups, uint64(left+7)/8)) * 8
	size := int(min(groups*uint64(r.width), uint64(len(r.data))))
	packed := r.data[:size]
	r.data = r.data[size:]
	count = min(count, left, size*8/r.width)
	if count == 0 {
		return run{}, errHybrid
	}
	return run{count: count, packed: packed}, nil
}

// decodeIndexes fills dst with values of up to 32 bits.
func decodeIndexes(dst []uint32, data []byte, width int) error {
	r := hybridReader{data: data, width: width}
	var tail [8]uint32
	var padded [8*4 + bitpack.PaddingInt32]byte
	for len(dst) > 0 {
		run, err := r.next(len(dst))
		if err != nil {
			return err
		}
		out := dst[:run.count]
		dst = dst[run.count:]
		if run.packed == nil {
			for i := range out {
				out[i] = run.value
			}
			continue
		}
		// The kernel reads past what it unpacks: the last groups go through a padded copy.
		src := run.packed[:cap(run.packed)]
		whole := len(out) &^ 7
		for whole > 0 && (whole*width)/8+bitpack.PaddingInt32 > len(src) {
			whole -= 8
		}
		if whole > 0 {
			bitpack.Unpack(out[:whole], src, uint(width))
		}
		for at := whole; at < len(out); at += 8 {
			clear(padded[:])
			copy(padded[:width], run.packed[at*width/8:])
			bitpack.Unpack(tail[:], padded[:], uint(width))
			copy(out[at:], tail[:])
		}
	}
	return nil
}

// decodeLevels fills dst with levels up to highest.
func decodeLevels(dst []uint8, data []byte, highest int) error {
	width := bits.Len(uint(highest))
	r := hybridReader{data: data, width: width}
	for len(dst) > 0 {
		run, err := r.next(len(dst))
		if err != nil {
			return err
		}
		out := dst[:run.count]
		dst = dst[run.count:]
		if run.packed == nil {
			if run.value > uint32(highest) {
				return errHybrid
			}
			for i := range out {
				out[i] = uint8(run.value)
			}
			continue
		}
		unpackLevels(out, run.packed, width)
		if highest == 1<<width-1 {
			continue
		}
		for _, level := range out {
			if level > uint8(highest) {
				return errHybrid
			}
		}
	}
	return nil
}

// unpackLevels spreads eight levels of up to eight bits at once over the bytes of a word: halves apart, then quarters, then
// each to its byte.
func unpackLevels(dst []uint8, packed []byte, width int) {
	w := uint(width)
	half := uint64(1)<<(4*w) - 1
	quarters := (uint64(1)<<(2*w) - 1) * 0x0000_0001_0000_0001
	eighths := (uint64(1)<<w - 1) * 0x0001_0001_0001_0001
	for len(dst) > 0 {
		var word [8]byte
		if len(packed) >= 8 {
			word = [8]byte(packed)
		} else {
			copy(word[:], packed)
		}
		v := binary.LittleEndian.Uint64(word[:])
		v = v&half | v>>(4*w)&half<<32
		v = v&quarters | v>>(2*w)&quarters<<16
		v = v&eighths | v>>w&eighths<<8
		if len(dst) < 8 {
			binary.LittleEndian.PutUint64(word[:], v)
			copy(dst, word[:])
			return
		}
		binary.LittleEndian.PutUint64(dst, v)
		dst, packed = dst[8:], packed[width:]
	}
}

// decodeBits fills n bits of dst, a bitmap that is all zero and ends with whole words, and counts those set.
func decodeBits(dst []byte, n int, data []byte) (ones int, err error) {
	r := hybridReader{data: data, width: 1}
	for at := 0; at < n; {
		run, err := r.next(n - at)
		if err != nil {
			return 0, err
		}
		switch {
		case run.packed == nil && run.value&1 == 1:
			bitutil.SetBitsTo(dst, int64(at), int64(run.count), true)
		case run.packed != nil:
			orBits(dst, at, run.packed, run.count)
		}
		at += run.count
	}
	return bitutil.CountSetBits(dst, 0, n), nil
}

// orBits sets n bits of dst, from bit at on, as src has them.
func orBits(dst []byte, at int, src []byte, n int) {
	shift := at & 7
	dst = dst[at>>3:]
	for i := 0; i < n; i += 8 {
		b := src[i>>3]
		if left := n - i; left < 8 {
			b &= 1<<left - 1
		}
		dst[i>>3] |= b << shift
		if high := b >> (8 - shift); high != 0 {
			dst[i>>3+1] |= high
		}
	}
}

// allEqual says whether n levels all are highest, without expanding them.
func allEqual(n int, data []byte, highest int) bool {
	width := bits.Len(uint(highest))
	r := hybridReader{data: data, width: width}
	var group uint64 // eight times the level
	for i := range 8 {
		group |= uint64(highest) << (i * width)
	}
	for n > 0 {
		run, err := r.next(n)
		if err != nil {
			return false
		}
		n -= run.count
		if run.packed == nil {
			if run.value != uint32(highest) {
				return false
			}
			continue
		}
		for i := 0; i < run.count; i += 8 {
			var word [8]byte
			copy(word[:width], run.packed[i/8*width:])
			different := binary.LittleEndian.Uint64(word[:]) ^ group
			if valid := min(8, run.count-i) * width; valid < 64 {
				different &= 1<<valid - 1
			}
			if different != 0 {
				return false
			}
		}
	}
	return true
}

// startsEvery says whether the n repetition levels (0 or 1) are 0 exactly at multiples of dim: lists of dim elements each,
// the first of which begins the page and the last of which ends it.
func startsEvery(dim, n int, data []byte) bool {
	if n%dim != 0 {
		return false
	}
	r := hybridReader{data: data, width: 1}
	for at := 0; at < n; {
		run, err := r.next(n - at)
		if err != nil {
			return false
		}
		from, to := at, at+run.count
		at = to
		starts := (to+dim-1)/dim - (from+dim-1)/dim // multiples of dim in [from, to)
		if run.packed == nil {
			if run.value == 1 && starts != 0 || run.value == 0 && starts != run.count || run.value > 1 {
				return false
			}
			continue
		}
		if bitutil.CountSetBits(run.packed, 0, run.count) != run.count-starts {
			return false
		}
		for i := (from + dim - 1) / dim * dim; i < to; i += dim {
			if bitutil.BitIsSet(run.packed, i-from) {
				return false
			}
		}
	}
	return true
}
