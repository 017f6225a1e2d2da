package exec

import (
	"context"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/exec/eval"
)

// Project computes a column for each expression.
type Project struct {
	Input Operator
	Exprs []eval.Expr
	Mem   memory.Allocator

	schema *arrow.Schema
}

func (p *Project) Schema() *arrow.Schema { return p.schema }
func (p *Project) Inputs() []Operator    { return []Operator{p.Input} }
func (p *Project) String() string        { return "project " + texts(p.Exprs) }
func (p *Project) Splits() bool          { return splits(p.Input) }

func (p *Project) Run(ctx context.Context) Batches { return mapped(ctx, p.Input.Run(ctx), p.project) }

func (p *Project) Parts(ctx context.Context) (*Parts, error) {
	return mapParts(ctx, p.Input, func(ctx context.Context, batches Batches) Batches {
		return mapped(ctx, batches, p.project)
	})
}

func (p *Project) project(ctx context.Context, batch arrow.RecordBatch) (arrow.RecordBatch, error) {
	columns, err := arrays(ctx, p.Mem, p.Exprs, eval.Of(batch))
	if err != nil {
		return nil, err
	}
	defer releaseAll(columns)
	return catalog.NewBatch(p.schema, columns, batch.NumRows()), nil
}

// arrays computes expressions as columns.
func arrays(ctx context.Context, mem memory.Allocator, exprs []eval.Expr, in eval.Input) ([]arrow.Array, error) {
	columns := make([]arrow.Array, 0, len(exprs))
	for _, e := range exprs {
		a, err := eval.Array(ctx, mem, e, in)
		if err != nil {
			releaseAll(columns)
			return nil, err
		}
		columns = append(columns, a)
	}
	return columns, nil
}

func releaseAll(arrays []arrow.Array) {
	for _, a := range arrays {
		a.Release()
	}
}

func texts(exprs []eval.Expr) string {
	out := make([]string, len(exprs))
	for i, e := range exprs {
		out[i] = e.String()
	}
	return strings.Join(out, ", ")
}

// schemaOf is the schema of the expressions' columns. What has no name of its own is called by its text.
func schemaOf(exprs []eval.Expr) *arrow.Schema {
	fields := make([]arrow.Field, len(exprs))
	for i, e := range exprs {
		if c, ok := e.(*eval.Column); ok {
			fields[i] = c.Field
		} else {
			fields[i] = arrow.Field{Name: e.String(), Type: e.Type(), Nullable: e.Nullable()}
		}
	}
	return arrow.NewSchema(fields, nil)
}

// withSchema is a batch under another schema of the same types, but for encoding.
func withSchema(schema *arrow.Schema, batch arrow.RecordBatch) arrow.RecordBatch {
	if batch.Schema() == schema {
		batch.Retain()
		return batch
	}
	return catalog.NewBatch(schema, batch.Columns(), batch.NumRows())
}
