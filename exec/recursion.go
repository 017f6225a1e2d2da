package exec

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/exec/gather"
	"github.com/mediaflight/mediaflight/exec/keys"
)

// Recursion passes on the rows of its base, and then those of its step for as long as it has any. The step reads the rows that came
// last from a working table; since operators run once, it is built anew for each round.
type Recursion struct {
	Base, Step Operator
	Distinct   bool
	Mem        memory.Allocator
	holding

	schema  *arrow.Schema
	working *held
	rebuild func(ctx context.Context) (Operator, error)
}

func (r *Recursion) Schema() *arrow.Schema { return r.schema }
func (r *Recursion) Inputs() []Operator    { return []Operator{r.Base, r.Step} }

func (r *Recursion) String() string {
	if r.Distinct {
		return "recursion of distinct rows"
	}
	return "recursion"
}

func (r *Recursion) Run(ctx context.Context) Batches {
	return func(yield func(arrow.RecordBatch, error) bool) {
		defer r.free()
		defer func() { r.working.release() }()
		seen, err := r.newSeen()
		if err != nil {
			yield(nil, err)
			return
		}
		for source := r.Base; ; {
			fresh := &held{schema: r.schema}
			more, err := r.round(ctx, source, seen, fresh, yield)
			r.shrink(r.working.bytes)
			r.working.release()
			*r.working = *fresh
			if err != nil {
				yield(nil, err)
			}
			if err != nil || !more || fresh.rows == 0 {
				return
			}
			if source == r.Base {
				source = r.Step
				continue
			}
			if source, err = r.rebuild(ctx); err != nil {
				yield(nil, err)
				return
			}
		}
	}
}

// round passes on the rows of a source that are new, and keeps them in fresh.
func (r *Recursion) round(ctx context.Context, source Operator, seen *seenRows, fresh *held, yield func(arrow.RecordBatch, error) bool) (more bool, err error) {
	for batch, err := range source.Run(ctx) {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return false, err
		}
		batch.Retain()
		plain := settle(r.Mem, r.schema, batch, nil)
		rows := withSchema(r.schema, plain)
		plain.Release()
		if seen != nil {
			if rows, err = seen.fresh(rows); err != nil {
				return false, err
			}
		}
		if rows.NumRows() == 0 {
			rows.Release()
			continue
		}
		if err := r.grow(r, batchBytes(rows)); err != nil {
			rows.Release()
			return false, err
		}
		fresh.add(rows)
		if !emit(yield, rows) {
			return false, nil
		}
	}
	return true, nil
}

// seenRows are all rows that have come.
type seenRows struct {
	of      *Recursion
	table   *keys.Table
	scratch keys.Scratch
	ids     []uint32
	first   []uint32
}

// newSeen is nil where rows may come again.
func (r *Recursion) newSeen() (*seenRows, error) {
	if !r.Distinct {
		return nil, nil
	}
	var types []arrow.DataType
	for _, f := range r.schema.Fields() {
		types = append(types, f.Type)
	}
	table, err := keys.NewTable(types)
	if err != nil {
		return nil, unsupported("distinct rows: %v", err)
	}
	return &seenRows{of: r, table: table}, nil
}

// fresh is the rows of a batch, which it takes over, that have not come before.
func (s *seenRows) fresh(batch arrow.RecordBatch) (arrow.RecordBatch, error) {
	defer batch.Release()
	n, before := int(batch.NumRows()), s.table.Bytes()
	s.ids = sized(s.ids, n)
	s.first = s.table.Insert(&s.scratch, batch.Columns(), n, s.ids, s.first)
	if err := s.of.grow(s.of, s.table.Bytes()-before); err != nil {
		return nil, err
	}
	return gather.Batch(s.of.Mem, batch, s.first), nil
}

// WorkingTable yields the rows of a recursion that came last.
type WorkingTable struct{ rows *held }

func (w *WorkingTable) Schema() *arrow.Schema { return w.rows.schema }
func (w *WorkingTable) Inputs() []Operator    { return nil }
func (w *WorkingTable) String() string        { return "working table" }

func (w *WorkingTable) Run(ctx context.Context) Batches {
	return func(yield func(arrow.RecordBatch, error) bool) {
		for _, batch := range w.rows.batches {
			if !yield(batch, ctx.Err()) || ctx.Err() != nil {
				return
			}
		}
	}
}
