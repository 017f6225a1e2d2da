package eval

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
)

// Common takes out of expressions what several of them compute for each row, or one of them several times. In what is returned,
// column columns+i stands for common[i], which may be made of those before it. Parts that are computed for some rows only, such as
// an arm of CASE, stay where they are: for the others they might end in an error.
func Common(exprs []Expr, columns int) (rest, common []Expr) {
	c := &commoner{columns: columns}
	for _, e := range exprs {
		c.count(e)
	}
	if !slices.ContainsFunc(c.parts, func(p *part) bool { return p.times > 1 }) {
		return exprs, nil
	}
	for _, e := range exprs {
		rest = append(rest, c.rewrite(e))
	}
	return rest, c.common
}

type commoner struct {
	columns int
	parts   []*part
	common  []Expr
}

// A part is a function or cast that is computed for every row.
type part struct {
	Expr
	times int
	taken *Column // that stands for it, once it is taken out
}

// maxParts bounds the work, which grows by the square of the parts.
const maxParts = 256

func (c *commoner) find(e Expr) *part {
	for _, p := range c.parts {
		if Same(p.Expr, e) {
			return p
		}
	}
	return nil
}

// count counts the parts of an expression, those of a part that has come before not again.
func (c *commoner) count(e Expr) {
	args, ok := computed(e)
	if !ok || len(c.parts) == maxParts {
		return
	}
	if p := c.find(e); p != nil {
		p.times++
		return
	}
	c.parts = append(c.parts, &part{Expr: e, times: 1})
	for _, arg := range args {
		c.count(arg)
	}
}

// computed says whether an expression is worth taking out, and which others it computes for each row.
func computed(e Expr) (args []Expr, ok bool) {
	switch e := e.(type) {
	case *Function:
		if e.byEntry != nil {
			return nil, true // its arguments are computed for each entry
		}
		return e.args, true
	case *Cast:
		if e.byEntry != nil {
			return nil, true
		}
		return []Expr{e.arg}, true
	}
	return nil, false
}

func (c *commoner) rewrite(e Expr) Expr {
	args, ok := computed(e)
	if !ok {
		return e
	}
	p := c.find(e)
	if p != nil && p.taken != nil {
		return p.taken
	}
	e = c.withArgs(e, args)
	if p == nil || p.times == 1 {
		return e
	}
	p.taken = &Column{Index: c.columns + len(c.common), Field: arrow.Field{Name: e.String(), Type: e.Type(), Nullable: e.Nullable()}}
	c.common = append(c.common, e)
	return p.taken
}

// withArgs is an expression of rewritten arguments.
func (c *commoner) withArgs(e Expr, args []Expr) Expr {
	changed := false
	rewritten := make([]Expr, len(args))
	for i, arg := range args {
		rewritten[i] = c.rewrite(arg)
		changed = changed || rewritten[i] != arg
	}
	if !changed {
		return e
	}
	switch e := e.(type) {
	case *Function:
		copied := *e
		copied.args = rewritten
		return &copied
	case *Cast:
		copied := *e
		copied.arg = rewritten[0]
		return &copied
	}
	return e
}
