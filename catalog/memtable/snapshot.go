package memtable

import (
	"context"
	"iter"
	"sort"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/udf"
)

// A snapshot is a prefix of the table's batches. A row's address is its number.
type snapshot struct {
	id      int64
	at      time.Time
	schema  *arrow.Schema
	batches []arrow.RecordBatch
	starts  []int64 // the number of each batch's first row, and then the number of rows
}

func newSnapshot(id int64, at time.Time, schema *arrow.Schema, batches []arrow.RecordBatch) *snapshot {
	s := &snapshot{id: id, at: at, schema: schema, batches: batches[:len(batches):len(batches)], starts: []int64{0}}
	for i, b := range batches {
		s.starts = append(s.starts, s.starts[i]+b.NumRows())
	}
	return s
}

func (s *snapshot) ID() int64             { return s.id }
func (s *snapshot) Time() time.Time       { return s.at }
func (s *snapshot) Schema() *arrow.Schema { return s.schema }

func (s *snapshot) Rows() (int64, bool) {
	if len(s.starts) == 0 {
		return 0, true
	}
	return s.starts[len(s.starts)-1], true
}

// Tasks has one task for each batch.
func (s *snapshot) Tasks(_ context.Context, scan catalog.Scan) ([]catalog.Task, error) {
	var tasks []catalog.Task
	for i, b := range s.batches {
		if from, to := scan.Within.Clip(s.starts[i], b.NumRows()); from < to {
			tasks = append(tasks, &task{scan: scan, schema: s.schema, batch: b, start: s.starts[i], from: from, to: to})
		}
	}
	return tasks, nil
}

// Take copies the rows one run of neighbors after the other.
func (s *snapshot) Take(_ context.Context, take catalog.Take) (arrow.RecordBatch, error) {
	var runs []run
	for _, a := range take.Addresses {
		i := sort.Search(len(s.batches), func(i int) bool { return s.starts[i+1] > a })
		runs = addRow(runs, s.batches[i], a-s.starts[i])
	}
	return gather(take.Mem, schemaOf(s.schema, take.Columns, false), take.Columns, runs)
}

// schemaOf is the schema of the given columns, with the column of addresses if wanted.
func schemaOf(schema *arrow.Schema, columns []int, address bool) *arrow.Schema {
	fields := make([]arrow.Field, 0, len(columns)+1)
	for _, c := range columns {
		fields = append(fields, schema.Field(c))
	}
	if address {
		fields = append(fields, arrow.Field{Name: catalog.AddressColumn, Type: arrow.PrimitiveTypes.Int64})
	}
	return arrow.NewSchema(fields, nil)
}

type task struct {
	scan   catalog.Scan
	schema *arrow.Schema
	batch  arrow.RecordBatch
	start  int64 // the address of the batch's first row
	from   int64 // the rows to read
	to     int64
}

func (t *task) Rows() int64 { return t.to - t.from }

func (t *task) Stretches() ([]catalog.Stretch, error) {
	return []catalog.Stretch{{AddressRange: catalog.AddressRange{From: t.start + t.from, To: t.start + t.to}, Rows: t.Rows()}}, nil
}

func (t *task) Read(ctx context.Context) iter.Seq2[arrow.RecordBatch, error] {
	return func(yield func(arrow.RecordBatch, error) bool) {
		step := t.Rows()
		if t.scan.Rows > 0 {
			step = int64(t.scan.Rows)
		}
		for from := t.from; from < t.to; from += step {
			if err := ctx.Err(); err != nil {
				yield(nil, err)
				return
			}
			batch, err := t.read(ctx, from, min(from+step, t.to))
			if err != nil {
				yield(nil, err)
				return
			}
			more := batch.NumRows() == 0 || yield(batch, nil)
			batch.Release()
			if !more {
				return
			}
		}
	}
}

// read returns the rows from..to that the filter keeps: without a copy if these are all.
func (t *task) read(ctx context.Context, from, to int64) (arrow.RecordBatch, error) {
	runs := []run{{t.batch, from, to}}
	if t.scan.Filter != nil {
		var err error
		if runs, err = t.filter(ctx, from, to); err != nil {
			return nil, err
		}
	}
	var kept int64
	for _, r := range runs {
		kept += r.to - r.from
	}
	t.scan.Stats.RowsRead.Add(to - from)
	t.scan.Stats.RowsKept.Add(kept)

	batch, err := gather(t.scan.Mem, schemaOf(t.schema, t.scan.Columns, false), t.scan.Columns, runs)
	if err != nil || !t.scan.Address {
		return batch, err
	}
	defer batch.Release()
	addresses := t.addresses(runs)
	defer addresses.Release()
	columns := append(append([]arrow.Array{}, batch.Columns()...), addresses)
	return array.NewRecordBatch(schemaOf(t.schema, t.scan.Columns, true), columns, kept), nil
}

func (t *task) filter(ctx context.Context, from, to int64) ([]run, error) {
	columns := t.scan.Filter.Columns()
	input, err := gather(t.scan.Mem, schemaOf(t.schema, columns, false), columns, []run{{t.batch, from, to}})
	if err != nil {
		return nil, err
	}
	defer input.Release()
	selected, err := t.scan.Filter.Select(ctx, input, nil)
	var runs []run
	for _, row := range selected {
		runs = addRow(runs, t.batch, from+int64(row))
	}
	return runs, err
}

func (t *task) addresses(runs []run) arrow.Array {
	b := array.NewInt64Builder(t.scan.Mem)
	defer b.Release()
	for _, r := range runs {
		for row := r.from; row < r.to; row++ {
			b.Append(t.start + row)
		}
	}
	return b.NewArray()
}

// A run is the rows from..to of a batch.
type run struct {
	batch    arrow.RecordBatch
	from, to int64
}

// addRow adds a row to runs, lengthening the last one if the row follows it.
func addRow(runs []run, batch arrow.RecordBatch, row int64) []run {
	if n := len(runs); n > 0 && runs[n-1].batch == batch && runs[n-1].to == row {
		runs[n-1].to++
		return runs
	}
	return append(runs, run{batch, row, row + 1})
}

// gather puts columns of runs into one batch. A single run is not copied.
func gather(mem memory.Allocator, schema *arrow.Schema, columns []int, runs []run) (arrow.RecordBatch, error) {
	var rows int64
	for _, r := range runs {
		rows += r.to - r.from
	}
	arrays := make([]arrow.Array, 0, len(columns))
	defer func() {
		for _, a := range arrays {
			a.Release()
		}
	}()
	for i, c := range columns {
		a, err := gatherColumn(mem, schema.Field(i).Type, c, runs)
		if err != nil {
			return nil, err
		}
		arrays = append(arrays, a)
	}
	return array.NewRecordBatch(schema, arrays, rows), nil
}

func gatherColumn(mem memory.Allocator, dt arrow.DataType, column int, runs []run) (arrow.Array, error) {
	parts := make([]arrow.Array, 0, len(runs))
	defer func() {
		for _, p := range parts {
			p.Release()
		}
	}()
	for _, r := range runs {
		parts = append(parts, array.NewSlice(r.batch.Column(column), r.from, r.to))
	}
	switch len(parts) {
	case 0:
		return udf.NullArray(mem, dt, 0), nil
	case 1:
		parts[0].Retain()
		return parts[0], nil
	}
	return array.Concatenate(parts, mem)
}
