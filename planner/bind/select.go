package bind

import (
	"maps"
	"slices"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/planner/plan"
)

// A selection is a SELECT while it is bound: from FROM upwards, in the order in which its clauses take effect.
type selection struct {
	node    plan.Node
	scope   *scope
	env     env
	groups  grouping
	windows windowing
	qualify *pg.Node // the condition of QUALIFY; nil without
	unnest  []unnested
	items   []plan.Item // the select list
	hidden  []plan.Item // what only ORDER BY needs
}

// selectQuery binds SELECT ... FROM ... with all of its clauses.
func (s *binding) selectQuery(n *pg.SelectStmt, e env) (*query, error) {
	q := &selection{env: e}
	steps := []func(*binding, *pg.SelectStmt) error{q.from, q.where, q.groupBy, q.namedWindows, q.selectList}
	for _, step := range steps {
		if err := step(s, n); err != nil {
			return nil, err
		}
	}
	having, err := q.having(s, n)
	if err != nil {
		return nil, err
	}
	qualified, err := q.qualified(s)
	if err != nil {
		return nil, err
	}
	on, err := q.distinctOn(s, n)
	if err != nil {
		return nil, err
	}
	distinct := len(n.DistinctClause) > 0 && on == nil
	keys, err := q.orderBy(s, n, distinct)
	if err != nil {
		return nil, err
	}
	if err := s.leadBy(on, keys); err != nil {
		return nil, err
	}
	if err := q.unusedWindows(s); err != nil {
		return nil, err
	}
	if err := q.aggregate(s, having, n.HavingClause != nil, qualified); err != nil {
		return nil, err
	}
	return q.finish(s, n, keys, distinct, on)
}

func (q *selection) from(s *binding, n *pg.SelectStmt) error {
	var err error
	q.node, q.scope, err = s.from(n.FromClause, q.env)
	return err
}

func (q *selection) where(s *binding, n *pg.SelectStmt) error {
	if n.WhereClause == nil {
		return nil
	}
	if len(n.FromClause) == 1 && n.FromClause[0].GetRangeFunction() != nil && streams(q.node) {
		return hint(fault(s.where(n.WhereClause), "0A000", "WHERE above training_stream is not supported: its batches would be unequal"), "filter => '...' leaves out rows before the epoch is dealt")
	}
	cond, err := s.condition(&exprs{clause: "WHERE", scope: q.scope, env: q.env}, n.WhereClause)
	if err != nil {
		return err
	}
	q.node = &plan.Filter{Input: q.node, Cond: cond}
	return nil
}

// above is where expressions of the select list, HAVING and ORDER BY stand.
func (q *selection) above(clause string) *exprs {
	return &exprs{clause: clause, scope: q.scope, env: q.env, groups: &q.groups, unnest: &q.unnest, windows: &q.windows}
}

// selectList binds what is selected, stars spread out.
func (q *selection) selectList(s *binding, n *pg.SelectStmt) error {
	starAt := len(q.items) // where the columns of the last star begin
	for _, t := range n.TargetList {
		target := t.GetResTarget()
		changed, ok, err := s.starOption(q, q.items[starAt:], target)
		if err != nil {
			return err
		}
		if ok {
			q.items = append(q.items[:starAt:starAt], changed...)
			continue
		}
		starAt = len(q.items)
		spread, ok, err := s.star(q, target)
		if !ok && err == nil {
			spread, ok, err = s.fieldsOf(q, target)
		}
		if err != nil {
			return err
		}
		if ok {
			q.items = append(q.items, spread...)
			continue
		}
		e, err := s.expr(q.above("SELECT"), target.Val)
		if err != nil {
			return err
		}
		name := target.Name
		if name == "" {
			name = columnName(target.Val)
			if ref, ok := e.(*plan.Ref); ok && target.Val.GetColumnRef() != nil {
				name = ref.Name
			}
			if f, ok := e.(*plan.Field); ok {
				name = f.Name() // the struct's own spelling
			}
		}
		q.items = append(q.items, q.selected(s, name, e))
	}
	return nil
}

// selected is an item of the select list. A bare column stays the column that it is unless it takes another name, or is one of the query
// around: that one may be there where this query has no row.
func (q *selection) selected(s *binding, name string, e plan.Expr) plan.Item {
	ref, ok := e.(*plan.Ref)
	taken := ok && slices.ContainsFunc(q.items, func(i plan.Item) bool { return i.ID == ref.ID })
	if ok && ref.Name == name && !taken && !q.scope.isOuter(ref.ID) {
		return plan.Item{Column: ref.Column, Expr: e}
	}
	c := s.newColumn(name, e.Type(), e.Nullable())
	if ok {
		c.Comment = ref.Comment
	}
	return plan.Item{Column: c, Expr: e}
}

