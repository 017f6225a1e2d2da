package eval

import "github.com/apache/arrow-go/v18/arrow"

// Hoist takes out of a condition over pairs of rows what depends on one side alone and cannot fail, so that it is computed
// once for each row of that side and not once for each pair. The columns of the left rows are those below left. In the
// condition returned, columns+i stands for hoisted[i].
func Hoist(condition Expr, left, columns int) (rest Expr, hoisted []Expr) {
	h := &hoister{left: left, columns: columns}
	return h.rewrite(condition), h.hoisted
}

type hoister struct {
	left, columns int
	hoisted       []Expr
}

func (h *hoister) rewrite(e Expr) Expr {
	if h.worthwhile(e) {
		return h.hoist(e)
	}
	switch e := e.(type) {
	case *junction:
		copied := *e
		copied.byEntry = nil // what is left is of other columns
		copied.args = h.rewriteAll(e.args)
		if e.whole != nil {
			whole := *e.whole
			whole.byEntry = nil
			whole.args = copied.args
			copied.whole = &whole
		}
		return &copied
	case *Function:
		copied := *e
		copied.byEntry = nil
		copied.args = h.rewriteAll(e.args)
		return &copied
	}
	return e
}

func (h *hoister) rewriteAll(exprs []Expr) []Expr {
	out := make([]Expr, len(exprs))
	for i, e := range exprs {
		out[i] = h.rewrite(e)
	}
	return out
}

// worthwhile: a boolean takes a bit for each row kept, and the columns that it is made of are mostly wider.
func (h *hoister) worthwhile(e Expr) bool {
	if _, ok := e.(*Column); ok || e.Type().ID() != arrow.BOOL || canFail(e) {
		return false
	}
	columns := Columns(e)
	return len(columns) > 0 && (columns[0] >= h.left || columns[len(columns)-1] < h.left)
}

func (h *hoister) hoist(e Expr) Expr {
	c := &Column{Index: h.columns + len(h.hoisted), Field: arrow.Field{Name: e.String(), Type: e.Type(), Nullable: e.Nullable()}}
	h.hoisted = append(h.hoisted, e)
	return c
}
