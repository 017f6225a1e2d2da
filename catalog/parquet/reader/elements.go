package reader

import "unsafe"

// elements sees bytes as little-endian numbers. They may lie at any address: the machines that this runs on read
// unaligned numbers as they read aligned ones.
func elements[T uint16 | uint32 | uint64 | int8 | int16 | int32 | int64 | float32 | float64 | [2]uint64](b []byte) []T {
	var t T
	if len(b) == 0 {
		return nil
	}
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(b))), len(b)/int(unsafe.Sizeof(t)))
}

// aligned says whether b lies at a multiple of n.
func aligned(b []byte, n uintptr) bool {
	return uintptr(unsafe.Pointer(unsafe.SliceData(b)))%n == 0
}
