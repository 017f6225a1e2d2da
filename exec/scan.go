package exec

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/exec/eval"
)

// Scan reads a snapshot of a table. Its parts are the snapshot's tasks; the filter is evaluated while they are read.
type Scan struct {
	Table    catalog.Name
	Snapshot catalog.Snapshot
	Columns  []int // of the snapshot's schema
	Address  bool  // append the column of addresses
	Filter   *eval.Condition
	Rows     int // of a batch, at most
	TaskRows int // of a part, about; 0 for what suits streams
	Mem      memory.Allocator

	schema     *arrow.Schema
	encoded    []int        // of the snapshot's schema: columns that whoever reads takes encoded
	keyFilters []*keyFilter // of joins above
	tasks      tasksOf      // of which files; nil for all
	within     *catalog.AddressRange
	stats      catalog.ScanStats
}

// tasksOf splits a scan into tasks: of the whole snapshot, or of the files that an index covers.
type tasksOf = func(ctx context.Context, scan catalog.Scan) ([]catalog.Task, error)

func (s *Scan) Schema() *arrow.Schema { return s.schema }
func (s *Scan) Inputs() []Operator    { return nil }
func (s *Scan) Splits() bool          { return true }

func (s *Scan) String() string {
	names := make([]string, s.schema.NumFields())
	for i, f := range s.schema.Fields() {
		names[i] = f.Name
	}
	text := fmt.Sprintf("scan %s [%s]", s.Table, strings.Join(names, ", "))
	if s.Filter != nil {
		text += " where " + s.Filter.String()
	}
	for i, f := range s.keyFilters {
		if i > 0 {
			text += ","
		} else {
			text += " joined by"
		}
		for _, c := range f.columns {
			text += " " + s.Snapshot.Schema().Field(c).Name
		}
	}
	return text
}

func (s *Scan) Run(ctx context.Context) Batches { return inSequence(ctx, s) }

func (s *Scan) Parts(ctx context.Context) (*Parts, error) {
	scan := catalog.Scan{Columns: s.Columns, Address: s.Address, Mem: s.Mem, Stats: &s.stats, Rows: s.Rows, TaskRows: s.TaskRows, Encoded: s.encoded, Within: s.within}
	if s.Filter != nil {
		scan.Prune = s.Filter.Predicates(ctx)
	}
	if f := s.filter(); f.condition != nil || len(f.keys) > 0 {
		scan.Filter = f
	}
	parts := &Parts{Close: func() {
		for _, p := range scan.Prune {
			p.Values.Release()
		}
	}}
	split := s.tasks
	if split == nil {
		split = s.Snapshot.Tasks
	}
	tasks, err := split(ctx, scan)
	if err != nil {
		parts.Close()
		return nil, err
	}
	for _, t := range tasks {
		parts.List = append(parts.List, Part{Rows: t.Rows(), Run: func(ctx context.Context) Batches {
			return mapped(ctx, t.Read(ctx), s.named)
		}})
	}
	return parts, nil
}

// named gives a task's batch the schema that the plan knows, whose nullability and metadata are the plan's.
func (s *Scan) named(_ context.Context, batch arrow.RecordBatch) (arrow.RecordBatch, error) {
	return withSchema(s.schema, batch), nil
}

// scanFilter is a condition and key filters in the form that tasks want them.
type scanFilter struct {
	condition *eval.Condition // nil for all rows
	keys      []*keyFilter
	columns   []int // that these need, ascending
	fields    int   // of the snapshot
}

func (s *Scan) filter() *scanFilter {
	f := &scanFilter{condition: s.Filter, fields: s.Snapshot.Schema().NumFields()}
	if s.Filter != nil {
		f.columns = append(f.columns, s.Filter.Columns()...)
	}
	for _, k := range s.keyFilters {
		if k.index != nil {
			f.keys = append(f.keys, k)
			f.columns = append(f.columns, k.columns...)
		}
	}
	slices.Sort(f.columns)
	f.columns = slices.Compact(f.columns)
	return f
}

func (f *scanFilter) Columns() []int { return f.columns }

// CodedColumns are those that only the condition looks at.
func (f *scanFilter) CodedColumns() []int {
	if f.condition == nil {
		return nil
	}
	return slices.DeleteFunc(f.condition.CodedColumns(), func(c int) bool {
		return slices.ContainsFunc(f.keys, func(k *keyFilter) bool { return slices.Contains(k.columns, c) })
	})
}

func (f *scanFilter) KeepsNone(ctx context.Context, column int, entries arrow.Array) bool {
	return f.condition != nil && f.condition.KeepsNone(ctx, f.fields, column, entries)
}

// Waived says that there is no condition and no key filter that is worth its while.
func (f *scanFilter) Waived() bool {
	return f.condition == nil && !slices.ContainsFunc(f.keys, (*keyFilter).worthwhile)
}

func (f *scanFilter) Select(ctx context.Context, batch arrow.RecordBatch, into []uint32) ([]uint32, error) {
	in := eval.Input{Columns: make([]arrow.Array, f.fields), Rows: int(batch.NumRows())}
	for i, c := range f.columns {
		in.Columns[c] = batch.Column(i)
	}
	start := len(into)
	if f.condition == nil {
		into = slices.Grow(into, in.Rows)
		for i := range in.Rows {
			into = append(into, uint32(i))
		}
	} else {
		var err error
		if into, err = f.condition.Select(ctx, in, into); err != nil {
			return into, err
		}
	}
	for _, k := range f.keys {
		kept := k.keep(in.Columns, in.Rows, into[start:])
		into = into[:start+len(kept)]
	}
	return into, nil
}
