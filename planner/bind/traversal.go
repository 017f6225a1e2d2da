package bind

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/planner/ast"
	"github.com/mediaflight/mediaflight/planner/plan"
	"github.com/mediaflight/mediaflight/udf"
)

// A traversal is what SEARCH and CYCLE add to the rows of a recursive query: columns that a row gets from the row that it comes from.
//
//	SEARCH DEPTH FIRST BY a SET o    o is ARRAY[ROW(a)], then o || ROW(a)
//	SEARCH BREADTH FIRST BY a SET o  o is ROW(0, a), then ROW(o.f1 + 1, a)
//	CYCLE a SET m USING p            p is ARRAY[ROW(a)], then p || ROW(a); m is whether p has ROW(a) already: nothing follows such a row
type traversal struct {
	*binding
	pos     ast.Pos
	name    string // of the query
	columns []tracked
	more    func(working []plan.Column) (plan.Expr, error) // which rows others come from; nil for all
}

// A tracked column has a value in the first rows, and one in the rows that come from others: row are the row's own columns, and
// before are the tracked columns of the other.
type tracked struct {
	name  string
	first func(row []plan.Column) (plan.Expr, error)
	next  func(row, before []plan.Column) (plan.Expr, error)
}

// traversal is nil for an entry without SEARCH and CYCLE.
func (s *binding) traversal(n *pg.CommonTableExpr) (*traversal, error) {
	if n.SearchClause == nil && n.CycleClause == nil {
		return nil, nil
	}
	t := &traversal{binding: s, pos: s.pos(n.Location), name: n.Ctename}
	if n.SearchClause != nil {
		t.search(n.SearchClause)
	}
	if n.CycleClause != nil {
		if err := t.cycle(n.CycleClause); err != nil {
			return nil, err
		}
	}
	return t, nil
}

func (t *traversal) search(n *pg.CTESearchClause) {
	by := mapped(n.SearchColList, func(n *pg.Node) string { return n.GetString_().GetSval() })
	if !n.SearchBreadthFirst {
		t.columns = append(t.columns, t.path(n.SearchSeqColumn, by, "search", len(t.columns)))
		return
	}
	at := len(t.columns)
	place := func(depth plan.Expr, row []plan.Column) (plan.Expr, error) {
		values, err := t.values(row, by, "search")
		if err != nil {
			return nil, err
		}
		return t.apply("row", append([]plan.Expr{depth}, values...), t.pos)
	}
	t.columns = append(t.columns, tracked{
		name:  n.SearchSeqColumn,
		first: func(row []plan.Column) (plan.Expr, error) { return place(bigint(0, t.pos), row) },
		next: func(row, before []plan.Column) (plan.Expr, error) {
			depth, err := t.operate("+", &plan.Field{Arg: columnRef(before[at]), Index: 0, At: t.pos}, bigint(1, t.pos), t.pos)
			if err != nil {
				return nil, err
			}
			return place(depth, row)
		},
	})
}

// path is a column with the rows that a row comes from, and that row.
func (t *traversal) path(name string, by []string, clause string, at int) tracked {
	return tracked{
		name: name,
		first: func(row []plan.Column) (plan.Expr, error) {
			one, err := t.row(row, by, clause)
			if err != nil {
				return nil, err
			}
			return t.apply("list_value", []plan.Expr{one}, t.pos)
		},
		next: func(row, before []plan.Column) (plan.Expr, error) {
			one, err := t.row(row, by, clause)
			if err != nil {
				return nil, err
			}
			return t.apply("array_append", []plan.Expr{columnRef(before[at]), one}, t.pos)
		},
	}
}

