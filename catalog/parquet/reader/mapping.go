package reader

import (
	"fmt"
	"os"
	"runtime/debug"

	"github.com/apache/arrow-go/v18/arrow/memory"
	"golang.org/x/sys/unix"

	"github.com/mediaflight/mediaflight/catalog"
)

// mapFile maps a whole file, read-only. The buffer's last release unmaps it: slices of it (memory.SliceBuffer) that went
// into Arrow arrays keep it mapped.
func mapFile(path string) (*memory.Buffer, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, corrupt(path, "not a regular file")
	}
	if info.Size() < 12 {
		return nil, corrupt(path, "not a Parquet file: %d bytes", info.Size())
	}
	data, err := unix.Mmap(int(f.Fd()), 0, int(info.Size()), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("map %s: %w", path, err)
	}
	return memory.NewBufferWithAllocator(data, unmapper{}), nil
}

// An unmapper is the allocator of mapped buffers: it only frees.
type unmapper struct{}

func (unmapper) Allocate(int) []byte           { panic("a mapping does not grow") }
func (unmapper) Reallocate(int, []byte) []byte { panic("a mapping does not grow") }
func (unmapper) Free(b []byte)                 { _ = unix.Munmap(b) }

// guard runs f, which decodes the mapping's bytes, and turns a fault or a panic into an error. A fault says that the file was
// truncated under us; a panic, that a decoder met bytes that no writer produces.
func guard(path string, f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = corrupt(path, "%v", r)
		}
	}()
	return guardFaults(path, f)
}

// guardFaults runs f, which reads the mapping, and turns a fault into an error. Other panics pass: they are f's own.
func guardFaults(path string, f func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		r := recover()
		if _, fault := r.(interface{ Addr() uintptr }); fault {
			err = &catalog.Error{Op: "read", Name: path, State: "58030", Msg: "the file shrank or could not be read while it was mapped"}
		} else if r != nil {
			panic(r)
		}
	}()
	return f()
}

// corrupt is the error for bytes that are not what they should be.
func corrupt(path, format string, args ...any) error {
	return &catalog.Error{Op: "read", Name: path, State: "XX001", Msg: fmt.Sprintf(format, args...)}
}

// unsupported is the error for what is valid Parquet but not read here.
func unsupported(path, hint, format string, args ...any) error {
	return &catalog.Error{Op: "read", Name: path, State: "0A000", Msg: fmt.Sprintf(format, args...), Hint: hint}
}
