package external

import (
	"context"
	"iter"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/catalog/files"
	"github.com/mediaflight/mediaflight/catalog/memtable"
)

// A textTask reads a file from one end to the other. How many rows it has shows then.
type textTask struct {
	snapshot *snapshot
	file     *file
	scan     catalog.Scan
}

func (t *textTask) Rows() int64 { return 0 }

func (t *textTask) Read(ctx context.Context) iter.Seq2[arrow.RecordBatch, error] {
	return func(yield func(arrow.RecordBatch, error) bool) {
		source, err := files.Open(t.file.path, options(t.snapshot.set, t.scan.Mem))
		if err != nil {
			yield(nil, err)
			return
		}
		wanted := slices.Clone(t.scan.Columns)
		if t.scan.Filter != nil {
			wanted = append(wanted, t.scan.Filter.Columns()...)
		}
		slices.Sort(wanted)
		wanted = slices.Compact(wanted)
		schema := subset(t.snapshot.set.Columns, wanted)
		for batch, err := range source.Batches(ctx) {
			if err == nil {
				batch, err = t.columns(batch, schema)
			}
			if err != nil {
				yield(nil, err)
				return
			}
			more := t.emit(ctx, batch, wanted, yield)
			batch.Release()
			if !more {
				return
			}
		}
	}
}

// columns are those of a batch that are wanted.
func (t *textTask) columns(batch arrow.RecordBatch, schema *arrow.Schema) (arrow.RecordBatch, error) {
	var fields []arrow.Field
	var columns []arrow.Array
	for i, f := range batch.Schema().Fields() {
		if schema.HasField(f.Name) {
			fields, columns = append(fields, f), append(columns, batch.Column(i))
		}
	}
	some := array.NewRecordBatch(arrow.NewSchema(fields, nil), columns, batch.NumRows())
	defer some.Release()
	converted, err := files.Convert(t.scan.Mem, some, schema)
	return converted, inFile(t.file.path, err)
}

// emit yields the rows of a batch that the scan keeps. A table in memory knows how to: it has the columns that are wanted, by which the
// scan's are counted then.
func (t *textTask) emit(ctx context.Context, batch arrow.RecordBatch, wanted []int, yield func(arrow.RecordBatch, error) bool) bool {
	scan := t.scan
	scan.Columns, scan.Prune, scan.Encoded = places(t.scan.Columns, wanted), nil, nil
	if scan.Filter != nil {
		scan.Filter = &placedFilter{Filter: scan.Filter, columns: places(scan.Filter.Columns(), wanted)}
	}
	rows := memtable.New(catalog.Name{Table: t.file.path}, batch)
	defer rows.Release()
	tasks, err := rows.Current().Tasks(ctx, scan)
	if err != nil {
		return yield(nil, err)
	}
	for _, task := range tasks {
		for kept, err := range task.Read(ctx) {
			if !yield(kept, err) || err != nil {
				return false
			}
		}
	}
	return true
}

// places are where columns stand among those that are wanted.
func places(columns, wanted []int) []int {
	out := make([]int, len(columns))
	for i, c := range columns {
		out[i] = slices.Index(wanted, c)
	}
	return out
}

// A placedFilter counts its columns among those that are wanted.
type placedFilter struct {
	catalog.Filter
	columns []int
}

func (f *placedFilter) Columns() []int { return f.columns }
