package exec

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"

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
	Mem      memory.Allocator

	schema *arrow.Schema
	stats  catalog.ScanStats
	tasks  atomic.Int64
}

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
	return text
}

func (s *Scan) Run(ctx context.Context) Batches { return inSequence(ctx, s) }

func (s *Scan) Parts(ctx context.Context) (*Parts, error) {
	scan := catalog.Scan{Columns: s.Columns, Address: s.Address, Mem: s.Mem, Stats: &s.stats, Rows: s.Rows}
	if s.Filter != nil {
		scan.Prune = s.Filter.Predicates(ctx)
		scan.Filter = &scanFilter{s.Filter, s.Snapshot.Schema().NumFields()}
	}
	parts := &Parts{Close: func() {
		for _, p := range scan.Prune {
			p.Values.Release()
		}
	}}
	tasks, err := s.Snapshot.Tasks(ctx, scan)
	if err != nil {
		parts.Close()
		return nil, err
	}
	s.tasks.Add(int64(len(tasks)))
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

// scanFilter is a condition in the form that tasks want it.
type scanFilter struct {
	condition *eval.Condition
	fields    int
}

func (f *scanFilter) Columns() []int { return f.condition.Columns() }

func (f *scanFilter) Select(ctx context.Context, batch arrow.RecordBatch, into []uint32) ([]uint32, error) {
	in := eval.Input{Columns: make([]arrow.Array, f.fields), Rows: int(batch.NumRows())}
	for i, c := range f.condition.Columns() {
		in.Columns[c] = batch.Column(i)
	}
	return f.condition.Select(ctx, in, into)
}
