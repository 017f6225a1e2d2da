package bind

import (
	"slices"

	pg "github.com/pganalyze/pg_query_go/v6"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/mediaflight/mediaflight/planner/parse"
	"github.com/mediaflight/mediaflight/planner/plan"
)

// qualified binds QUALIFY, a condition on the rows that windows have been computed over. It may name the columns of the select list,
// where no column of FROM has the name.
func (q *selection) qualified(s *binding) (plan.Expr, error) {
	if q.qualify == nil {
		return nil, nil
	}
	x := q.above("QUALIFY")
	x.unnest = nil
	seen := *q.scope
	seen.entries = slices.Clone(q.scope.entries)
	for _, item := range q.items {
		if len(q.scope.column(ident{name: item.Name})) == 0 {
			seen.entries = append(seen.entries, entry{name: item.Name, expr: item.Expr})
		}
	}
	x.scope = &seen
	return s.condition(x, q.qualify)
}

// isAll tells GROUP BY ALL and ORDER BY ALL.
func isAll(n *pg.Node) bool {
	ref := n.GetColumnRef()
	return ref != nil && len(ref.Fields) == 1 && ref.Fields[0].GetString_().GetSval() == parse.AllColumns
}

// groupByAll groups by the items of the select list that aggregate nothing.
func (q *selection) groupByAll(s *binding, targets []*pg.Node) error {
	for _, t := range targets {
		target := t.GetResTarget()
		spread, ok, err := s.star(&selection{scope: q.scope, env: q.env}, target)
		switch {
		case err != nil:
			return err
		case ok:
			for _, item := range spread {
				if _, err := q.groupOn(s, item.Expr, item.Name); err != nil {
					return err
				}
			}
			continue
		case target.Val.GetAConst() != nil || s.aggregates(target.Val.ProtoReflect()):
			continue
		}
		if _, err := q.group(s, target.Val, targets); err != nil {
			return err
		}
	}
	return nil
}

// aggregates tells whether an expression has an aggregate or a window function in it, subqueries aside.
func (s *binding) aggregates(m protoreflect.Message) bool {
	switch n := m.Interface().(type) {
	case *pg.SubLink:
		return false
	case *pg.FuncCall:
		name := n.Funcname[len(n.Funcname)-1].GetString_().GetSval()
		if n.Over != nil || n.AggWithinGroup || s.Functions.IsAggregate(name) {
			return true
		}
	}
	found := false
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case f.Kind() != protoreflect.MessageKind:
		case f.IsList():
			for i := range v.List().Len() {
				found = found || s.aggregates(v.List().Get(i).Message())
			}
		default:
			found = found || s.aggregates(v.Message())
		}
		return !found
	})
	return found
}
