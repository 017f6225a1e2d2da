package opt

import (
	"github.com/mediaflight/mediaflight/planner/plan"
)

// mergeProjects makes one projection of two, and none of one that changes nothing.
//
//	Project(f(y), Project(y = g(x), n))  =>  Project(f(g(x)), n)
//	Project(a, b, n)                     =>  n, if its columns are a, b
//	Aggregate(f(y), Project(y = x, n))   =>  Aggregate(f(x), n)
//
// What is computed below and used more than once above stays below, so that it is computed once.
func mergeProjects(_ *Optimizer, n plan.Node) (plan.Node, bool) {
	switch n := n.(type) {
	case *plan.Project:
		if isIdentity(n) {
			return n.Input, true
		}
		inner, ok := n.Input.(*plan.Project)
		if !ok || !mayMerge(n.Exprs(), inner) {
			return n, false
		}
		return mergeInto(n, inner)
	case *plan.Aggregate:
		inner, ok := n.Input.(*plan.Project)
		if !ok || !onlyRefs(inner) {
			return n, false
		}
		return mergeInto(n, inner)
	}
	return n, false
}

// isIdentity tells whether a projection passes on its input as it is, names too.
func isIdentity(n *plan.Project) bool {
	in := n.Input.Columns()
	if len(in) != len(n.Items) {
		return false
	}
	for i, item := range n.Items {
		if !isRef(item.Expr, in[i].ID) || item.ID != in[i].ID || item.Name != in[i].Name {
			return false
		}
	}
	return true
}

func mergeInto(n plan.Node, inner *plan.Project) (plan.Node, bool) {
	by := map[int]plan.Expr{}
	for _, item := range inner.Items {
		by[item.ID] = item.Expr
	}
	out := mapExprs(n, func(e plan.Expr) plan.Expr {
		moved, _ := substitute(e, by)
		return moved
	})
	return out.WithInputs([]plan.Node{inner.Input}), true
}

// mayMerge tells whether no computed column of the inner projection is used twice, or volatile.
func mayMerge(above []plan.Expr, inner *plan.Project) bool {
	uses := map[int]int{}
	for _, e := range above {
		plan.Walk(e, func(e plan.Expr) bool {
			if ref, ok := e.(*plan.Ref); ok {
				uses[ref.ID]++
			}
			return true
		})
	}
	for _, item := range inner.Items {
		switch item.Expr.(type) {
		case *plan.Ref, *plan.Literal, *plan.Param:
			continue
		}
		if uses[item.ID] > 1 || isVolatile(item.Expr) {
			return false
		}
	}
	return true
}

func onlyRefs(n *plan.Project) bool {
	for _, item := range n.Items {
		if _, ok := item.Expr.(*plan.Ref); !ok {
			return false
		}
	}
	return true
}