// star spreads *, table.* and schema.table.*; ok is false for anything else.
func (s *binding) star(q *selection, target *pg.ResTarget) (items []plan.Item, ok bool, err error) {
	ref := target.Val.GetColumnRef()
	if ref == nil || ref.Fields[len(ref.Fields)-1].GetAStar() == nil {
		return nil, false, nil
	}
	pos := s.pos(ref.Location)
	var schema, table ident
	parts := s.idents(mapped(ref.Fields, func(n *pg.Node) string { return n.GetString_().GetSval() }), ref.Location)
	if len(parts) > 1 {
		table = parts[len(parts)-2]
	}
	if len(parts) > 2 {
		schema = parts[len(parts)-3]
	}
	found := q.scope.of(schema, table)
	if len(found) == 0 {
		switch {
		case len(q.scope.tables) == 0:
			return nil, false, fault(pos, "42601", "SELECT * with no tables specified is not valid")
		case table.name != "" && !q.scope.has(table.name):
			return nil, false, unresolved(q.scope, []string{table.name, "*"}, table.name+".*", pos)
		}
	}
	s.written.noteStar(target, found)
	for _, e := range found {
		items = append(items, (&selection{items: append(q.items[:len(q.items):len(q.items)], items...)}).selected(s, e.name, placed(e.expr, pos)))
	}
	return items, true, nil
}

func (q *selection) having(s *binding, n *pg.SelectStmt) (plan.Expr, error) {
	if n.HavingClause == nil {
		return nil, nil
	}
	x := q.above("HAVING")
	x.unnest, x.windows = nil, nil
	return s.condition(x, n.HavingClause)
}

