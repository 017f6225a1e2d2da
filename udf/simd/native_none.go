//go:build purego || !amd64

package simd

func native() []Kernels { return nil }