func (t *traversal) cycle(n *pg.CTECycleClause) error {
	by := mapped(n.CycleColList, func(n *pg.Node) string { return n.GetString_().GetSval() })
	marks, err := t.list(&exprs{clause: "CYCLE", env: env{}}, []*pg.Node{n.CycleMarkValue, n.CycleMarkDefault})
	if err == nil {
		marks, err = t.common(marks, "CYCLE")
	}
	if err != nil {
		return err
	}
	at := len(t.columns)
	t.columns = append(t.columns, tracked{
		name:  n.CycleMarkColumn,
		first: func([]plan.Column) (plan.Expr, error) { return marks[1], nil },
		next: func(row, before []plan.Column) (plan.Expr, error) {
			one, err := t.row(row, by, "cycle")
			if err != nil {
				return nil, err
			}
			met, err := t.apply("equal_any", []plan.Expr{one, columnRef(before[at+1])}, t.pos)
			if err != nil {
				return nil, err
			}
			return &plan.Case{Whens: []plan.When{{Cond: met, Then: marks[0]}}, Else: marks[1], At: t.pos}, nil
		},
	}, t.path(n.CyclePathColumn, by, "cycle", at+1))
	t.more = func(working []plan.Column) (plan.Expr, error) {
		return t.operate("<>", columnRef(working[at]), marks[0], t.pos)
	}
	return nil
}

// row is ROW(...) of some of a row's columns.
func (t *traversal) row(row []plan.Column, by []string, clause string) (plan.Expr, error) {
	values, err := t.values(row, by, clause)
	if err != nil {
		return nil, err
	}
	return t.apply("row", values, t.pos)
}

func (t *traversal) values(row []plan.Column, by []string, clause string) ([]plan.Expr, error) {
	var out []plan.Expr
	for _, name := range by {
		at := slices.IndexFunc(row, func(c plan.Column) bool { return c.Name == name })
		if at < 0 {
			return nil, fault(t.pos, "42601", "%s column %q not in WITH query column list", clause, name)
		}
		out = append(out, columnRef(row[at]))
	}
	return out, nil
}

// start adds the columns to the first rows, whose own columns go by the names that WITH gives them.
func (t *traversal) start(base plan.Node, named []plan.Column) (plan.Node, error) {
	cols := base.Columns()
	row := slices.Clone(named)
	for i := range row {
		row[i].ID, row[i].Nullable = cols[i].ID, cols[i].Nullable
		if t.taken(row[i].Name) {
			return nil, fault(t.pos, "42701", "column name %q of SEARCH or CYCLE already used in WITH query column list", row[i].Name)
		}
	}
	out := &plan.Project{Input: base, Items: refs(cols)}
	for _, c := range t.columns {
		e, err := c.first(row)
		if err != nil {
			return nil, err
		}
		out.Items = append(out.Items, plan.Item{Column: t.newColumn(c.name, e.Type(), e.Nullable()), Expr: e})
	}
	return out, nil
}

func (t *traversal) taken(name string) bool {
	return slices.ContainsFunc(t.columns, func(c tracked) bool { return c.name == name })
}

// step adds the columns to the rows that come from others. working are those of the rows that came last, the added ones behind.
func (t *traversal) step(n plan.Node, working []plan.Column) (plan.Node, error) {
	own := len(working) - len(t.columns)
	before := working[own:]
	p, ok := n.(*plan.Project)
	if !ok || !plan.IDs(p.Input)[before[0].ID] {
		return nil, hint(fault(t.pos, "0A000", "with a SEARCH or CYCLE clause, the recursive reference to WITH query %q must be at the top level of its right-hand SELECT", t.name),
			"keep the path of each row in an array")
	}
	input := p.Input
	if t.more != nil {
		more, err := t.more(before)
		if err != nil {
			return nil, err
		}
		input = &plan.Filter{Input: input, Cond: more}
	}
	types := mapped(working[:own], func(c plan.Column) arrow.DataType { return c.Type })
	cast, err := t.castColumns(&plan.Project{Input: input, Items: p.Items}, types, udf.Explicit)
	if err != nil {
		return nil, err
	}
	below := cast.(*plan.Project)
	row := slices.Clone(below.Columns())
	for i := range row {
		row[i].Name = working[i].Name
	}
	out := &plan.Project{Input: &plan.Project{Input: input, Items: append(below.Items[:own:own], refs(before)...)}, Items: refs(below.Columns())}
	for _, c := range t.columns {
		e, err := c.next(row, before)
		if err != nil {
			return nil, err
		}
		out.Items = append(out.Items, plan.Item{Column: t.newColumn(c.name, e.Type(), e.Nullable()), Expr: e})
	}
	return out, nil
}