// orderBy binds the keys: places and names of the select list, or expressions over what FROM has.
func (q *selection) orderBy(s *binding, n *pg.SelectStmt, distinct bool) ([]plan.Key, error) {
	var keys []plan.Key
	for _, node := range n.SortClause {
		by := node.GetSortBy()
		if isAll(by.Node) {
			all, err := s.allKeys(q.items, by)
			if err != nil {
				return nil, err
			}
			keys = append(keys, all...)
			continue
		}
		i, err := s.outputColumn(by.Node, q.outputs(), "ORDER BY")
		if err != nil {
			return nil, err
		}
		if i < 0 {
			if i, err = q.hide(s, by.Node, distinct); err != nil {
				return nil, err
			}
		}
		item := append(q.items[:len(q.items):len(q.items)], q.hidden...)[i]
		if isUnknown(item.Expr) { // typed as text below
			item.Column.Type = s.known(item.Expr).Type()
		}
		key, err := s.key(&plan.Ref{Column: item.Column, At: s.where(by.Node)}, by)
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// allKeys are the keys of ORDER BY ALL: all of the select list, from left to right.
func (s *binding) allKeys(items []plan.Item, by *pg.SortBy) ([]plan.Key, error) {
	var keys []plan.Key
	for _, item := range items {
		if isUnknown(item.Expr) {
			item.Column.Type = s.known(item.Expr).Type()
		}
		key, err := s.key(&plan.Ref{Column: item.Column, At: s.where(by.Node)}, by)
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// outputs are the columns of the select list. Those that are equal have one ID: a name that both have is not ambiguous.
func (q *selection) outputs() []plan.Column {
	cols := mapped(q.items, func(i plan.Item) plan.Column { return i.Column })
	for i := range cols {
		if first := slices.IndexFunc(q.items[:i], func(item plan.Item) bool { return plan.Equal(item.Expr, q.items[i].Expr) }); first >= 0 {
			cols[i].ID = cols[first].ID
		}
	}
	return cols
}

// hide finds an ORDER BY expression among the items, or adds it to the hidden ones.
func (q *selection) hide(s *binding, n *pg.Node, distinct bool) (int, error) {
	e, err := s.expr(q.above("ORDER BY"), n)
	if err != nil {
		return 0, err
	}
	e = s.known(e)
	all := append(q.items[:len(q.items):len(q.items)], q.hidden...)
	for i, item := range all {
		if plan.Equal(item.Expr, e) {
			return i, nil
		}
	}
	if distinct {
		return 0, fault(e.Pos(), "42P10", "for SELECT DISTINCT, ORDER BY expressions must appear in select list")
	}
	item := plan.Item{Column: s.newColumn(columnName(n), e.Type(), e.Nullable()), Expr: e}
	if ref, ok := e.(*plan.Ref); ok {
		item.Column = ref.Column
	}
	q.hidden = append(q.hidden, item)
	return len(all), nil
}

// aggregate puts the aggregation, HAVING, windows and QUALIFY on the input.
func (q *selection) aggregate(s *binding, having plan.Expr, hasHaving bool, qualified plan.Expr) error {
	if q.groups.used() || hasHaving {
		also := q.outerIDs()
		for _, u := range q.unnest {
			also[u.column.ID] = true
		}
		for _, part := range q.windows.parts {
			for _, call := range part.Calls {
				also[call.ID] = true
			}
		}
		if q.groups.sets != nil {
			also[q.groups.sets.number.ID] = true
		}
		above := func(e plan.Expr) (plan.Expr, error) { return q.groups.above(e, also) }
		var err error
		for _, items := range [][]plan.Item{q.items, q.hidden} {
			for i := range items {
				if items[i].Expr, err = above(items[i].Expr); err != nil {
					return err
				}
			}
		}
		if err := q.windows.above(above); err != nil {
			return err
		}
		if qualified != nil {
			if qualified, err = above(qualified); err != nil {
				return err
			}
		}
		for i := range q.unnest {
			if q.unnest[i].list, err = above(q.unnest[i].list); err != nil {
				return err
			}
		}
		if q.node, err = q.grouped(s); err != nil {
			return err
		}
		if hasHaving {
			if having, err = above(having); err != nil {
				return err
			}
		}
	}
	if hasHaving {
		q.node = &plan.Filter{Input: q.node, Cond: having}
	}
	q.node = q.windows.over(q.node)
	if qualified != nil {
		q.node = &plan.Filter{Input: q.node, Cond: qualified}
	}
	q.node = unnestAll(q.node, q.unnest)
	return nil
}

// grouped is the aggregation.
func (q *selection) grouped(s *binding) (plan.Node, error) {
	if q.groups.sets != nil {
		return q.groups.sets.over(s, q.node, &q.groups)
	}
	return &plan.Aggregate{Input: q.node, Groups: q.groups.groups, Measures: q.groups.measures}, nil
}

// outerIDs are the columns of the queries around this one, which are constants to it.
func (q *selection) outerIDs() plan.IDSet {
	set := plan.IDSet{}
	for sc := q.scope.outer; sc != nil; sc = sc.outer {
		if sc.place != nil && sc.place.groups != nil {
			for _, m := range sc.place.groups.measures {
				set[m.ID] = true
			}
		}
		for _, e := range sc.entries {
			maps.Copy(set, plan.FreeOf(e.expr))
		}
	}
	return set
}

// finish puts the select list, DISTINCT, ORDER BY and LIMIT on top.
func (q *selection) finish(s *binding, n *pg.SelectStmt, keys []plan.Key, distinct bool, on []plan.Column) (*query, error) {
	all := append(q.items[:len(q.items):len(q.items)], q.hidden...)
	out := &query{node: &plan.Project{Input: q.node, Items: all}, ordered: len(keys) > 0}
	if on != nil {
		node := s.settle(out.node)
		keys = repoint(keys, all, node.Columns())
		first, err := s.firstOf(node, repointed(on, all, node.Columns()), keys)
		if err != nil {
			return nil, err
		}
		out.node = first
		all = first.(*plan.Project).Items
	}
	if distinct {
		node := s.settle(out.node)
		out.node = &plan.Aggregate{Input: node, Groups: refs(node.Columns())}
		keys = repoint(keys, all, node.Columns())
	}
	if len(keys) > 0 {
		node := s.settle(out.node)
		if !distinct {
			keys = repoint(keys, all, node.Columns())
		}
		out.node = &plan.Sort{Input: node, Keys: keys}
	}
	out, err := s.limit(out, n, q.env)
	if err != nil || len(q.hidden) == 0 {
		return out, err
	}
	return &query{&plan.Project{Input: out.node, Items: refs(out.node.Columns()[:len(q.items)])}, out.ordered}, nil
}

// repointed are the columns that took the place of others.
func repointed(cols []plan.Column, was []plan.Item, now []plan.Column) []plan.Column {
	return mapped(cols, func(c plan.Column) plan.Column {
		return now[slices.IndexFunc(was, func(item plan.Item) bool { return item.ID == c.ID })]
	})
}

// repoint makes keys refer to columns that took the place of others.
func repoint(keys []plan.Key, was []plan.Item, now []plan.Column) []plan.Key {
	out := make([]plan.Key, len(keys))
	for i, k := range keys {
		ref := k.Expr.(*plan.Ref)
		at := slices.IndexFunc(was, func(item plan.Item) bool { return item.ID == ref.ID })
		out[i] = plan.Key{Expr: &plan.Ref{Column: now[at], At: ref.At}, Desc: k.Desc, NullsFirst: k.NullsFirst}
	}
	return out
}

// refs are items that pass columns on.
func refs(cols []plan.Column) []plan.Item {
	return mapped(cols, func(c plan.Column) plan.Item { return plan.Item{Column: c, Expr: &plan.Ref{Column: c, At: -1}} })
}
