package ivf

import (
	"encoding/binary"
	"errors"
	"math"
	"unsafe"
)

// Blobs are little-endian and are read where they lie, as the machine's own numbers: opening one on a machine of the other
// byte order fails at its first number, the magic.

func putUint32(b []byte, x uint32) { binary.NativeEndian.PutUint32(b, x) }
func putFloat(b []byte, x float32) { binary.NativeEndian.PutUint32(b, math.Float32bits(x)) }
func uint32At(b []byte) uint32     { return binary.NativeEndian.Uint32(b) }
func float(b []byte) float32       { return math.Float32frombits(binary.NativeEndian.Uint32(b)) }

// view is memory as numbers. Its address is a multiple of their size.
func view[T uint32 | uint64 | float32 | listEntry | fileEntry | level](b []byte) []T {
	var t T
	if len(b) == 0 {
		return nil
	}
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(b))), len(b)/int(unsafe.Sizeof(t)))
}

// bytesOf is the memory of numbers.
func bytesOf[T uint32 | uint64 | float32 | listEntry | fileEntry | level](s []T) []byte {
	var t T
	if len(s) == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), len(s)*int(unsafe.Sizeof(t)))
}

// alignment of sections and blobs: a line of the cache.
const alignment = 64

func align(n int64) int64 { return (n + alignment - 1) &^ (alignment - 1) }

// aligned is zeroed memory of the heap at a multiple of alignment.
func aligned(n int64) []byte {
	b := make([]byte, n+alignment)
	off := -int64(uintptr(unsafe.Pointer(unsafe.SliceData(b)))) & (alignment - 1)
	return b[off : off+n : off+n]
}

func putUint64(b []byte, x uint64) { binary.NativeEndian.PutUint64(b, x) }

func checkAlignment(data []byte) error {
	if uintptr(unsafe.Pointer(unsafe.SliceData(data)))%alignment != 0 {
		return errors.New("vector index: blob is not at a multiple of 64 bytes")
	}
	return nil
}
