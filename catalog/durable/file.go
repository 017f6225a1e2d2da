package durable

import "os"

// A File is a new file that is on disk once Close succeeds; its name is once SyncFolder has. What is written goes on its way
// to the disk while more is made, so that Close has little to wait for.
type File struct {
	*os.File
	written, begun int64 // bytes; those that are on their way
}

// writeback is how many bytes are sent to the disk at once.
const writeback = 8 << 20

// Create opens a new file, or an empty one in place of another.
func Create(path string) (*File, error) {
	file, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	return &File{File: file}, nil
}

// Write appends bytes.
func (f *File) Write(p []byte) (int, error) {
	n, err := f.File.Write(p)
	f.written += int64(n)
	if left := f.written - f.begun; left >= writeback {
		begin(f.File, f.begun, left)
		f.begun = f.written
	}
	return n, err
}

// Close waits until the contents are on disk.
func (f *File) Close() error {
	if err := f.Sync(); err != nil {
		f.File.Close()
		return err
	}
	return f.File.Close()
}
