package durable

import (
	"os"

	"golang.org/x/sys/unix"
)

// begin has the system write a stretch of a file to the disk and does not wait for it. Errors show when the file is closed.
func begin(file *os.File, from, bytes int64) {
	_ = unix.SyncFileRange(int(file.Fd()), from, bytes, unix.SYNC_FILE_RANGE_WRITE)
}
