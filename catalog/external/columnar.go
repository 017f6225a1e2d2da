package external

import (
	"context"
	"iter"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/catalog/files"
	"github.com/mediaflight/mediaflight/catalog/parquet/reader"
)

// columnar is how the columns of a snapshot are read from a Parquet file. Most have the very type that the file is read as; those
// that have not, such as unsigned integers, are read as what they are and converted then.
type columnar struct {
	file    *file
	columns []reader.Column // of the snapshot, with the file's types
	to      *arrow.Schema   // the snapshot's
	convert []bool
}

func (s *snapshot) columnar(ordinal int) *columnar {
	f := s.files[ordinal]
	c := &columnar{file: f, to: s.set.Columns, convert: make([]bool, s.set.Columns.NumFields())}
	for i, field := range c.to.Fields() {
		if have, ok := f.schema.FieldsByName(field.Name); ok && !arrow.TypeEqual(have[0].Type, field.Type) && !becomesVector(have[0].Type, field.Type) {
			field.Type, c.convert[i] = have[0].Type, true
		}
		c.columns = append(c.columns, reader.Column{Name: field.Name, Field: field})
	}
	return c
}

// becomesVector tells of lists that are read as vectors at once.
func becomesVector(from, to arrow.DataType) bool {
	list, ok := from.(arrow.ListLikeType)
	if !ok || to.ID() != arrow.FIXED_SIZE_LIST || from.ID() == arrow.MAP {
		return false
	}
	return list.Elem().ID() == arrow.FLOAT16 || list.Elem().ID() == arrow.FLOAT32 || list.Elem().ID() == arrow.FLOAT64
}

func (s *snapshot) columnarTasks(ordinal int, scan catalog.Scan) ([]catalog.Task, error) {
	c := s.columnar(ordinal)
	converts := func(column int) bool { return c.convert[column] }
	spec := reader.Spec{Columns: c.columns, Scan: scan, Base: int64(ordinal) << ordinalShift}
	spec.Scan.Prune = slices.DeleteFunc(slices.Clone(scan.Prune), func(p catalog.Predicate) bool { return converts(p.Column) })
	spec.Scan.Encoded = slices.DeleteFunc(slices.Clone(scan.Encoded), converts)
	if scan.Filter != nil && slices.ContainsFunc(scan.Filter.Columns(), converts) {
		spec.Scan.Filter = &convertedFilter{Filter: scan.Filter, columnar: c, mem: scan.Mem}
	}
	opened, err := s.reader.mapped.Open(c.file.path)
	if err != nil {
		return nil, err
	}
	defer opened.Close()
	tasks, err := opened.Tasks(spec)
	if err == nil && slices.ContainsFunc(scan.Columns, converts) {
		for i := range tasks {
			tasks[i] = &convertedTask{Task: tasks[i], columnar: c, columns: scan.Columns, mem: scan.Mem}
		}
	}
	return tasks, err
}

func (s *snapshot) takeColumnar(ordinal int, rows []int64, take catalog.Take) (arrow.RecordBatch, error) {
	c := s.columnar(ordinal)
	wanted := make([]reader.Column, len(take.Columns))
	for i, column := range take.Columns {
		wanted[i] = c.columns[column]
	}
	opened, err := s.reader.mapped.Open(c.file.path)
	if err != nil {
		return nil, err
	}
	defer opened.Close()
	batch, err := opened.Take(wanted, rows, take.Mem, take.Stats)
	if err != nil {
		return nil, err
	}
	defer batch.Release()
	return c.converted(batch, take.Columns, take.Mem)
}

// converted gives the columns of a batch, which may have more behind them, the snapshot's types.
func (c *columnar) converted(batch arrow.RecordBatch, columns []int, mem memory.Allocator) (arrow.RecordBatch, error) {
	out := slices.Clone(batch.Columns())
	var made []arrow.Array
	defer func() {
		for _, a := range made {
			a.Release()
		}
	}()
	fields := slices.Clone(batch.Schema().Fields())
	for i, column := range columns {
		if !c.convert[column] {
			continue
		}
		field := c.to.Field(column)
		one := array.NewRecordBatch(arrow.NewSchema([]arrow.Field{c.columns[column].Field}, nil), out[i:i+1], batch.NumRows())
		converted, err := files.Convert(mem, one, arrow.NewSchema([]arrow.Field{field}, nil))
		one.Release()
		if err != nil {
			return nil, inFile(c.file.path, err)
		}
		out[i], fields[i] = converted.Column(0), field
		out[i].Retain()
		converted.Release()
		made = append(made, out[i])
	}
	return array.NewRecordBatch(arrow.NewSchema(fields, nil), out, batch.NumRows()), nil
}

// A convertedTask reads columns some of which are converted.
type convertedTask struct {
	catalog.Task
	*columnar
	columns []int
	mem     memory.Allocator
}

func (t *convertedTask) Stretches() ([]catalog.Stretch, error) {
	return t.Task.(catalog.AddressedTask).Stretches()
}

func (t *convertedTask) Read(ctx context.Context) iter.Seq2[arrow.RecordBatch, error] {
	return func(yield func(arrow.RecordBatch, error) bool) {
		for batch, err := range t.Task.Read(ctx) {
			if err == nil {
				batch, err = t.converted(batch, t.columns, t.mem)
			}
			if err != nil {
				yield(nil, err)
				return
			}
			more := yield(batch, nil)
			batch.Release()
			if !more {
				return
			}
		}
	}
}

// A convertedFilter sees columns as the snapshot has them.
type convertedFilter struct {
	catalog.Filter
	*columnar
	mem memory.Allocator
}

func (f *convertedFilter) Select(ctx context.Context, batch arrow.RecordBatch, into []uint32) ([]uint32, error) {
	converted, err := f.converted(batch, f.Columns(), f.mem)
	if err != nil {
		return into, err
	}
	defer converted.Release()
	return f.Filter.Select(ctx, converted, into)
}
