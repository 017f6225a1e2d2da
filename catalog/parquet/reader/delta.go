package reader

import (
	"encoding/binary"
	"errors"
	"unsafe"

	"github.com/parquet-go/bitpack"
)

var errDelta = errors.New("malformed delta data")

// decodeDelta reads DELTA_BINARY_PACKED integers into dst, all of it, and returns what follows them. Sums wrap around.
func decodeDelta[T int32 | int64](dst []T, data []byte) (rest []byte, err error) {
	var header [3]uint64 // values a block, miniblocks a block, values
	for i := range header {
		n := 0
		if header[i], n = binary.Uvarint(data); n <= 0 {
			return nil, errDelta
		}
		data = data[n:]
	}
	first, n := binary.Varint(data)
	if n <= 0 {
		return nil, errDelta
	}
	data = data[n:]
	block, minis := header[0], header[1]
	if header[2] != uint64(len(dst)) || minis == 0 || minis > 1<<16 || block%minis != 0 || block/minis%32 != 0 || block/minis == 0 || block > 1<<24 {
		return nil, errDelta
	}
	if len(dst) == 0 {
		return data, nil
	}
	size := int(block / minis)
	dst[0] = T(first)
	last := T(first)
	dst = dst[1:]
	var padded []byte
	for len(dst) > 0 {
		least, n := binary.Varint(data)
		if n <= 0 || uint64(len(data)-n) < minis {
			return nil, errDelta
		}
		widths := data[n : n+int(minis)]
		data = data[n+int(minis):]
		for _, w := range widths {
			if len(dst) == 0 {
				break
			}
			width := int(w)
			if width > int(8*unsafe.Sizeof(last)) {
				return nil, errDelta
			}
			packed := size * width / 8
			if packed > len(data) {
				return nil, errDelta
			}
			out := dst[:min(size, len(dst))]
			dst = dst[len(out):]
			last = deltaMiniblock(out, last, T(least), data[:packed], width, &padded)
			data = data[packed:]
		}
	}
	return data, nil
}

// deltaMiniblock decodes one miniblock and returns its last value.
func deltaMiniblock[T int32 | int64](out []T, last, least T, packed []byte, width int, padded *[]byte) T {
	if width == 0 {
		for i := range out {
			last += least
			out[i] = last
		}
		return last
	}
	const padding = bitpack.PaddingInt64
	whole := len(out) &^ 7
	src := packed[:cap(packed)]
	if len(packed)+padding > len(src) { // the kernel reads past what it unpacks
		if cap(*padded) < len(packed)+padding {
			*padded = make([]byte, len(packed)+padding)
		}
		src = (*padded)[:len(packed)+padding]
		copy(src, packed)
	}
	if whole > 0 {
		bitpack.Unpack(out[:whole], src, uint(width))
	}
	if whole < len(out) {
		var tail [8]T
		bitpack.Unpack(tail[:], src[whole*width/8:], uint(width))
		copy(out[whole:], tail[:])
	}
	for i, d := range out {
		last += d + least
		out[i] = last
	}
	return last
}

// decodeDeltaLengths reads DELTA_LENGTH_BYTE_ARRAY: lengths, then the bytes end to end. Spans point into the bytes returned.
func decodeDeltaLengths(dst []span, data []byte) (bytes []byte, err error) {
	lengths := make([]int32, len(dst))
	if bytes, err = decodeDelta(lengths, data); err != nil {
		return nil, err
	}
	at := uint64(0)
	for i, n := range lengths {
		if n < 0 || at+uint64(n) > uint64(len(bytes)) {
			return nil, errDelta
		}
		dst[i] = span{uint32(at), uint32(at) + uint32(n)}
		at += uint64(n)
	}
	return bytes, nil
}

// decodeDeltaBytes reads DELTA_BYTE_ARRAY: each value is a prefix of the one before and a suffix. The values it returns
// are written out in full.
func decodeDeltaBytes(dst []span, data []byte) (bytes []byte, err error) {
	prefixes := make([]int32, len(dst))
	if data, err = decodeDelta(prefixes, data); err != nil {
		return nil, err
	}
	suffixes := make([]span, len(dst))
	if data, err = decodeDeltaLengths(suffixes, data); err != nil {
		return nil, err
	}
	total, before := 0, 0
	for i, prefix := range prefixes {
		if prefix < 0 || int(prefix) > before {
			return nil, errDelta
		}
		before = int(prefix) + suffixes[i].len()
		if total += before; total > maxPage {
			return nil, errDelta
		}
	}
	bytes = make([]byte, 0, total)
	var last span
	for i, prefix := range prefixes {
		from := uint32(len(bytes))
		bytes = append(bytes, bytes[last.from:last.from+uint32(prefix)]...)
		bytes = append(bytes, data[suffixes[i].from:suffixes[i].to]...)
		last = span{from, uint32(len(bytes))}
		dst[i] = last
	}
	return bytes, nil
}
