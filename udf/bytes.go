package udf

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"math/bits"

	"github.com/apache/arrow-go/v18/arrow"
)

var bytesFuncs = []Scalar{
	{
		Name: "sha224", Kind: "text", Args: []string{"value"},
		Doc:     "The SHA-224 hash of a text or bytea. NULL if it is NULL.",
		Example: "length(sha224('abc')) = 28",
		Impls: hashes(byteaType, func(dst, s []byte) []byte {
			sum := sha256.Sum224(s)
			return append(dst, sum[:]...)
		}),
	},
	{
		Name: "sha384", Kind: "text", Args: []string{"value"},
		Doc:     "The SHA-384 hash of a text or bytea. NULL if it is NULL.",
		Example: "length(sha384('abc')) = 48",
		Impls: hashes(byteaType, func(dst, s []byte) []byte {
			sum := sha512.Sum384(s)
			return append(dst, sum[:]...)
		}),
	},
	{
		Name: "bit_count", Kind: "text", Args: []string{"bytes"},
		Doc:     "The number of bits that are set. NULL if it is NULL.",
		Example: `bit_count('\x0107'::bytea) = 4`,
		Impls: []Impl{{In: []Type{bytea}, Out: returns(int8Type), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
			s := textOf(args[0])
			return mapFixed(call, args, func(i int) (int64, error) {
				n := 0
				for _, b := range s.at(i) {
					n += bits.OnesCount8(b)
				}
				return int64(n), nil
			})
		}}},
	},
	{
		Name: "get_byte", Kind: "text", Args: []string{"bytes", "place"},
		Doc:     "The byte at a place, counted from 0. A place outside is an error. NULL if an argument is NULL.",
		Example: `get_byte('\x1234'::bytea, 1) = 52`,
		Impls: []Impl{{In: []Type{bytea, int4}, Out: returns(int4Type), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
			s, places := textOf(args[0]), columnOf[int32](args[1])
			return mapFixed(call, args, func(i int) (int32, error) {
				at, err := within(int64(places.at(i)), int64(len(s.at(i))))
				if err != nil {
					return 0, err
				}
				return int32(s.at(i)[at]), nil
			})
		}}},
	},
	{
		Name: "set_byte", Kind: "text", Args: []string{"bytes", "place", "byte"},
		Doc:     "The bytes with the one at a place, counted from 0, replaced by the last 8 bits of a number. A place outside is an error. NULL if an argument is NULL.",
		Example: `set_byte('\x1234'::bytea, 1, 64) = '\x1240'::bytea`,
		Impls: []Impl{{In: []Type{bytea, int4, int4}, Out: returns(byteaType), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
			s, places, values := textOf(args[0]), columnOf[int32](args[1]), columnOf[int32](args[2])
			return mapText(call, args, func(dst []byte, i int) ([]byte, error) {
				at, err := within(int64(places.at(i)), int64(len(s.at(i))))
				if err != nil {
					return dst, err
				}
				dst = append(dst, s.at(i)...)
				dst[at] = byte(values.at(i))
				return dst, nil
			})
		}}},
	},
	{
		Name: "get_bit", Kind: "text", Args: []string{"bytes", "place"},
		Doc:     "The bit at a place, counted from 0, the least of each byte first. A place outside is an error. NULL if an argument is NULL.",
		Example: `get_bit('\x02'::bytea, 1) = 1`,
		Impls: []Impl{{In: []Type{bytea, int8}, Out: returns(int4Type), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
			s, places := textOf(args[0]), columnOf[int64](args[1])
			return mapFixed(call, args, func(i int) (int32, error) {
				at, err := within(places.at(i), 8*int64(len(s.at(i))))
				if err != nil {
					return 0, err
				}
				return int32(s.at(i)[at/8] >> (at % 8) & 1), nil
			})
		}}},
	},
	{
		Name: "set_bit", Kind: "text", Args: []string{"bytes", "place", "bit"},
		Doc:     "The bytes with the bit at a place, counted from 0, the least of each byte first, set to 0 or 1. A place outside is an error. NULL if an argument is NULL.",
		Example: `set_bit('\x00'::bytea, 1, 1) = '\x02'::bytea`,
		Impls: []Impl{{In: []Type{bytea, int8, int4}, Out: returns(byteaType), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
			s, places, values := textOf(args[0]), columnOf[int64](args[1]), columnOf[int32](args[2])
			return mapText(call, args, func(dst []byte, i int) ([]byte, error) {
				at, err := within(places.at(i), 8*int64(len(s.at(i))))
				if err != nil {
					return dst, err
				}
				v := values.at(i)
				if v != 0 && v != 1 {
					return dst, faultf(stateInvalidParameter, "new bit must be 0 or 1")
				}
				dst = append(dst, s.at(i)...)
				dst[at/8] = dst[at/8]&^(1<<(at%8)) | byte(v)<<(at%8)
				return dst, nil
			})
		}}},
	},
}

// within checks an index.
func within(at, n int64) (int64, error) {
	if at < 0 || at >= n {
		return 0, faultf(stateArrayElement, "index %d out of valid range, 0..%d", at, n-1)
	}
	return at, nil
}

// byteaTrim, byteaSearch and byteaOverlay are the overloads for bytea of functions of text.
var (
	byteaTrim = Impl{In: []Type{bytea, bytea}, Out: returns(byteaType), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
		s, off := textOf(args[0]), textOf(args[1])
		return mapText(call, args, func(dst []byte, i int) ([]byte, error) {
			rest, set := s.at(i), off.at(i)
			for len(rest) > 0 && bytes.IndexByte(set, rest[0]) >= 0 {
				rest = rest[1:]
			}
			for len(rest) > 0 && bytes.IndexByte(set, rest[len(rest)-1]) >= 0 {
				rest = rest[:len(rest)-1]
			}
			return append(dst, rest...), nil
		})
	}}
	byteaSearch = Impl{In: []Type{bytea, bytea}, Out: returns(int4Type), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
		s, part := textOf(args[0]), textOf(args[1])
		return mapFixed(call, args, func(i int) (int32, error) { return int32(bytes.Index(s.at(i), part.at(i))) + 1, nil })
	}}
	byteaOverlay      = Impl{In: []Type{bytea, bytea, int4, int4}, Out: returns(byteaType), Eval: overlayBytes}
	byteaOverlayWhole = Impl{In: []Type{bytea, bytea, int4}, Out: returns(byteaType), Eval: overlayBytes}
)

// overlayBytes replaces as many bytes as the new part has, unless it is told how many.
func overlayBytes(call *Call, args []Arg) (arrow.Array, error) {
	s, part, starts := textOf(args[0]), textOf(args[1]), columnOf[int32](args[2])
	count := func(i int) int64 { return int64(len(part.at(i))) }
	if len(args) > 3 {
		counts := columnOf[int32](args[3])
		count = func(i int) int64 { return int64(counts.at(i)) }
	}
	return mapText(call, args, func(dst []byte, i int) ([]byte, error) {
		all, start := s.at(i), int64(starts.at(i))
		if start <= 0 {
			return dst, faultf(stateSubstring, "negative substring length not allowed")
		}
		n := int64(len(all))
		dst = append(append(dst, all[:min(start-1, n)]...), part.at(i)...)
		return append(dst, all[min(max(start-1+count(i), 0), n):]...), nil
	})
}
