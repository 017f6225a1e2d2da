package index

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"runtime/debug"

	"github.com/apache/iceberg-go/puffin"
	"golang.org/x/sys/unix"
)

// A mapped file is one of an index's files in memory, read-only and shared with the system's cache: the garbage collector
// knows nothing of it, and what is not looked at takes no memory.
type mapped struct {
	name     string
	data     []byte // the whole file
	blob     []byte
	checksum uint32
}

// mapFile maps a file and checks that it is as long as it was written and has the blob where it should be.
func mapFile(folder string, f *file, kind puffin.BlobType) (*mapped, error) {
	path := filepath.Join(folder, f.Name)
	opened, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer opened.Close()
	info, err := opened.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() != f.Bytes || f.Bytes <= blobOffset {
		return nil, fmt.Errorf("%s has %d bytes of %d", f.Name, info.Size(), f.Bytes)
	}
	footer, err := puffin.NewReader(opened)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.Name, err)
	}
	blobs := footer.Blobs()
	if len(blobs) != 1 || blobs[0].Type != kind || blobs[0].Offset != blobOffset || blobs[0].CompressionCodec != nil {
		return nil, fmt.Errorf("%s is no file of one blob %s", f.Name, kind)
	}
	data, err := unix.Mmap(int(opened.Fd()), 0, int(f.Bytes), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil, &os.PathError{Op: "map", Path: path, Err: err}
	}
	return &mapped{name: f.Name, data: data, blob: data[blobOffset : blobOffset+blobs[0].Length], checksum: f.Checksum}, nil
}

func (m *mapped) unmap() { _ = unix.Munmap(m.data) }

// verify compares the file with its checksum.
func (m *mapped) verify(ctx context.Context) error {
	return guardFaults(func() error {
		sum := uint32(0)
		for at := 0; at < len(m.data); at += 1 << 20 {
			if err := ctx.Err(); err != nil {
				return err
			}
			sum = crc32.Update(sum, castagnoli, m.data[at:min(at+1<<20, len(m.data))])
		}
		if sum != m.checksum {
			return fmt.Errorf("%s: checksum is wrong", m.name)
		}
		return nil
	})
}

var errFault = errors.New("a file shrank or could not be read while it was mapped")

// guardFaults runs f, which reads mappings, and turns a fault into an error. Other panics pass: they are f's own.
func guardFaults(f func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		r := recover()
		if _, fault := r.(interface{ Addr() uintptr }); fault {
			err = errFault
		} else if r != nil {
			panic(r)
		}
	}()
	return f()
}
