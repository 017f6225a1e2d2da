package files

import (
	"os"
	"sync/atomic"
)

// progress counts the bytes read of a file.
type progress struct {
	size int64
	read atomic.Int64
}

func (p *progress) Bytes() int64 { return p.size }
func (p *progress) Read() int64  { return min(p.read.Load(), p.size) }

// open opens the file from its start.
func (p *progress) open(path string) (*countedFile, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, err
	}
	p.size = info.Size()
	p.read.Store(0)
	return &countedFile{f, p}, nil
}

// A countedFile tells a progress what is read of it.
type countedFile struct {
	*os.File
	progress *progress
}

func (f *countedFile) Read(b []byte) (int, error) {
	n, err := f.File.Read(b)
	f.progress.read.Add(int64(n))
	return n, err
}

func (f *countedFile) ReadAt(b []byte, at int64) (int, error) {
	n, err := f.File.ReadAt(b, at)
	f.progress.read.Add(int64(n))
	return n, err
}
