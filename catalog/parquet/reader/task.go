package reader

import (
	"context"
	"iter"
	"math"
	"runtime/debug"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/mediaflight/mediaflight/catalog"
)

// A Spec says what a scan wants of one file.
type Spec struct {
	// Columns is the whole schema of the snapshot; Scan.Columns, its predicates' and its filter's columns index into it.
	Columns []Column
	Scan    catalog.Scan
	Deleted Deleted // nil if no row of the file is
	Base    int64   // catalog.AddressColumn of the file's first row; the others follow
	// Partition holds, by field id, one-row arrays for columns that are constant throughout the file.
	Partition map[int]arrow.Array
}

// Deleted tells which rows of a file are deleted.
type Deleted interface {
	Contains(row int64) bool
	// Any says whether some row of [from, to) is deleted.
	Any(from, to int64) bool
	// Count is how many rows of [from, to) are.
	Count(from, to int64) int64
}

// taskRows is how many rows a task aims at where the scan does not say: row groups smaller than that are read together.
const taskRows = 128 << 10

// Tasks splits the scan into runs of row groups, or where it asks for small tasks into stretches of them, in the file's
// order, after dropping row groups and pages that Scan.Prune refutes. The tasks of a cached file may be read after the file
// was closed; those of others not.
func (f *File) Tasks(spec Spec) ([]catalog.Task, error) {
	var tasks []catalog.Task
	err := guard(f.path, func() error {
		plan, err := f.plan(spec)
		if err != nil {
			return err
		}
		pruner, err := plan.pruner()
		if err != nil {
			return err
		}
		aim, most := int64(taskRows), int64(math.MaxInt64)
		if n := int64(spec.Scan.TaskRows); n > 0 {
			aim, most = n, n
		}
		var last *task
		lastRows := int64(0) // before pruning
		for g := range f.groups {
			ranges := plan.within(&f.groups[g], pruner.prune(&f.groups[g], spec.Scan.Stats))
			if len(ranges) == 0 {
				continue
			}
			pieces := plan.split(&f.groups[g], ranges, most)
			rows := f.groups[g].rows / int64(len(pieces))
			for _, piece := range pieces {
				if last == nil || lastRows+rows > aim {
					last, lastRows = &task{file: f, spec: spec}, 0
					tasks = append(tasks, last)
				}
				last.parts = append(last.parts, part{group: g, ranges: piece})
				lastRows += rows
			}
		}
		return nil
	})
	return tasks, err
}

// A task reads some row groups.
type task struct {
	file  *File
	spec  Spec
	parts []part
}

// A part is the rows of a row group that are left after pruning.
type part struct {
	group  int
	ranges []selection // without lists
}

func (t *task) Rows() int64 {
	n := int64(0)
	for _, part := range t.parts {
		for _, r := range part.ranges {
			n += r.to - r.from
		}
	}
	return n
}

func (t *task) Read(ctx context.Context) iter.Seq2[arrow.RecordBatch, error] {
	return func(yield func(arrow.RecordBatch, error) bool) {
		defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
		f, err := t.file.reopen()
		if err != nil {
			yield(nil, err)
			return
		}
		defer f.Close()
		plan, err := f.plan(t.spec)
		if err != nil {
			yield(nil, err)
			return
		}
		for _, part := range t.parts {
			scan := plan.open(&f.groups[part.group])
			more, err := scan.run(ctx, part.ranges, yield)
			scan.close()
			if err != nil {
				yield(nil, err)
				return
			}
			if !more {
				return
			}
		}
	}
}

// A plan is a spec made fit for one file.
type plan struct {
	file    *File
	spec    *Spec
	columns []*binding // by index of Spec.Columns; nil for those not needed
	output  *arrow.Schema
	encoded []int // of columns: those that may be given encoded
	filter  *arrow.Schema
	coded   []int // of its columns: those that it may be given encoded
}

// plan finds the columns that the scan reads.
func (f *File) plan(spec Spec) (*plan, error) {
	p := &plan{file: f, spec: &spec, columns: make([]*binding, len(spec.Columns))}
	fields, err := p.bindAll(spec.Scan.Columns)
	if err != nil {
		return nil, err
	}
	if spec.Scan.Address {
		fields = append(fields, arrow.Field{Name: catalog.AddressColumn, Type: arrow.PrimitiveTypes.Int64})
	}
	p.output = arrow.NewSchema(fields, nil)
	p.encoded = slices.DeleteFunc(slices.Clone(spec.Scan.Encoded), func(c int) bool { return !catalog.Encodes(spec.Columns[c].Field.Type) })
	if spec.Scan.Filter != nil {
		if fields, err = p.bindAll(spec.Scan.Filter.Columns()); err != nil {
			return nil, err
		}
		p.filter, p.coded = arrow.NewSchema(fields, nil), p.codedColumns(spec.Scan.Filter)
	}
	return p, nil
}

func (p *plan) bindAll(columns []int) ([]arrow.Field, error) {
	fields := make([]arrow.Field, len(columns))
	for i, c := range columns {
		if err := p.bind(c); err != nil {
			return nil, err
		}
		fields[i] = p.spec.Columns[c].Field
	}
	return fields, nil
}

// bind finds column c, once.
func (p *plan) bind(c int) error {
	if p.columns[c] != nil {
		return nil
	}
	column := p.spec.Columns[c]
	var err error
	if constant, ok := p.spec.Partition[column.FieldID]; ok {
		column.Default = constant
		p.columns[c] = &binding{Column: column, file: p.file}
		return nil
	}
	p.columns[c], err = p.file.bind(column)
	return err
}
