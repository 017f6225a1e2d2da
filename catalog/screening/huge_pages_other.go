//go:build !linux

package screening

// preferHugePages leaves the size of pages to the system.
func preferHugePages([]byte) {}
