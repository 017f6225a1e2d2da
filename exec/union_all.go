package exec

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"
)

// UnionAll passes on the rows of each of its inputs in turn. Their columns are of the same types.
type UnionAll struct {
	Operands []Operator

	schema *arrow.Schema
}

func (u *UnionAll) Schema() *arrow.Schema { return u.schema }
func (u *UnionAll) Inputs() []Operator    { return u.Operands }
func (u *UnionAll) String() string        { return "union all" }

func (u *UnionAll) Run(ctx context.Context) Batches {
	return func(yield func(arrow.RecordBatch, error) bool) {
		for _, input := range u.Operands {
			for batch, err := range input.Run(ctx) {
				if err != nil {
					yield(nil, err)
					return
				}
				if !emit(yield, withSchema(u.schema, batch)) {
					return
				}
			}
		}
	}
}
