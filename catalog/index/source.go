package index

import (
	"context"
	"iter"
	"sync"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/catalog/index/ivf"
	"github.com/mediaflight/mediaflight/catalog/parquet/reader"
	"github.com/mediaflight/mediaflight/udf/simd"
)

// A Source is a snapshot of a table as the index of one of its columns sees it. Its methods may be called at once.
type Source interface {
	// ID tells the table's snapshots apart.
	ID() int64
	// Files are the data files. Their places in the list are their ordinals in addresses.
	Files() []DataFile
	// Open opens a data file, for the caller to close, and says how the column is found in it: as vectors of the index's
	// length.
	Open(file int) (*reader.File, reader.Column, error)
	// Deleted are the rows that are deleted from a data file, a bit each; nil if none is.
	Deleted(ctx context.Context, file int) ([]uint64, error)
}

// A DataFile is immutable, and its location is its identity.
type DataFile struct {
	Location string
	Rows     int64
}

// A reading is data files of a source as the building of an index reads them, deleted rows too: they are deleted from some
// snapshots only.
type reading struct {
	source Source
	files  []int // ordinals; -1 for one that the source does not have
	dim    int
	pool   *reader.VectorPool

	mu     sync.Mutex
	opened map[int]*reader.Vectors // by place in files
}

// readingPool is how many bytes of decoded pages a reading keeps: those near a sample's rows.
const readingPool = 64 << 20

func newReading(source Source, files []int, dim int) *reading {
	return &reading{source: source, files: files, dim: dim, pool: reader.NewVectorPool(memory.DefaultAllocator, readingPool), opened: map[int]*reader.Vectors{}}
}

func (r *reading) close() {
	for _, v := range r.opened {
		v.Close()
	}
}

func (r *reading) Files() int { return len(r.files) }

// Rows are none of a file that the source does not have.
func (r *reading) Rows(file int) int64 {
	if r.files[file] < 0 {
		return 0
	}
	return r.source.Files()[r.files[file]].Rows
}

func (r *reading) rows() int64 {
	n := int64(0)
	for i := range r.files {
		n += r.Rows(i)
	}
	return n
}

// fewRows are read one by one rather than in a stream, which reads whole pages, or from the beginning of a file that does
// not say where its pages' rows are.
const fewRows = 64

func (r *reading) Batches(ctx context.Context, file int, from, to int64) iter.Seq2[ivf.Batch, error] {
	if to-from <= fewRows {
		return r.few(file, from, to)
	}
	return r.stream(ctx, file, from, to)
}

// stream gives copies, too: whoever builds an index reads them in goroutines of his own, where a file that is cut short
// meanwhile would end the process. A copy of what is in the cache costs nothing beside encoding it.
func (r *reading) stream(ctx context.Context, file int, from, to int64) iter.Seq2[ivf.Batch, error] {
	return func(yield func(ivf.Batch, error) bool) {
		vectors, err := r.vectors(file)
		if err != nil {
			yield(ivf.Batch{}, err)
			return
		}
		var values []float32
		for run, err := range vectors.Stream(ctx, from, to, memory.DefaultAllocator) {
			if err == nil {
				err = guardFaults(func() error {
					values = append(values[:0], run.Values()...)
					return nil
				})
			}
			if err != nil {
				yield(ivf.Batch{}, err)
				return
			}
			batch := ivf.Batch{Row: run.First, N: run.Len(), Vectors: simd.Bytes(values)}
			if run.NullN() > 0 {
				batch.Null = run.IsNull
			}
			if !yield(batch, nil) {
				return
			}
		}
	}
}

// few gives copies of some rows.
func (r *reading) few(file int, from, to int64) iter.Seq2[ivf.Batch, error] {
	return func(yield func(ivf.Batch, error) bool) {
		if from >= to {
			return
		}
		vectors, err := r.vectors(file)
		if err != nil {
			yield(ivf.Batch{}, err)
			return
		}
		values, nulls := make([]float32, int(to-from)*r.dim), make([]bool, to-from)
		batch := ivf.Batch{Row: from, N: int(to - from), Vectors: simd.Bytes(values), Null: func(i int) bool { return nulls[i] }}
		err = guardFaults(func() error {
			for i := range nulls {
				at, err := vectors.At(from + int64(i))
				if err != nil {
					return err
				}
				if nulls[i] = at == nil; at != nil {
					copy(values[i*r.dim:], unsafe.Slice((*float32)(at), r.dim))
				}
			}
			return nil
		})
		yield(batch, err)
	}
}

func (r *reading) vectors(file int) (*reader.Vectors, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if v := r.opened[file]; v != nil {
		return v, nil
	}
	f, column, err := r.source.Open(r.files[file])
	if err != nil {
		return nil, err
	}
	defer f.Close()
	v, err := f.Vectors(column, r.pool)
	if err == nil {
		r.opened[file] = v
	}
	return v, err
}
