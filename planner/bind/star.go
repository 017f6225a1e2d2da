package bind

import (
	"slices"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/planner/ast"
	"github.com/mediaflight/mediaflight/planner/parse"
	"github.com/mediaflight/mediaflight/planner/plan"
)

// starOption applies EXCLUDE or REPLACE to the columns that the star before it has spread; ok is false for anything else.
func (s *binding) starOption(q *selection, spread []plan.Item, target *pg.ResTarget) (items []plan.Item, ok bool, err error) {
	if call := target.Val.GetFuncCall(); call != nil && len(call.Funcname) == 1 && call.Funcname[0].GetString_().GetSval() == parse.StarExclude {
		if err := s.noStarOption(call.Location); err != nil {
			return nil, true, err
		}
		items, err = s.excluded(spread, call.Args)
		return items, true, err
	}
	if x := target.Val.GetXmlExpr(); x != nil && len(x.NamedArgs) > 1 && x.NamedArgs[0].GetResTarget().GetName() == parse.StarReplace {
		if err := s.noStarOption(x.Location); err != nil {
			return nil, true, err
		}
		items, err = s.replaced(q, spread, x.NamedArgs[1:])
		return items, true, err
	}
	return nil, false, nil
}

// noStarOption refuses the options in the query of a view, whose text has the columns of a star one by one.
func (s *binding) noStarOption(location int32) error {
	if s.written == nil {
		return nil
	}
	return missing(s.pos(location), "EXCLUDE and REPLACE in a view", "list the columns")
}

func (s *binding) excluded(spread []plan.Item, names []*pg.Node) ([]plan.Item, error) {
	out := slices.Clone(spread)
	for _, n := range names {
		ref := n.GetColumnRef()
		if ref == nil || len(ref.Fields) != 1 || ref.Fields[0].GetString_() == nil {
			return nil, fault(s.where(n), "42601", "EXCLUDE takes names of columns")
		}
		name := s.idents([]string{ref.Fields[0].GetString_().Sval}, ref.Location)[0]
		at, err := s.spreadColumn(out, name, "EXCLUDE", s.pos(ref.Location))
		if err != nil {
			return nil, err
		}
		out = slices.DeleteFunc(out, func(i plan.Item) bool { return i.Name == out[at].Name })
	}
	return out, nil
}

func (s *binding) replaced(q *selection, spread []plan.Item, targets []*pg.Node) ([]plan.Item, error) {
	out := slices.Clone(spread)
	var done []int
	for _, n := range targets {
		target := n.GetResTarget()
		pos := s.where(target.Val)
		if target.Name == "" {
			return nil, hint(fault(pos, "42601", "REPLACE takes expressions with names of columns"), "REPLACE (expression AS column)")
		}
		at, err := s.spreadColumn(out, ident{name: target.Name}, "REPLACE", pos)
		if err != nil {
			return nil, err
		}
		if slices.Contains(done, at) {
			return nil, fault(pos, "42701", "column %q specified more than once", target.Name)
		}
		done = append(done, at)
		e, err := s.expr(q.above("SELECT"), target.Val)
		if err != nil {
			return nil, err
		}
		out[at] = plan.Item{Column: s.newColumn(out[at].Name, e.Type(), e.Nullable()), Expr: e}
	}
	return out, nil
}

// spreadColumn finds one of a star's columns by its name.
func (s *binding) spreadColumn(spread []plan.Item, name ident, clause string, pos ast.Pos) (int, error) {
	for _, fold := range folds {
		if at := slices.IndexFunc(spread, func(i plan.Item) bool { return name.is(i.Name, fold) }); at >= 0 {
			return at, nil
		}
	}
	e := fault(pos, "42703", "column %q in %s does not exist", name.name, clause)
	if near := ast.Nearest(name.name, mapped(spread, func(i plan.Item) string { return i.Name })); near != "" {
		return -1, hint(e, "did you mean %q?", near)
	}
	return -1, e
}
