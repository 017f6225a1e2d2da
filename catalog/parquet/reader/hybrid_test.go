package reader

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"
)

// encodeHybrid writes runs of random kinds and lengths that hold the values.
func encodeHybrid(r *rand.Rand, values []uint32, width int) []byte {
	var out []byte
	for at := 0; at < len(values); {
		n := 1
		for at+n < len(values) && values[at+n] == values[at] && n < 40 {
			n++
		}
		if n >= 3 && r.IntN(3) > 0 {
			out = binary.AppendUvarint(out, uint64(n)<<1)
			for i := range (width + 7) / 8 {
				out = append(out, byte(values[at]>>(8*i)))
			}
			at += n
			continue
		}
		groups := 1 + r.IntN(4)
		out = binary.AppendUvarint(out, uint64(groups)<<1|1)
		packed := make([]byte, groups*width)
		for i := range groups * 8 {
			if at+i < len(values) {
				for bit := range width {
					if values[at+i]>>bit&1 != 0 {
						packed[(i*width+bit)/8] |= 1 << ((i*width + bit) % 8)
					}
				}
			}
		}
		out = append(out, packed...)
		at += groups * 8
	}
	return out
}

func TestHybrid(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 1))
	for width := 1; width <= 32; width++ {
		for range 50 {
			values := make([]uint32, r.IntN(300))
			for i := range values {
				if i > 0 && r.IntN(4) > 0 {
					values[i] = values[i-1]
				} else {
					values[i] = r.Uint32() >> (32 - width)
				}
			}
			data := encodeHybrid(r, values, width)
			got := make([]uint32, len(values))
			if err := decodeIndexes(got, slices.Clip(data), width); err != nil || !slices.Equal(got, values) {
				t.Fatalf("width %d: got %v, want %v (%v)", width, got, values, err)
			}
			if width <= 8 {
				levels := make([]uint8, len(values))
				if err := decodeLevels(levels, slices.Clip(data), 1<<width-1); err != nil {
					t.Fatal(err)
				}
				for i, v := range values {
					if levels[i] != uint8(v) {
						t.Fatalf("width %d: level %d is %d, want %d", width, i, levels[i], v)
					}
				}
				want := !slices.ContainsFunc(values, func(v uint32) bool { return v != 1<<width-1 })
				if allEqual(len(values), data, 1<<width-1) != want {
					t.Fatalf("width %d: all equal is not %v", width, want)
				}
			}
			if width == 1 {
				dst := make([]byte, 8*((len(values)+63)/64))
				ones, err := decodeBits(dst, len(values), data)
				if err != nil {
					t.Fatal(err)
				}
				for i, v := range values {
					if uint32(dst[i/8]>>(i%8)&1) != v {
						t.Fatalf("bit %d is not %d", i, v)
					}
					ones -= int(v)
				}
				if ones != 0 {
					t.Fatalf("%d bits too many counted", ones)
				}
			}
		}
	}
}

func TestStartsEvery(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 2))
	for range 2000 {
		dim, rows := 1+r.IntN(40), 1+r.IntN(8)
		levels := make([]uint32, dim*rows)
		for i := range levels {
			if i%dim != 0 {
				levels[i] = 1
			}
		}
		if data := encodeHybrid(r, levels, 1); !startsEvery(dim, len(levels), data) {
			t.Fatalf("dim %d: %v is uniform", dim, levels)
		}
		levels[r.IntN(len(levels))] ^= 1
		if data := encodeHybrid(r, levels, 1); startsEvery(dim, len(levels), data) {
			t.Fatalf("dim %d: %v is not uniform", dim, levels)
		}
	}
}

func TestHybridOfGarbage(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	for range 20000 {
		data := make([]byte, r.IntN(20))
		for i := range data {
			data[i] = byte(r.Uint32() >> (r.IntN(4) * 8))
		}
		n, width := r.IntN(100), 1+r.IntN(32)
		_ = decodeIndexes(make([]uint32, n), bytes.Clone(data), width)
		_ = decodeLevels(make([]uint8, n), bytes.Clone(data), 1+r.IntN(255))
		_, _ = decodeBits(make([]byte, 8*((n+63)/64)), n, bytes.Clone(data))
		_ = allEqual(n, data, 1+r.IntN(255))
		_ = startsEvery(1+r.IntN(9), n, data)
	}
}

// Hadoop's framing, several blocks of it, and the bare blocks that some writers put under the same codec.
func TestLegacyLz4(t *testing.T) {
	// Blocks of literals only: a token with the length, then the bytes.
	block := func(s string) string { return string(rune(len(s)<<4)) + s }
	frame := func(s string) string {
		b := block(s)
		return string([]byte{0, 0, 0, byte(len(s)), 0, 0, 0, byte(len(b))}) + b
	}
	for name, src := range map[string]string{"hadoop": frame("abc") + frame("defg"), "bare": block("abcdefg")} {
		dst := make([]byte, 7)
		if n, err := decompressLz4(dst, []byte(src)); err != nil || string(dst[:n]) != "abcdefg" {
			t.Errorf("%s: %q, %v", name, dst[:n], err)
		}
	}
}
