package exec

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/exec/eval"
	"github.com/mediaflight/mediaflight/exec/gather"
	"github.com/mediaflight/mediaflight/udf"
)

// Unnest repeats each input row for every element of its lists, which are taken side by side: the shorter ones are filled
// up with NULL. It splits with its input.
type Unnest struct {
	Input      Operator
	Lists      []eval.Expr
	Ordinality bool // append the number of the element, from 1
	Outer      bool // keep rows without elements, with NULL
	Rows       int
	Mem        memory.Allocator

	schema *arrow.Schema
}

// unnestSchema is the schema of an Unnest's rows, or nil if the expressions are not lists.
func unnestSchema(input *arrow.Schema, lists []eval.Expr, ordinality, outer bool) *arrow.Schema {
	fields := append([]arrow.Field{}, input.Fields()...)
	for _, l := range lists {
		t, ok := l.Type().(arrow.ListLikeType)
		if !ok {
			return nil
		}
		fields = append(fields, arrow.Field{Name: "unnest", Type: t.Elem(), Nullable: true})
	}
	if ordinality {
		fields = append(fields, arrow.Field{Name: "ordinality", Type: arrow.PrimitiveTypes.Int64, Nullable: outer})
	}
	return arrow.NewSchema(fields, nil)
}

func (u *Unnest) Schema() *arrow.Schema { return u.schema }
func (u *Unnest) Inputs() []Operator    { return []Operator{u.Input} }
func (u *Unnest) Splits() bool          { return splits(u.Input) }

func (u *Unnest) String() string {
	text := "unnest " + texts(u.Lists)
	if u.Ordinality {
		text += " with ordinality"
	}
	if u.Outer {
		text += " outer"
	}
	return text
}

func (u *Unnest) Run(ctx context.Context) Batches { return u.unnest(ctx, u.Input.Run(ctx)) }

func (u *Unnest) Parts(ctx context.Context) (*Parts, error) { return mapParts(ctx, u.Input, u.unnest) }

func (u *Unnest) unnest(ctx context.Context, input Batches) Batches {
	return func(yield func(arrow.RecordBatch, error) bool) {
		for batch, err := range input {
			more := false
			if err == nil {
				more, err = u.batch(ctx, batch, yield)
			}
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

// elements are the rows of a result in the making.
type elements struct {
	rows    []uint32       // of the input
	values  [][]gather.Ref // of each list: an element, or the NULL behind the elements
	numbers []int64        // of the elements; 0 for NULL
}

func (u *Unnest) batch(ctx context.Context, batch arrow.RecordBatch, yield func(arrow.RecordBatch, error) bool) (more bool, err error) {
	columns, err := arrays(ctx, u.Mem, u.Lists, eval.Of(batch))
	if err != nil {
		return false, err
	}
	defer releaseAll(columns)
	lists := make([]array.ListLike, len(columns))
	for i, c := range columns {
		lists[i] = c.(array.ListLike)
	}
	e := elements{values: make([][]gather.Ref, len(lists))}
	for row := range int(batch.NumRows()) {
		longest := int64(0)
		for _, l := range lists {
			from, to := bounds(l, row)
			longest = max(longest, to-from)
		}
		if longest == 0 && u.Outer {
			longest = 1
		}
		for n := range longest {
			e.rows = append(e.rows, uint32(row))
			real := false
			for i, l := range lists {
				from, to := bounds(l, row)
				ref := gather.At(1, 0)
				if from+n < to {
					ref, real = gather.At(0, int(from+n)), true
				}
				e.values[i] = append(e.values[i], ref)
			}
			if real {
				e.numbers = append(e.numbers, n+1)
			} else {
				e.numbers = append(e.numbers, 0)
			}
			if len(e.rows) >= u.Rows {
				if !u.flush(batch, lists, &e, yield) {
					return false, nil
				}
				if err := ctx.Err(); err != nil {
					return false, err
				}
			}
		}
	}
	return u.flush(batch, lists, &e, yield), ctx.Err()
}

// bounds are where a list's elements are; a NULL has none.
func bounds(l array.ListLike, row int) (from, to int64) {
	if l.IsNull(row) {
		return 0, 0
	}
	return l.ValueOffsets(row)
}

func (u *Unnest) flush(batch arrow.RecordBatch, lists []array.ListLike, e *elements, yield func(arrow.RecordBatch, error) bool) bool {
	if len(e.rows) == 0 {
		return true
	}
	columns := make([]arrow.Array, 0, u.schema.NumFields())
	defer func() { releaseAll(columns) }()
	for _, c := range batch.Columns() {
		columns = append(columns, gather.Rows(u.Mem, c, e.rows))
	}
	for i, l := range lists {
		t := l.ListValues().DataType()
		null := udf.NullArray(u.Mem, t, 1)
		columns = append(columns, gather.Chunks(u.Mem, t, []arrow.Array{l.ListValues(), null}, e.values[i]))
		null.Release()
		e.values[i] = e.values[i][:0]
	}
	if u.Ordinality {
		b := array.NewInt64Builder(u.Mem)
		defer b.Release()
		for _, n := range e.numbers {
			if n == 0 {
				b.AppendNull()
			} else {
				b.Append(n)
			}
		}
		columns = append(columns, b.NewArray())
	}
	rows := int64(len(e.rows))
	e.rows, e.numbers = e.rows[:0], e.numbers[:0]
	return emit(yield, array.NewRecordBatch(u.schema, columns, rows))
}
