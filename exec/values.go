package exec

import (
	"context"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/exec/eval"
)

// Values yields rows that the plan states.
type Values struct {
	Rows [][]eval.Expr
	Mem  memory.Allocator

	schema *arrow.Schema
}

func (v *Values) Schema() *arrow.Schema { return v.schema }
func (v *Values) Inputs() []Operator    { return nil }

func (v *Values) String() string {
	if v.schema.NumFields() == 0 {
		return "one row"
	}
	return fmt.Sprintf("values rows=%d", len(v.Rows))
}

func (v *Values) Run(ctx context.Context) Batches {
	return func(yield func(arrow.RecordBatch, error) bool) {
		for from := 0; from < len(v.Rows); from += defaultRows {
			batch, err := v.batch(ctx, v.Rows[from:min(from+defaultRows, len(v.Rows))])
			if err != nil {
				yield(nil, err)
				return
			}
			if !emit(yield, batch) {
				return
			}
		}
	}
}

func (v *Values) batch(ctx context.Context, rows [][]eval.Expr) (arrow.RecordBatch, error) {
	columns := make([]arrow.Array, 0, v.schema.NumFields())
	defer func() { releaseAll(columns) }()
	for c := range v.schema.NumFields() {
		a, err := v.column(ctx, c, rows)
		if err != nil {
			return nil, err
		}
		columns = append(columns, a)
	}
	return array.NewRecordBatch(v.schema, columns, int64(len(rows))), nil
}

func (v *Values) column(ctx context.Context, column int, rows [][]eval.Expr) (arrow.Array, error) {
	cells := make([]arrow.Array, 0, len(rows))
	defer func() { releaseAll(cells) }()
	for _, row := range rows {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		cell, err := eval.Array(ctx, v.Mem, row[column], eval.Input{Rows: 1})
		if err != nil {
			return nil, err
		}
		cells = append(cells, cell)
	}
	return array.Concatenate(cells, v.Mem)
}
