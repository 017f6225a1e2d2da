package exec

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	pb "github.com/substrait-io/substrait-protobuf/go/substraitpb"

	"github.com/mediaflight/mediaflight/exec/eval"
	"github.com/mediaflight/mediaflight/exec/keys"
)

func (b *builder) sort(ctx context.Context, r *pb.SortRel) (Operator, error) {
	input, err := b.input(ctx, r.Input)
	if err != nil {
		return nil, err
	}
	sorts, err := b.sortKeys(r.Sorts, input.Schema())
	if err != nil {
		return nil, err
	}
	return &Sort{Input: input, Keys: sorts, Rows: b.env.Rows, Mem: b.env.Mem, Spill: b.env.Spill, holding: b.holding()}, nil
}

var directions = map[pb.SortField_SortDirection]keys.Order{
	pb.SortField_SORT_DIRECTION_ASC_NULLS_FIRST:  {NullsFirst: true},
	pb.SortField_SORT_DIRECTION_ASC_NULLS_LAST:   {},
	pb.SortField_SORT_DIRECTION_DESC_NULLS_FIRST: {Descending: true, NullsFirst: true},
	pb.SortField_SORT_DIRECTION_DESC_NULLS_LAST:  {Descending: true},
}

func (b *builder) sortKeys(sorts []*pb.SortField, input *arrow.Schema) ([]SortKey, error) {
	var out []SortKey
	for _, s := range sorts {
		order, ok := directions[s.GetDirection()]
		if !ok {
			return nil, unsupported("sort direction %s", s.GetDirection())
		}
		e, err := b.compiler.Compile(s.Expr, input)
		if err != nil {
			return nil, err
		}
		if err := comparable(e.Type()); err != nil {
			return nil, err
		}
		out = append(out, SortKey{e, order})
	}
	return out, nil
}

// fetch builds a limit, or a top-k if it stands over a sort.
func (b *builder) fetch(ctx context.Context, r *pb.FetchRel) (Operator, error) {
	skip, count, err := b.window(ctx, r)
	if err != nil {
		return nil, err
	}
	if b.rows != nil {
		return b.fetchForRows(ctx, r, skip, count)
	}
	sort := r.Input.GetSort()
	if sort == nil || sort.Common.GetEmit() != nil || count > maxNearest || skip > maxNearest {
		input, err := b.relation(ctx, r.Input)
		if err != nil {
			return nil, err
		}
		if !readsFirst(input, skip, count) {
			input = b.stream(input)
		}
		return &Limit{Input: input, Skip: skip, Count: count}, nil
	}
	if op, err := b.vectorTopK(ctx, r, skip, count); op != nil || err != nil {
		return op, err
	}
	input, err := b.relation(ctx, sort.Input)
	if err != nil {
		return nil, err
	}
	return b.topK(input, sort.Sorts, skip, count)
}

func (b *builder) topK(input Operator, fields []*pb.SortField, skip, count int64) (Operator, error) {
	sorts, err := b.sortKeys(fields, input.Schema())
	if err != nil {
		return nil, err
	}
	return &TopK{Input: input, Keys: sorts, Skip: skip, Count: count, Workers: b.env.Workers, Rows: b.env.Rows, Mem: b.env.Mem, holding: b.holding()}, nil
}

// smallScan is the fewest rows that a scan is asked for at once. Fewer cost as much, and a scan for the first rows of a table
// that are not deleted would take longer to find them.
const smallScan = 256

// readsFirst has a scan that is asked for its first few rows read about those, and says whether it could: one goroutine has
// them before a second has begun.
func readsFirst(op Operator, skip, count int64) bool {
	switch op := plain(op).(type) {
	case *Project:
		return readsFirst(op.Input, skip, count)
	case *Scan:
		most := int64(op.Rows)
		if op.Filter != nil || skip > most || count > most-skip {
			return false
		}
		op.Rows = int(min(most, max(skip+count, smallScan)))
		return true
	}
	return false
}

// window is OFFSET and LIMIT.
func (b *builder) window(ctx context.Context, r *pb.FetchRel) (skip, count int64, err error) {
	count = everything
	switch m := r.OffsetMode.(type) {
	case *pb.FetchRel_OffsetExpr:
		if skip, err = b.integer(ctx, m.OffsetExpr, 0); err != nil {
			return 0, 0, err
		}
	case *pb.FetchRel_Offset:
		return 0, 0, unsupported("offset that is no expression")
	}
	switch m := r.CountMode.(type) {
	case *pb.FetchRel_CountExpr:
		if count, err = b.integer(ctx, m.CountExpr, everything); err != nil {
			return 0, 0, err
		}
	case *pb.FetchRel_Count:
		return 0, 0, unsupported("count that is no expression")
	}
	switch {
	case count < 0:
		return 0, 0, &Error{Operator: "limit", State: stateNegativeLimit, Msg: "LIMIT must not be negative"}
	case skip < 0:
		return 0, 0, &Error{Operator: "limit", State: stateNegativeOffset, Msg: "OFFSET must not be negative"}
	}
	return skip, count, nil
}

// integer computes a constant.
func (b *builder) integer(ctx context.Context, e *pb.Expression, null int64) (int64, error) {
	compiled, err := b.compiler.Compile(e, arrow.NewSchema(nil, nil))
	if err != nil {
		return 0, err
	}
	value, err := eval.Value(ctx, compiled)
	if err != nil {
		return 0, err
	}
	defer value.Release()
	n, ok := value.(*array.Int64)
	switch {
	case !ok:
		return 0, malformed("LIMIT or OFFSET of type %s", value.DataType())
	case n.IsNull(0):
		return null, nil
	}
	return n.Value(0), nil
}
