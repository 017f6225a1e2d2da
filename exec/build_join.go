package exec

import (
	"context"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	pb "github.com/substrait-io/substrait-protobuf/go/substraitpb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/mediaflight/mediaflight/exec/eval"
	"github.com/mediaflight/mediaflight/exec/keys"
)

var joinKinds = map[pb.JoinRel_JoinType]JoinKind{
	pb.JoinRel_JOIN_TYPE_INNER: InnerJoin, pb.JoinRel_JOIN_TYPE_LEFT: LeftJoin, pb.JoinRel_JOIN_TYPE_RIGHT: RightJoin,
	pb.JoinRel_JOIN_TYPE_OUTER: FullJoin, pb.JoinRel_JOIN_TYPE_LEFT_SEMI: SemiJoin, pb.JoinRel_JOIN_TYPE_LEFT_ANTI: AntiJoin,
	pb.JoinRel_JOIN_TYPE_LEFT_MARK: MarkJoin, pb.JoinRel_JOIN_TYPE_LEFT_SINGLE: SingleJoin,
	pb.JoinRel_JOIN_TYPE_RIGHT_SEMI: RightSemiJoin, pb.JoinRel_JOIN_TYPE_RIGHT_ANTI: RightAntiJoin,
}

func (b *builder) join(ctx context.Context, r *pb.JoinRel) (Operator, error) {
	left, err := b.relation(ctx, r.Left)
	if err != nil {
		return nil, err
	}
	return b.joinOf(ctx, r, left)
}

// joinOf builds a join whose left side is built.
func (b *builder) joinOf(ctx context.Context, r *pb.JoinRel, left Operator) (Operator, error) {
	kind, err := kindOfJoin(r)
	if err != nil {
		return nil, err
	}
	right, err := b.relation(ctx, r.Right)
	if err != nil {
		return nil, err
	}
	var condition eval.Expr
	if r.Expression != nil {
		both := arrow.NewSchema(append(slices.Clone(left.Schema().Fields()), right.Schema().Fields()...), nil)
		if condition, err = b.compiler.Compile(r.Expression, both); err != nil {
			return nil, err
		}
		if condition.Type().ID() != arrow.BOOL {
			return nil, malformed("join on a value of type %s", condition.Type())
		}
		if eval.IsTrue(condition) {
			condition = nil
		}
	}
	schema := joinSchema(kind, left.Schema(), right.Schema())
	n := left.Schema().NumFields()
	keys, residual := joinKeys(condition, n)
	ranges, rest := joinRanges(residual, n)
	if kind == MarkJoin { // which tells false from NULL, and so must look at all candidates
		ranges = nil
	}
	if kind == AsOfJoin && (len(ranges) != 1 || ranges[0].bounds() != 1 || len(rest) > 0) {
		return nil, unsupported("as-of join on anything but equalities and one inequality")
	}
	if len(keys) == 0 {
		if kind.onlyRight() {
			return nil, unsupported("%s without an equality", kind)
		}
		if kind.keepsRight() {
			left = b.stream(left)
		}
		right = b.stream(right)
		if len(ranges) > 0 {
			return &RangeJoin{Left: left, Right: right, Kind: kind, ranges: ranges, Residual: eval.And(b.env.Mem, rest),
				Rows: b.env.Rows, Mem: b.env.Mem, holding: b.holding(), schema: schema}, nil
		}
		return &NestedLoopJoin{Left: left, Right: right, Kind: kind, Condition: condition, Rows: b.env.Rows, Mem: b.env.Mem,
			holding: b.holding(), schema: schema}, nil
	}
	j := &HashJoin{Left: left, Right: right, Kind: kind, Keys: keys, Condition: condition, Residual: eval.And(b.env.Mem, residual),
		ranges: ranges, rangeResidual: eval.And(b.env.Mem, rest),
		Rows: b.env.Rows, Workers: b.env.Workers, Mem: b.env.Mem, holding: b.holding(), schema: schema,
		folder: b.env.Spill, filters: filterScans(kind, left, keys, b.env.Mem)}
	if !j.Splits() {
		j.Left = b.stream(left)
	}
	return j, nil
}

func kindOfJoin(r *pb.JoinRel) (JoinKind, error) {
	kind, ok := joinKinds[r.Type]
	if !ok || r.PostJoinFilter != nil {
		return 0, unsupported("join of type %s, or with a filter behind it", r.Type)
	}
	enhancement := r.AdvancedExtension.GetEnhancement()
	if enhancement == nil {
		return kind, nil
	}
	var nearest wrapperspb.BoolValue
	if err := enhancement.UnmarshalTo(&nearest); err != nil || !nearest.Value || kind != LeftJoin {
		return 0, unsupported("join of type %s with %s", r.Type, enhancement.TypeUrl)
	}
	return AsOfJoin, nil
}

func (b *builder) cross(ctx context.Context, r *pb.CrossRel) (Operator, error) {
	left, err := b.relation(ctx, r.Left)
	if err != nil {
		return nil, err
	}
	right, err := b.input(ctx, r.Right)
	if err != nil {
		return nil, err
	}
	return &NestedLoopJoin{Left: left, Right: right, Kind: InnerJoin, Rows: b.env.Rows, Mem: b.env.Mem, holding: b.holding(),
		schema: joinSchema(InnerJoin, left.Schema(), right.Schema())}, nil
}

// joinKeys takes a condition apart into equalities between the two sides and the rest.
func joinKeys(condition eval.Expr, left int) (joinKeys []JoinKey, residual []eval.Expr) {
	if condition == nil {
		return nil, nil
	}
	for _, c := range eval.Conjuncts(condition) {
		x, y, nullSafe, ok := eval.Equality(c)
		if ok && sideOf(x, left) == rightSide && sideOf(y, left) == leftSide {
			x, y = y, x
		}
		if ok && sideOf(x, left) == leftSide && sideOf(y, left) == rightSide && keys.Check(x.Type()) == nil {
			joinKeys = append(joinKeys, JoinKey{x, y, nullSafe})
		} else {
			residual = append(residual, c)
		}
	}
	return joinKeys, residual
}

type side int

const (
	leftSide side = iota + 1
	rightSide
)

// sideOf is the side that all columns of an expression belong to, or 0.
func sideOf(e eval.Expr, left int) side {
	columns := eval.Columns(e)
	switch {
	case len(columns) == 0:
		return 0
	case columns[len(columns)-1] < left:
		return leftSide
	case columns[0] >= left:
		return rightSide
	}
	return 0
}
