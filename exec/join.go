package exec

import (
	"context"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
)

// JoinKind says which rows a join yields.
type JoinKind int

const (
	InnerJoin     JoinKind = iota
	LeftJoin               // and left rows without a match
	RightJoin              // and right rows without a match
	FullJoin               // both
	SemiJoin               // left rows with a match
	AntiJoin               // left rows without a match
	MarkJoin               // left rows, each with what x IN (right rows) comes to
	SingleJoin             // as LeftJoin, and two matches of a left row are an error
	RightSemiJoin          // right rows with a match
	RightAntiJoin          // right rows without a match
	AsOfJoin               // left rows, each with one match: the one nearest by the join's one inequality
)

func (k JoinKind) String() string {
	return [...]string{"join", "left join", "right join", "full join", "semi join", "anti join", "mark join", "single join", "right semi join", "right anti join", "as-of join"}[k]
}

// onlyLeft says whether the join asks no more of right rows than whether one matches.
func (k JoinKind) onlyLeft() bool { return k == SemiJoin || k == AntiJoin || k == MarkJoin }

func (k JoinKind) keepsLeft() bool {
	return k == LeftJoin || k == FullJoin || k == SingleJoin || k == AsOfJoin
}
func (k JoinKind) keepsRight() bool { return k == RightJoin || k == FullJoin }

// onlyRight says whether the join asks no more of left rows than whether they match.
func (k JoinKind) onlyRight() bool { return k == RightSemiJoin || k == RightAntiJoin }

// marksRight says whether the join notes which right rows have matched, which is known at the end of all left rows only.
func (k JoinKind) marksRight() bool { return k.keepsRight() || k.onlyRight() }

// needsRight says whether no row comes of a join whose right side has none.
func (k JoinKind) needsRight() bool {
	return k == InnerJoin || k == SemiJoin || k == RightJoin || k.onlyRight()
}

// A joinOperator is a join that reads its right side first and then joins left rows as they come.
type joinOperator interface {
	// prepare reads the right side. What it returns must be closed even with an error.
	prepare(ctx context.Context) (preparedJoin, error)
	kind() JoinKind
}

// A preparedJoin is the right side of a join, ready for left rows.
type preparedJoin interface {
	matchesNothing() bool // the left rows need not be read
	// join joins a stream of left rows. It may be called several times, and what it returns run at once.
	join(ctx context.Context, left Batches) Batches
	close()
}

// partsOfJoin joins the parts of the left side.
func partsOfJoin(ctx context.Context, left Operator, j joinOperator) (*Parts, error) {
	right, err := j.prepare(ctx)
	if err != nil {
		if right, err = failLater(right, j.kind(), err); err != nil {
			return nil, err
		}
	}
	if right.matchesNothing() {
		return &Parts{Close: right.close}, nil
	}
	if s, ok := right.(*spilledJoin); ok {
		return s.parts(), nil
	}
	parts, err := mapParts(ctx, left, right.join)
	if err != nil {
		right.close()
		return nil, err
	}
	closeLeft := parts.Close
	parts.Close = func() {
		closeLeft()
		right.close()
	}
	return parts, nil
}

// runJoin joins the left side as a whole.
func runJoin(ctx context.Context, left Operator, j joinOperator) Batches {
	return func(yield func(arrow.RecordBatch, error) bool) {
		right, err := j.prepare(ctx)
		if err != nil {
			if right, err = failLater(right, j.kind(), err); err != nil {
				yield(nil, err)
				return
			}
		}
		defer right.close()
		if right.matchesNothing() {
			return
		}
		for batch, err := range right.join(ctx, left.Run(ctx)) {
			if !yield(batch, err) || err != nil {
				return
			}
		}
	}
}

// joinSchema has the columns of a join's result, of which those of a side that may be missing are nullable.
func joinSchema(kind JoinKind, left, right *arrow.Schema) *arrow.Schema {
	if kind.onlyRight() {
		return arrow.NewSchema(right.Fields(), nil)
	}
	fields := slices.Clone(left.Fields())
	if kind.keepsRight() {
		makeNullable(fields)
	}
	switch {
	case kind == MarkJoin:
		fields = append(fields, arrow.Field{Name: "mark", Type: arrow.FixedWidthTypes.Boolean, Nullable: true})
	case !kind.onlyLeft():
		others := slices.Clone(right.Fields())
		if kind.keepsLeft() {
			makeNullable(others)
		}
		fields = append(fields, others...)
	}
	return arrow.NewSchema(fields, nil)
}

func makeNullable(fields []arrow.Field) {
	for i := range fields {
		fields[i].Nullable = true
	}
}
