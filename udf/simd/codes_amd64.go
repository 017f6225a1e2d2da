//go:build !purego

package simd

import "unsafe"

// A codesKernel takes the scans as their address: the generator knows no types of this package.
type codesKernel func(blocks []byte, scans *byte, from, to int)

// scanEach makes a kernel of one that does a single scan.
func scanEach(kernel codesKernel) func(blocks []byte, scans []CodeScan, from, to int) {
	return func(blocks []byte, scans []CodeScan, from, to int) {
		for i := range scans {
			kernel(blocks, (*byte)(unsafe.Pointer(&scans[i])), from, to)
		}
	}
}

// scanTogether makes a kernel of one that does as many scans as it is given.
func scanTogether(kernel codesKernel) func(blocks []byte, scans []CodeScan, from, to int) {
	return func(blocks []byte, scans []CodeScan, from, to int) {
		kernel(blocks, (*byte)(unsafe.Pointer(unsafe.SliceData(scans))), from, to)
	}
}
