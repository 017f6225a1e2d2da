package exectest

import (
	"context"
	"iter"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/catalog"
)

// encoded is a catalog whose scans give every column of text encoded that they may, by dictionaries as odd as files can have
// them: entries stand there twice or have no rows, there may be none at all, and batches share one until a text is missing.
type encoded struct{ catalog.Catalog }

func (e encoded) Table(ctx context.Context, name catalog.Name) (catalog.Table, error) {
	t, err := e.Catalog.Table(ctx, name)
	if err != nil {
		return nil, err
	}
	return encodedTable{t}, nil
}

type encodedTable struct{ catalog.Table }

func (t encodedTable) Current() catalog.Snapshot { return encodedOf(t.Table.Current()) }

func (t encodedTable) Snapshot(ctx context.Context, id int64) (catalog.Snapshot, error) {
	s, err := t.Table.Snapshot(ctx, id)
	if err != nil {
		return nil, err
	}
	return encodedOf(s), nil
}

func encodedOf(s catalog.Snapshot) catalog.Snapshot {
	if indexed, ok := s.(catalog.IndexedSnapshot); ok {
		return struct {
			encodedSnapshot
			vectorIndexes
		}{encodedSnapshot{s}, indexed}
	}
	return encodedSnapshot{s}
}

// vectorIndexes is what an IndexedSnapshot has more than a Snapshot.
type vectorIndexes interface {
	VectorIndex(ctx context.Context, column int, metric string) (catalog.VectorIndex, string, error)
}

type encodedSnapshot struct{ catalog.Snapshot }

func (s encodedSnapshot) Tasks(ctx context.Context, scan catalog.Scan) ([]catalog.Task, error) {
	inner := scan
	if scan.Filter != nil {
		inner.Filter = encodedFilter{scan.Filter, scan.Mem}
	}
	tasks, err := s.Snapshot.Tasks(ctx, inner)
	for i, t := range tasks {
		tasks[i] = encodedTask{t, scan}
	}
	return tasks, err
}

type encodedFilter struct {
	catalog.Filter
	mem memory.Allocator
}

func (f encodedFilter) Select(ctx context.Context, batch arrow.RecordBatch, into []uint32) ([]uint32, error) {
	e := encoder{mem: f.mem}
	defer e.release()
	coded := e.encode(batch, func(int) bool { return true })
	defer coded.Release()
	if few, ok := f.Filter.(catalog.EntryFilter); ok {
		for i, c := range coded.Columns() {
			if d, ok := c.(*array.Dictionary); ok && few.KeepsNone(ctx, f.Columns()[i], d.Dictionary()) {
				return into, nil
			}
		}
	}
	return f.Filter.Select(ctx, coded, into)
}

type encodedTask struct {
	catalog.Task
	scan catalog.Scan
}

func (t encodedTask) Read(ctx context.Context) iter.Seq2[arrow.RecordBatch, error] {
	return func(yield func(arrow.RecordBatch, error) bool) {
		e := encoder{mem: t.scan.Mem}
		defer e.release()
		for batch, err := range t.Task.Read(ctx) {
			if err != nil {
				yield(nil, err)
				return
			}
			coded := e.encode(batch, func(i int) bool { return i < len(t.scan.Columns) && slices.Contains(t.scan.Encoded, t.scan.Columns[i]) })
			more := yield(coded, nil)
			coded.Release()
			if !more {
				return
			}
		}
	}
}

// An encoder keeps the dictionary of each column.
type encoder struct {
	mem  memory.Allocator
	used map[int]*dictionary
}

type dictionary struct {
	entries arrow.Array
	codes   map[string]uint32 // of the first of two equal entries
}

func (e *encoder) release() {
	for _, d := range e.used {
		d.entries.Release()
	}
}

func (e *encoder) encode(batch arrow.RecordBatch, wanted func(i int) bool) arrow.RecordBatch {
	columns := make([]arrow.Array, batch.NumCols())
	for i, c := range batch.Columns() {
		if wanted(i) && catalog.Encodes(c.DataType()) {
			columns[i] = e.column(i, c)
		} else {
			c.Retain()
			columns[i] = c
		}
		defer columns[i].Release()
	}
	return catalog.NewBatch(batch.Schema(), columns, batch.NumRows())
}

// column encodes a column. The array is a slice of one that has a row before.
func (e *encoder) column(i int, a arrow.Array) arrow.Array {
	d := e.dictionary(i, a)
	b := array.NewUint32Builder(e.mem)
	defer b.Release()
	b.Append(0)
	for row := range a.Len() {
		if a.IsNull(row) {
			b.AppendNull()
			continue
		}
		b.Append(d.codes[textAt(a, row)] + uint32(row%2))
	}
	codes := b.NewArray()
	defer codes.Release()
	all := array.NewDictionaryArray(catalog.Encoded(a.DataType()), codes, d.entries)
	defer all.Release()
	return array.NewSlice(all, 1, int64(all.Len()))
}

// dictionary is one that has all texts of a column.
func (e *encoder) dictionary(i int, a arrow.Array) *dictionary {
	d := e.used[i]
	missing := d == nil
	texts := map[string]bool{}
	for row := range a.Len() {
		if a.IsNull(row) {
			continue
		}
		texts[textAt(a, row)] = true
		if !missing {
			_, ok := d.codes[textAt(a, row)]
			missing = !ok
		}
	}
	if !missing {
		return d
	}
	if d != nil {
		d.entries.Release()
	}
	d = &dictionary{codes: map[string]uint32{}}
	b := array.NewBuilder(e.mem, a.DataType())
	defer b.Release()
	add := func(s string) {
		switch b := b.(type) {
		case *array.StringBuilder:
			b.Append(s)
		case *array.BinaryBuilder:
			b.Append([]byte(s))
		}
	}
	for s := range texts {
		if b.Len() == 0 {
			add("an entry that no row has")
		}
		d.codes[s] = uint32(b.Len())
		add(s)
		add(s)
	}
	d.entries = b.NewArray()
	if e.used == nil {
		e.used = map[int]*dictionary{}
	}
	e.used[i] = d
	return d
}

func textAt(a arrow.Array, row int) string {
	switch a := a.(type) {
	case *array.String:
		return a.Value(row)
	case *array.Binary:
		return string(a.Value(row))
	}
	panic("no column of text: " + a.DataType().String())
}
