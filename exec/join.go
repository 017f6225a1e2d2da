package exec

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
)

// JoinKind says which rows a join yields.
type JoinKind int

const (
	InnerJoin  JoinKind = iota
	LeftJoin            // and left rows without a match
	RightJoin           // and right rows without a match
	FullJoin            // both
	SemiJoin            // left rows with a match
	AntiJoin            // left rows without a match
	MarkJoin            // left rows, each with what x IN (right rows) comes to
	SingleJoin          // as LeftJoin, and two matches of a left row are an error
)

func (k JoinKind) String() string {
	return [...]string{"join", "left join", "right join", "full join", "semi join", "anti join", "mark join", "single join"}[k]
}

// onlyLeft says whether the join asks no more of right rows than whether one matches.
func (k JoinKind) onlyLeft() bool { return k == SemiJoin || k == AntiJoin || k == MarkJoin }

func (k JoinKind) keepsLeft() bool  { return k == LeftJoin || k == FullJoin || k == SingleJoin }
func (k JoinKind) keepsRight() bool { return k == RightJoin || k == FullJoin }

// joinSchema has the columns of a join's result, of which those of a side that may be missing are nullable.
func joinSchema(kind JoinKind, left, right *arrow.Schema) *arrow.Schema {
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
