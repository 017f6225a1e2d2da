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

// Stream reads the vectors, NULLs too, of the rows [from, to) from one end to the other: in place, page by page, where it
// can. Like batches of a task, runs are read under debug.SetPanicOnFault.
func (v *Vectors) Stream(ctx context.Context, from, to int64, mem memory.Allocator) iter.Seq2[VectorRun, error] {
	return func(yield func(VectorRun, error) bool) {
		defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
		for i := range v.groups {
			g := &v.groups[i]
			rows := selection{from: max(from-g.first, 0), to: min(to-g.first, g.rows)}
			if rows.from >= rows.to {
				continue
			}
			more, err := v.streamGroup(ctx, g, rows, mem, yield)
			if err != nil {
				yield(VectorRun{}, err)
			}
			if err != nil || !more {
				return
			}
		}
	}
}

func (v *Vectors) streamGroup(ctx context.Context, g *vectorGroup, rows selection, mem memory.Allocator, yield func(VectorRun, error) bool) (more bool, err error) {
	r := v.column.open(g.rowGroup, mem, new(counters))
	defer r.close()
	if vectors, ok := r.(*vectorReader); ok && rows.from > 0 {
		pages, err := v.find(g)
		if err != nil {
			return false, err
		}
		vectors.leaf.startAt(pages.of(rows.from))
	}
	for at := rows.from; at < rows.to; {
		if err := ctx.Err(); err != nil {
			return false, err
		}
		var a arrow.Array
		end := min(at+streamRows, rows.to)
		err := guard(v.file.path, func() error {
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
			return false, corrupt(v.file.path, "column is %s, not a vector", a.DataType())
		}
		more := yield(VectorRun{First: g.first + at, FixedSizeList: list}, nil)
		a.Release()
		if !more {
			return false, nil
		}
		r.drop(end)
		at = end
	}
	return true, nil
}
