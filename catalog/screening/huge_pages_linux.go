package screening

import "golang.org/x/sys/unix"

// preferHugePages asks for large pages. Systems that have none, or give them to all, say no.
func preferHugePages(block []byte) { _ = unix.Madvise(block, unix.MADV_HUGEPAGE) }
