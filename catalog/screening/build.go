package screening

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"runtime/debug"
	"slices"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/catalog/parquet/reader"
	"github.com/mediaflight/mediaflight/udf/screen"
)

// A Source opens the column of a file, for the caller to close.
type Source func() (*reader.File, reader.Column, error)

// scansToCode is how many scans of a column it takes for it to be coded.
const scansToCode = 2

// maxKnown is how many columns the store remembers, those without codes too.
const maxKnown = 1 << 16

// Scanned says that a search has measured all rows of a column. It may start to code it.
func (s *Store) Scanned(key Key, rows int64, source Source) {
	size := int64(screen.Bytes(int(rows), key.Dim))
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.files[key]
	if f == nil {
		if len(s.files) >= maxKnown {
			s.forgetUncoded()
		}
		f = new(file)
		s.files[key] = f
	}
	s.clock++
	f.scans, f.before, f.last = f.scans+1, f.last, s.clock
	if f.scans < scansToCode || f.coded != nil || f.building || f.unfit || rows == 0 || s.ctx.Err() != nil {
		return
	}
	if left, known := available(); known && left < sparedMemory*size || !s.makeRoom(size, f.before) {
		return
	}
	f.building = true
	s.held += size
	s.builds.Go(func() { s.code(f, key, rows, size, source) })
}

// forgetUncoded makes room among what is remembered. The caller has mu.
func (s *Store) forgetUncoded() {
	for key, f := range s.files {
		if f.coded == nil && !f.building {
			delete(s.files, key)
		}
	}
}

// makeRoom frees codes, if need be, that have not been used since a time: those used least lately. It is false, and nothing is
// freed, if that does not make enough room. The caller has mu.
func (s *Store) makeRoom(size, since int64) bool {
	missing := s.held + size - s.most
	if missing <= 0 {
		return true
	}
	var idle []*file
	for _, f := range s.files {
		if f.coded != nil && f.uses == 0 && f.used < since {
			idle = append(idle, f)
		}
	}
	slices.SortFunc(idle, func(a, b *file) int { return cmp.Compare(a.used, b.used) })
	n := 0
	for ; missing > 0 && n < len(idle); n++ {
		missing -= int64(len(idle[n].coded.memory))
	}
	if missing > 0 {
		return false
	}
	for _, f := range idle[:n] {
		s.drop(f)
	}
	return true
}

// errUnfit says that vectors do not lie in place.
var errUnfit = errors.New("vectors do not lie in place")

// code codes a column for which size bytes are held.
func (s *Store) code(f *file, key Key, rows, size int64, source Source) {
	s.building.Lock()
	defer s.building.Unlock()
	c, err := s.encode(key, rows, size, source)
	s.mu.Lock()
	defer s.mu.Unlock()
	f.building = false
	switch {
	case err != nil:
		s.held -= size
		f.unfit = f.unfit || s.ctx.Err() == nil
		s.log.Debug("vectors are not screened", slog.String("file", key.Path), slog.Any("error", err))
	case f.unfit: // the file is gone
		s.free(c)
	default:
		c.file, f.coded = f, c
		s.clock++
		f.used = s.clock
	}
}

func (s *Store) encode(key Key, rows, size int64, source Source) (c *Coded, err error) {
	if err := s.ctx.Err(); err != nil {
		return nil, err
	}
	opened, column, err := source()
	if err != nil {
		return nil, err
	}
	defer opened.Close()
	if opened.Rows() != rows {
		return nil, errUnfit
	}
	// What does not lie in place is not kept.
	vectors, err := opened.Vectors(column, reader.NewVectorPool(memory.DefaultAllocator, 0))
	if err != nil {
		return nil, err
	}
	room, err := mapMemory(int(size))
	if err != nil {
		vectors.Close()
		return nil, err
	}
	c = &Coded{Codes: screen.New(room, int(rows), key.Dim), Vectors: vectors, memory: room}
	if err := guardFaults(func() error { return c.fill(s.ctx) }); err != nil {
		unmap(room)
		vectors.Close()
		return nil, err
	}
	return c, nil
}

// fill codes all rows.
func (c *Coded) fill(ctx context.Context) error {
	for row := range c.Rows() {
		if row%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		at, err := c.Vectors.At(int64(row))
		if err != nil {
			return err
		}
		if !c.Vectors.InPlace(at) {
			return errUnfit
		}
		c.Encode(row, unsafe.Slice((*float32)(at), c.Dim()))
	}
	return nil
}

// guardFaults runs f, which reads a mapping, and turns a fault into an error. Other panics pass: they are f's own.
func guardFaults(f func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		r := recover()
		if _, fault := r.(interface{ Addr() uintptr }); fault {
			err = errors.New("the file shrank or could not be read while it was mapped")
		} else if r != nil {
			panic(r)
		}
	}()
	return f()
}
