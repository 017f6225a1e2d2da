//go:build !linux

package indexbench

func forgetPeak() {}

// peak is not known here.
func peak() int64 { return 0 }
