package index

import (
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/mediaflight/mediaflight/catalog/parquet/reader"
	"github.com/mediaflight/mediaflight/udf"
)

// vectors measures rows of an index's data files where they lie. A file is opened when a row of it is first measured.
type vectors struct {
	folder  *Folder
	source  Source
	fieldID int
	dim     int
	places  []int // by number of the index's data file: its ordinal in the source, -1 if it is not there
	files   []atomic.Pointer[reader.Vectors]

	mu   sync.Mutex // held while a file is opened
	held []vectorsKey
}

func newVectors(ix *Index, source Source, places []int) *vectors {
	return &vectors{folder: ix.folder, source: source, fieldID: ix.FieldID, dim: ix.Dim, places: places, files: make([]atomic.Pointer[reader.Vectors], len(places))}
}

// addresses is scratch: where the vectors of some rows lie, and room for those that are put together.
type addresses struct {
	of   [256]unsafe.Pointer
	room []float32
}

var addressPool = sync.Pool{New: func() any { return new(addresses) }}

func (v *vectors) Measure(m *udf.Measure, rows []uint64, distances []float64) error {
	scratch := addressPool.Get().(*addresses)
	defer addressPool.Put(scratch)
	for len(rows) > 0 {
		n := min(len(rows), len(scratch.of))
		for i, row := range rows[:n] {
			number := int(row >> 32)
			if number >= len(v.files) {
				return errRow
			}
			file := v.files[number].Load()
			if file == nil {
				var err error
				if file, err = v.open(number); err != nil {
					return err
				}
			}
			at, err := v.read(file, int64(uint32(row)), scratch, i)
			if err != nil {
				return err
			}
			if at == nil { // the index has no rows without vectors
				return errRow
			}
			scratch.of[i] = at
		}
		m.Gather(scratch.of[:n], distances[:n])
		clear(scratch.of[:n]) // they may keep memory of the pool
		rows, distances = rows[n:], distances[n:]
	}
	return nil
}

// read is where the vector of a row lies: in the room for the i-th of some if it has to be put together.
func (v *vectors) read(file *reader.Vectors, row int64, scratch *addresses, i int) (unsafe.Pointer, error) {
	if !file.Assembles() {
		return file.At(row)
	}
	if need := len(scratch.of) * v.dim; len(scratch.room) < need {
		scratch.room = make([]float32, need)
	}
	return file.Read(row, scratch.room[i*v.dim:(i+1)*v.dim])
}

func (v *vectors) open(number int) (*reader.Vectors, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if file := v.files[number].Load(); file != nil {
		return file, nil
	}
	place := v.places[number]
	if place < 0 {
		return nil, errRow
	}
	key := vectorsKey{v.source.Files()[place].Location, v.fieldID, v.dim}
	file, err := v.folder.share(key, func() (*reader.Vectors, error) {
		f, column, err := v.source.Open(place)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		return f.Vectors(column, v.folder.pool)
	})
	if err != nil {
		return nil, err
	}
	v.held = append(v.held, key)
	v.files[number].Store(file)
	return file, nil
}

func (v *vectors) close() {
	for _, key := range v.held {
		v.folder.giveBack(key)
	}
}

// A vectorsKey is a column of a data file. Views of several snapshots, and of several versions of an index, share what is
// known about its pages.
type vectorsKey struct {
	location string
	fieldID  int
	dim      int
}

type sharedVectors struct {
	uses int
	open func() (*reader.Vectors, error) // once
}

func (f *Folder) share(key vectorsKey, open func() (*reader.Vectors, error)) (*reader.Vectors, error) {
	f.mu.Lock()
	s := f.vectors[key]
	if s == nil {
		s = &sharedVectors{open: sync.OnceValues(open)}
		f.vectors[key] = s
	}
	s.uses++
	f.mu.Unlock()
	file, err := s.open()
	if err != nil {
		f.mu.Lock()
		defer f.mu.Unlock()
		if s.uses--; f.vectors[key] == s {
			delete(f.vectors, key) // the next one tries anew
		}
	}
	return file, err
}

func (f *Folder) giveBack(key vectorsKey) {
	f.mu.Lock()
	s := f.vectors[key]
	s.uses--
	last := s.uses == 0
	if last {
		delete(f.vectors, key)
	}
	f.mu.Unlock()
	if last {
		if file, err := s.open(); err == nil {
			file.Close()
		}
	}
}
