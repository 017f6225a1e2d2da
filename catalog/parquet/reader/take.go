package reader

import (
	"context"
	"math"
	"slices"
	"sort"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/compute"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/udf"
)

// Take reads rows of the file, by number, in any order and any number of times, and gives them in that order. Only the pages
// that hold them are decoded.
func (f *File) Take(columns []Column, rows []int64, mem memory.Allocator, stats *catalog.ScanStats) (arrow.RecordBatch, error) {
	all := make([]int, len(columns))
	for i := range all {
		all[i] = i
	}
	plan, err := f.plan(Spec{Columns: columns, Scan: catalog.Scan{Columns: all, Mem: mem, Stats: stats}})
	if err != nil {
		return nil, err
	}
	sorted := slices.Clone(rows)
	slices.Sort(sorted)
	sorted = slices.Compact(sorted)
	if len(sorted) > 0 && (sorted[0] < 0 || sorted[len(sorted)-1] >= f.Rows()) {
		return nil, corrupt(f.path, "rows [%d, %d] of %d were asked for", sorted[0], sorted[len(sorted)-1], f.Rows())
	}
	batch, err := plan.takeSorted(sorted)
	if err != nil || slices.Equal(sorted, rows) {
		return batch, err
	}
	defer batch.Release()
	return permute(batch, sorted, rows, mem)
}

// takeSorted reads rows that are listed once each, in ascending order.
func (p *plan) takeSorted(rows []int64) (arrow.RecordBatch, error) {
	var batches []arrow.RecordBatch
	defer func() {
		for _, b := range batches {
			b.Release()
		}
	}()
	total := int64(len(rows))
	for g := range p.file.groups {
		group := &p.file.groups[g]
		n := sort.Search(len(rows), func(i int) bool { return rows[i] >= group.first+group.rows })
		if n == 0 {
			continue
		}
		want := selection{rows: make([]uint32, n)}
		for i, row := range rows[:n] {
			want.rows[i] = uint32(row - group.first)
		}
		want.from, want.to = int64(want.rows[0]), int64(want.rows[n-1])+1
		rows = rows[n:]
		scan := p.open(group)
		batch, err := scan.batch(want, p.spec.Scan.Columns, p.output, nil, false)
		scan.close()
		if err != nil {
			return nil, err
		}
		batches = append(batches, batch)
	}
	if len(batches) == 1 {
		batches[0].Retain()
		return batches[0], nil
	}
	arrays := make([]arrow.Array, len(p.spec.Scan.Columns))
	defer func() {
		for _, a := range arrays {
			if a != nil {
				a.Release()
			}
		}
	}()
	for c := range arrays {
		parts := make([]arrow.Array, len(batches))
		for i, b := range batches {
			parts[i] = b.Column(c)
		}
		if len(parts) == 0 {
			arrays[c] = udf.NullArray(p.spec.Scan.Mem, p.output.Field(c).Type, 0)
			continue
		}
		var err error
		if arrays[c], err = array.Concatenate(parts, p.spec.Scan.Mem); err != nil {
			return nil, err
		}
	}
	return array.NewRecordBatch(p.output, arrays, total), nil
}

// fewRows are as fast cut out one by one as taken by a function of Arrow's, whose call costs ten microseconds, and more where
// a search has just emptied the caches.
const fewRows = 64

// permute puts the rows of batch, which are those of sorted, in the order of rows.
func permute(batch arrow.RecordBatch, sorted, rows []int64, mem memory.Allocator) (arrow.RecordBatch, error) {
	if len(rows) > math.MaxInt32 {
		return nil, errBatchLarge
	}
	order := make([]int32, len(rows))
	for i, row := range rows {
		at, _ := slices.BinarySearch(sorted, row)
		order[i] = int32(at)
	}
	take := takeMany
	if len(rows) <= fewRows {
		take = takeFew
	}
	columns := make([]arrow.Array, 0, batch.NumCols())
	defer func() {
		for _, c := range columns {
			c.Release()
		}
	}()
	for _, c := range batch.Columns() {
		taken, err := take(c, order, mem)
		if err != nil {
			return nil, err
		}
		columns = append(columns, taken)
	}
	return array.NewRecordBatch(batch.Schema(), columns, int64(len(rows))), nil
}

func takeFew(column arrow.Array, order []int32, mem memory.Allocator) (arrow.Array, error) {
	parts := make([]arrow.Array, len(order))
	for i, at := range order {
		parts[i] = array.NewSlice(column, int64(at), int64(at)+1)
	}
	defer func() {
		for _, p := range parts {
			p.Release()
		}
	}()
	return array.Concatenate(parts, mem)
}

func takeMany(column arrow.Array, order []int32, mem memory.Allocator) (arrow.Array, error) {
	data := array.NewData(arrow.PrimitiveTypes.Int32, len(order), []*memory.Buffer{nil, memory.NewBufferBytes(arrow.Int32Traits.CastToBytes(order))}, nil, 0, 0)
	defer data.Release()
	indices := array.NewInt32Data(data)
	defer indices.Release()
	return compute.TakeArrayOpts(compute.WithAllocator(context.Background(), mem), column, indices, compute.TakeOptions{BoundsCheck: false})
}
