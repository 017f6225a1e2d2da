package eval

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/mediaflight/mediaflight/catalog"
)

// Inequality takes x < y, x <= y, x > y or x >= y apart.
func Inequality(e Expr) (x, y Expr, op catalog.Op, ok bool) {
	f, ok := e.(*Function)
	if !ok || len(f.args) != 2 || !arrow.TypeEqual(f.args[0].Type(), f.args[1].Type()) {
		return nil, nil, 0, false
	}
	switch op = comparisonOps[f.fn.Name]; op {
	case catalog.Less, catalog.LessEq, catalog.Greater, catalog.GreaterEq:
		return f.args[0], f.args[1], op, true
	}
	return nil, nil, 0, false
}

// Flip is the comparison that holds for (b, a) where op holds for (a, b).
func Flip(op catalog.Op) catalog.Op { return flipped[op] }
