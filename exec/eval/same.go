package eval

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// Same says whether two expressions are one and the same, so that computing one of them is enough. It may be unaware of it.
func Same(a, b Expr) bool {
	if l, ok := a.(*lazy); ok {
		a = l.Expr
	}
	if l, ok := b.(*lazy); ok {
		b = l.Expr
	}
	if !arrow.TypeEqual(a.Type(), b.Type()) {
		return false
	}
	switch a := a.(type) {
	case *Subquery:
		return b == Expr(a)
	case *Column:
		b, ok := b.(*Column)
		return ok && a.Index == b.Index
	case *Literal:
		b, ok := b.(*Literal)
		return ok && (a.Value == b.Value || array.Equal(a.Value, b.Value))
	case *Cast:
		b, ok := b.(*Cast)
		return ok && Same(a.arg, b.arg)
	case *Function:
		b, ok := b.(*Function)
		return ok && a.fn.Name == b.fn.Name && !a.fn.Volatile && slices.EqualFunc(a.args, b.args, Same)
	}
	return false
}
