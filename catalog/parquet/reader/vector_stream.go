package reader

import (
	"context"
	"iter"
	"runtime/debug"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// A VectorRun is vectors of rows one after the other. It is good until the next one is asked for.
type VectorRun struct {
	First int64 // row of the file
	*array.FixedSizeList
}

// Values are the elements of all vectors, end to end. Those of NULL mean nothing.
func (r VectorRun) Values() []float32 {
	dim := int(r.DataType().(*arrow.FixedSizeListType).Len())
	from, _ := r.ValueOffsets(0)
	return r.ListValues().(*array.Float32).Float32Values()[from:][:r.Len()*dim]
}

// streamRows is how many rows a run has at most where vectors do not lie in place.
const streamRows = 4096

// StreamVectors reads a column of vectors, NULLs too, of the rows [from, to) from one end to the other: in place, page by
// page, where it can. Like batches of a task, runs are read under debug.SetPanicOnFault.
func (f *File) StreamVectors(ctx context.Context, column Column, from, to int64, mem memory.Allocator) iter.Seq2[VectorRun, error] {
	return func(yield func(VectorRun, error) bool) {
		defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
		b, _, err := f.bindVector(column)
		if err != nil {
			yield(VectorRun{}, err)
			return
		}
		for g := range f.groups {
			group := &f.groups[g]
			rows := selection{from: max(from-group.first, 0), to: min(to-group.first, group.rows)}
			if rows.from >= rows.to {
				continue
			}
			r := b.open(group, mem, new(counters))
			more, err := f.streamGroup(ctx, r, group, rows, yield)
			r.close()
			if err != nil {
				yield(VectorRun{}, err)
			}
			if err != nil || !more {
				return
			}
		}
	}
}

func (f *File) streamGroup(ctx context.Context, r columnReader, group *rowGroup, rows selection, yield func(VectorRun, error) bool) (more bool, err error) {
	for at := rows.from; at < rows.to; {
		if err := ctx.Err(); err != nil {
			return false, err
		}
		var a arrow.Array
		end := min(at+streamRows, rows.to)
		err := guard(f.path, func() error {
			edge, err := r.edge(at)
			if err != nil {
				return err
			}
			if edge > at {
				end = min(edge, rows.to)
			}
			a, err = r.read(selection{from: at, to: end})
			return err
		})
		if err != nil {
			return false, err
		}
		list, ok := a.(*array.FixedSizeList)
		if !ok {
			a.Release()
			return false, corrupt(f.path, "column is %s, not a vector", a.DataType())
		}
		more := yield(VectorRun{First: group.first + at, FixedSizeList: list}, nil)
		a.Release()
		if !more {
			return false, nil
		}
		r.drop(end)
		at = end
	}
	return true, nil
}
