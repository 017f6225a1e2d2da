package exec

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/exec/eval"
)

// A check is the condition that candidate pairs of a join must fulfill, over left columns, then right ones, then what was
// hoisted out of it.
type check struct {
	condition eval.Expr
	needs     []int // the columns of the condition
	hoisted   []eval.Expr
	rights    [][]arrow.Array // of each hoisted expression over right columns: its values, a chunk a batch
}

// newCheck hoists what it can and computes what that comes to for the right rows.
func newCheck(ctx context.Context, condition eval.Expr, left int, right *build, mem memory.Allocator) (*check, error) {
	if condition == nil {
		return nil, nil
	}
	c := &check{}
	c.condition, c.hoisted = eval.Hoist(condition, left, left+right.schema.NumFields())
	c.needs = eval.Columns(c.condition)
	c.rights = make([][]arrow.Array, len(c.hoisted))
	for i, e := range c.hoisted {
		if sideOf(e, left) != rightSide {
			continue
		}
		c.rights[i] = []arrow.Array{}
		for _, batch := range right.batches {
			in := eval.Input{Columns: append(make([]arrow.Array, left), batch.Columns()...), Rows: int(batch.NumRows())}
			values, err := eval.Array(ctx, mem, e, in)
			if err != nil {
				c.free()
				return nil, err
			}
			c.rights[i] = append(c.rights[i], values)
		}
	}
	return c, nil
}

// lefts computes the hoisted expressions over left columns; the others stay nil.
func (c *check) lefts(ctx context.Context, batch arrow.RecordBatch, mem memory.Allocator) ([]arrow.Array, error) {
	values := make([]arrow.Array, len(c.hoisted))
	for i, e := range c.hoisted {
		if c.rights[i] != nil {
			continue
		}
		var err error
		if values[i], err = eval.Array(ctx, mem, e, eval.Of(batch)); err != nil {
			releaseSome(values)
			return nil, err
		}
	}
	return values, nil
}

func (c *check) free() {
	if c == nil {
		return
	}
	for _, chunks := range c.rights {
		releaseAll(chunks)
	}
}

// releaseSome releases arrays of which some are nil.
func releaseSome(arrays []arrow.Array) {
	for _, a := range arrays {
		if a != nil {
			a.Release()
		}
	}
}
