//go:build !linux

package load

// preferHugePages leaves the size of pages to the system.
func preferHugePages([]byte) {}
