package eval

import (
	"context"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// A Condition keeps the rows for which an expression is true. It may be used at once.
type Condition struct {
	terms   []term // all must hold
	columns []int
	mem     memory.Allocator
}

// A term is one of the conditions that AND joins.
type term struct {
	expr    Expr
	compare *comparison // a column with a constant, if that is what the term is
	columns []int
	canFail bool
}

// NewCondition takes a boolean expression apart. Comparisons of columns with constants come first: they cost least and
// cannot fail.
func NewCondition(e Expr, mem memory.Allocator) (*Condition, error) {
	if e.Type().ID() != arrow.BOOL {
		return nil, notBoolean(e)
	}
	c := &Condition{columns: Columns(e), mem: mem}
	var others []term
	for _, a := range Conjuncts(e) {
		t := term{expr: a, compare: comparisonOf(a), columns: Columns(a), canFail: canFail(a)}
		if t.compare != nil {
			c.terms = append(c.terms, t)
		} else {
			others = append(others, t)
		}
	}
	c.terms = append(c.terms, others...)
	return c, nil
}

// Columns are the columns that the condition needs, ascending.
func (c *Condition) Columns() []int { return c.columns }

func (c *Condition) String() string {
	texts := make([]string, len(c.terms))
	for i, t := range c.terms {
		texts[i] = t.expr.String()
		if j, ok := t.expr.(*junction); ok && len(c.terms) > 1 {
			texts[i] = "(" + j.String() + ")"
		}
	}
	return strings.Join(texts, " AND ")
}

// Select appends the rows to keep, ascending.
func (c *Condition) Select(ctx context.Context, in Input, into []uint32) ([]uint32, error) {
	start := len(into)
	into = slices.Grow(into, in.Rows)
	for i, t := range c.terms {
		var err error
		if i == 0 {
			into, err = c.first(ctx, t, in, into)
		} else {
			var kept []uint32
			kept, err = c.next(ctx, t, in, into[start:])
			into = into[:start+len(kept)]
		}
		if err != nil {
			return into[:start], err
		}
		if len(into) == start {
			break
		}
	}
	return into, nil
}

// KeepsNone says whether no row is kept whose value of a column is one of some entries or NULL, as far as one term alone
// shows that. Columns are those that the condition counts.
func (c *Condition) KeepsNone(ctx context.Context, columns, column int, entries arrow.Array) bool {
	return slices.ContainsFunc(c.terms, func(t term) bool {
		b := byEntryOf(t.expr)
		return b != nil && b.column == column && b.none(ctx, t.expr, columns, entries)
	})
}

// EncodedColumns lists the columns of which the condition wants codes.
func (c *Condition) EncodedColumns() []int {
	var columns []int
	for _, t := range c.terms {
		columns = append(columns, EncodedColumns(t.expr)...)
	}
	return columns
}

// first appends the rows of in for which t holds.
func (c *Condition) first(ctx context.Context, t term, in Input, into []uint32) ([]uint32, error) {
	if rows, ok := byEntryOf(t.expr).keep(ctx, t.expr, in, nil, into); ok {
		return rows, nil
	}
	if t.compare != nil {
		if rows, ok, err := t.compare.all(ctx, in, into); ok || err != nil {
			return rows, err
		}
	}
	v, err := t.expr.Eval(ctx, in)
	if err != nil {
		return into, err
	}
	defer v.Release()
	b, ok := v.Array.(*array.Boolean)
	if !ok {
		return into, notBoolean(t.expr)
	}
	if v.Const {
		for i := range in.Rows {
			if truthOf(b, 0) == yes {
				into = append(into, uint32(i))
			}
		}
		return into, nil
	}
	return appendTrue(b, into), nil
}

// next drops the rows for which t does not hold, in place.
func (c *Condition) next(ctx context.Context, t term, in Input, rows []uint32) ([]uint32, error) {
	if kept, ok := byEntryOf(t.expr).keep(ctx, t.expr, in, rows, rows[:0]); ok {
		return kept, nil
	}
	if t.compare != nil {
		if kept, ok, err := t.compare.some(ctx, in, rows); ok || err != nil {
			return kept, err
		}
	}
	// Copying the rows first is cheaper where few are left, and needed where the others could fail.
	part := len(rows) < in.Rows && (t.canFail || len(rows) < in.Rows/4)
	if part {
		in = in.pick(c.mem, t.columns, rows)
		defer in.release()
	}
	v, err := t.expr.Eval(ctx, in)
	if err != nil {
		return rows, err
	}
	defer v.Release()
	b, ok := v.Array.(*array.Boolean)
	if !ok {
		return rows, notBoolean(t.expr)
	}
	kept := rows[:0]
	for i, row := range rows {
		at := int(row)
		if part {
			at = i
		}
		if truthOf(b, v.Row(at)) == yes {
			kept = append(kept, row)
		}
	}
	return kept, nil
}

// Conjuncts are the conditions that an expression joins by AND.
func Conjuncts(e Expr) []Expr {
	if j, ok := e.(*junction); ok && j.decides == no {
		return j.args
	}
	return []Expr{e}
}

// And joins conditions by AND; it is nil if there is none.
func And(mem memory.Allocator, conditions []Expr) Expr {
	switch len(conditions) {
	case 0:
		return nil
	case 1:
		return conditions[0]
	}
	return &junction{word: "AND", decides: no, args: conditions, nullable: slices.ContainsFunc(conditions, Expr.Nullable), mem: mem}
}

// IsTrue says whether an expression is the literal TRUE.
func IsTrue(e Expr) bool {
	l, ok := e.(*Literal)
	if !ok || l.Param > 0 {
		return false
	}
	b, ok := l.Value.(*array.Boolean)
	return ok && b.IsValid(0) && b.Value(0)
}
