package bind

import (
	"slices"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/planner/plan"
)

// A streamed relation is what a training stream reads: the rows of a scan that fulfil conditions, and of a view what it makes of each.
type streamed struct {
	name    string
	scan    *plan.Scan
	conds   []plan.Expr   // of a view
	items   []plan.Item   // of a view; nil for a table, whose columns are the scan's
	columns []plan.Column // that users know
}

// streamed is what the argument "table" names. Of views there are only those whose every row is made of one row of a table: a stream has
// an order of its own, for which it numbers the table's rows.
func (a *tableArguments) streamed() (*streamed, error) {
	t, ref, stmt, err := a.relation()
	if err != nil {
		return nil, err
	}
	v, ok := t.Table.(catalog.View)
	if !ok {
		if t, err = a.at(t); err != nil {
			return nil, err
		}
		scan := a.scan(t, t.name.Table)
		return &streamed{name: t.name.Table, scan: scan, columns: scan.Columns()}, nil
	}
	if a.given["snapshot"] != nil {
		return nil, hint(fault(a.where("snapshot"), "0A000", "%q is a view, which has no snapshots", t.name), "name the table that it reads")
	}
	out := &streamed{name: t.name.Table}
	err = a.within(stmt, func() error {
		node, sc, err := a.fromView(v, t, ref)
		if err != nil {
			return err
		}
		items := out.under(node)
		if items == nil || isVolatile(node) {
			return hint(fault(a.where("table"), "0A000", "a training stream of view %q is not supported: its rows are not made of one row of a table each", t.name),
				"make a table of it: CREATE TABLE ... AS SELECT * FROM %s", t.name)
		}
		for i, e := range sc.entries {
			c := a.newColumn(e.name, items[i].Expr.Type(), items[i].Expr.Nullable())
			c.Table = t.name.Table
			out.columns = append(out.columns, c)
			out.items = append(out.items, plan.Item{Column: c, Expr: items[i].Expr})
		}
		return nil
	})
	return out, err
}

// under takes a plan apart into what it computes of the rows of a scan, whose conditions it notes; nil if it is more than that.
func (s *streamed) under(n plan.Node) []plan.Item {
	switch n := n.(type) {
	case *plan.Scan:
		s.scan = n
		return refs(n.Columns())
	case *plan.Filter:
		items := s.under(n.Input)
		if items != nil {
			s.conds = append(s.conds, inPlace(n.Cond, items))
		}
		return items
	case *plan.Project:
		items := s.under(n.Input)
		if items == nil {
			return nil
		}
		out := slices.Clone(n.Items)
		for i := range out {
			out[i].Expr = inPlace(out[i].Expr, items)
		}
		return out
	}
	return nil
}

// ofScan is an expression over the columns that users know, over those of the scan.
func (s *streamed) ofScan(e plan.Expr) plan.Expr { return inPlace(e, s.items) }

// inPlace puts the items in the place of references to them.
func inPlace(e plan.Expr, items []plan.Item) plan.Expr {
	return plan.Rewrite(e, func(e plan.Expr) (plan.Expr, bool) {
		ref, ok := e.(*plan.Ref)
		if !ok {
			return nil, false
		}
		i := slices.IndexFunc(items, func(item plan.Item) bool { return item.ID == ref.ID })
		if i < 0 {
			return nil, false
		}
		return items[i].Expr, true
	})
}
