package bind

import (
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/planner/ast"
	"github.com/mediaflight/mediaflight/planner/plan"
)

// from binds a FROM clause. Without one there is one row without columns.
func (s *binding) from(items []*pg.Node, e env) (plan.Node, *scope, error) {
	var node plan.Node
	sc := &scope{outer: e.outer}
	for _, item := range items {
		right, rightScope, err := s.fromItem(item, e, node, sc)
		if err != nil {
			return nil, nil, err
		}
		if err := s.newTables(sc, rightScope, item); err != nil {
			return nil, nil, err
		}
		switch {
		case node == nil, isLateral(right, node):
			node = right
		default:
			node = &plan.Join{Kind: plan.Inner, Left: node, Right: right}
		}
		sc = merge(sc, rightScope)
	}
	if node == nil {
		node = oneRow()
	}
	return node, sc, nil
}

// oneRow is the input of SELECT without FROM.
func oneRow() plan.Node { return &plan.Values{Rows: [][]plan.Expr{{}}} }

// isLateral tells whether a FROM item already holds what stands left of it, as unnest(t.list) does.
func isLateral(item, left plan.Node) bool {
	u, ok := item.(*plan.Unnest)
	return ok && u.Input == left
}

// newTables refuses a table alias that is taken.
func (s *binding) newTables(left, right *scope, n *pg.Node) error {
	for _, t := range right.tables {
		if t != "" && slices.Contains(left.tables, t) {
			return hint(fault(s.where(n), "42712", "table name %q specified more than once", t), "give one of them an alias: %s AS other", t)
		}
	}
	return nil
}

// fromItem binds one item. left and leftScope are the items before it, for functions that refer to them; left is nil for the
// first.
func (s *binding) fromItem(n *pg.Node, e env, left plan.Node, leftScope *scope) (plan.Node, *scope, error) {
	switch n := n.GetNode().(type) {
	case *pg.Node_RangeVar:
		return s.fromTable(n.RangeVar, e)
	case *pg.Node_RangeSubselect:
		return s.fromSubquery(n.RangeSubselect, e, leftScope)
	case *pg.Node_RangeFunction:
		return s.fromFunction(n.RangeFunction, e, left, leftScope)
	case *pg.Node_JoinExpr:
		return s.join(n.JoinExpr, e, leftScope)
	case *pg.Node_RangeTableSample:
		return s.fromSample(n.RangeTableSample, e)
	}
	return nil, nil, missing(s.where(n), "this kind of FROM item", "put a subquery there: FROM (SELECT ...) AS t")
}

// fromSubquery binds a subquery in FROM. One that is LATERAL sees what stands left of it.
func (s *binding) fromSubquery(n *pg.RangeSubselect, e env, left *scope) (plan.Node, *scope, error) {
	outer := e.outer
	if n.Lateral {
		outer = left
	}
	q, err := s.subquery(n.Subquery, e, outer)
	if err != nil {
		return nil, nil, err
	}
	node := s.settle(q.node)
	return s.named(node, n.Alias, "", s.where(n.Subquery))
}

// named is a relation under an alias, whose columns may have aliases too.
func (s *binding) named(node plan.Node, alias *pg.Alias, name string, pos ast.Pos) (plan.Node, *scope, error) {
	if alias.GetAliasname() != "" {
		name = alias.Aliasname
	}
	cols := slices.Clone(node.Columns())
	if len(alias.GetColnames()) > len(cols) {
		return nil, nil, fault(pos, "42P10", "table %q has %d columns available but %d columns specified", name, len(cols), len(alias.Colnames))
	}
	for i := range cols {
		cols[i].Table = name
		if i < len(alias.GetColnames()) {
			cols[i].Name = alias.Colnames[i].GetString_().GetSval()
		}
	}
	return node, newScope("", name, cols), nil
}

// join binds a JOIN. Its right side may see the left one, and LATERAL ones on both sides what stands before the JOIN, in before.
func (s *binding) join(n *pg.JoinExpr, e env, before *scope) (plan.Node, *scope, error) {
	left, ls, err := s.fromItem(n.Larg, e, nil, before)
	if err != nil {
		return nil, nil, err
	}
	seen := merge(ls, &scope{})
	seen.outer = before
	right, rs, err := s.fromItem(n.Rarg, e, left, seen)
	if err != nil {
		return nil, nil, err
	}
	if err := s.newTables(ls, rs, n.Rarg); err != nil {
		return nil, nil, err
	}
	kind := map[pg.JoinType]plan.JoinKind{pg.JoinType_JOIN_INNER: plan.Inner, pg.JoinType_JOIN_LEFT: plan.Left,
		pg.JoinType_JOIN_RIGHT: plan.Right, pg.JoinType_JOIN_FULL: plan.Full}[n.Jointype]
	if isLateral(right, left) && !joinsLists(n, kind) {
		u := *right.(*plan.Unnest)
		u.Input = oneRow()
		right = &u
	}
	if kind == plan.Right || kind == plan.Full {
		if err := independent(left, right, s.where(n.Rarg)); err != nil {
			return nil, nil, err
		}
	}
	var node plan.Node
	var sc *scope
	if isLateral(right, left) {
		node, sc, err = s.lateralJoin(n, kind, right, merge(ls, rs), e)
	} else {
		node, sc, err = s.plainJoin(n, kind, left, right, ls, rs, e)
	}
	if err != nil || n.Alias == nil {
		return node, sc, err
	}
	sc, err = renamed(sc, n.Alias, s.where(n.Larg))
	return node, sc, err
}

// independent refuses a LATERAL item on the right of a join that keeps the right side: of what row would it be?
func independent(left, right plan.Node, pos ast.Pos) error {
	free := plan.Free(right)
	for id := range plan.IDs(left) {
		if free[id] {
			return hint(fault(pos, "42P10", "invalid reference to FROM-clause entry on the left of this join"),
				"the combining JOIN type must be INNER or LEFT for a LATERAL reference")
		}
	}
	return nil
}

// renamed is the scope of a join with an alias, which hides the names of its tables.
func renamed(sc *scope, alias *pg.Alias, pos ast.Pos) (*scope, error) {
	out := &scope{tables: []string{alias.Aliasname}, outer: sc.outer}
	for i, e := range sc.of(ident{}, ident{}) {
		e.schema, e.table = "", alias.Aliasname
		if i < len(alias.Colnames) {
			e.name = alias.Colnames[i].GetString_().GetSval()
		}
		if ref, ok := e.expr.(*plan.Ref); ok {
			c := ref.Column
			c.Table, c.Name = e.table, e.name
			e.expr = &plan.Ref{Column: c, At: ref.At}
		}
		out.entries = append(out.entries, e)
	}
	if n := len(out.entries); len(alias.Colnames) > n {
		return nil, fault(pos, "42P10", "join expression %q has %d columns available but %d columns specified", alias.Aliasname, n, len(alias.Colnames))
	}
	return out, nil
}

func (s *binding) plainJoin(n *pg.JoinExpr, kind plan.JoinKind, left, right plan.Node, ls, rs *scope, e env) (plan.Node, *scope, error) {
	j := &plan.Join{Kind: kind, Left: left, Right: right}
	names := mapped(n.UsingClause, func(n *pg.Node) string { return n.GetString_().GetSval() })
	if n.IsNatural {
		names = commonNames(ls, rs)
	}
	if n.JoinUsingAlias != nil {
		return nil, nil, missing(s.where(n.Rarg), "an alias for the columns of USING", "give the tables aliases")
	}
	if len(names) > 0 {
		return s.joinUsing(n, j, names, ls, rs)
	}
	sc := merge(nullableScope(ls, kind == plan.Right || kind == plan.Full), nullableScope(rs, kind == plan.Left || kind == plan.Full))
	if n.Quals == nil {
		return j, sc, nil
	}
	var err error
	if j.On, err = s.condition(&exprs{clause: "JOIN/ON", scope: within(merge(ls, rs), e), env: e}, n.Quals); err != nil {
		return nil, nil, err
	}
	return j, sc, nil
}

// joinsLists tells a join with the elements of lists that needs nothing but these lists. Others take each left row's elements for a right
// side, which depends on that row.
func joinsLists(n *pg.JoinExpr, kind plan.JoinKind) bool {
	return len(n.UsingClause) == 0 && !n.IsNatural && (kind == plan.Inner || kind == plan.Left && isAlways(n.Quals))
}

func isAlways(cond *pg.Node) bool { return cond == nil || cond.GetAConst().GetBoolval().GetBoolval() }

// lateralJoin is t JOIN unnest(t.list) ON condition, or LEFT JOIN ... ON true.
func (s *binding) lateralJoin(n *pg.JoinExpr, kind plan.JoinKind, right plan.Node, sc *scope, e env) (plan.Node, *scope, error) {
	switch {
	case kind == plan.Left:
		u := *right.(*plan.Unnest)
		u.Outer = true
		return &u, sc, nil
	case isAlways(n.Quals):
		return right, sc, nil
	}
	cond, err := s.condition(&exprs{clause: "JOIN/ON", scope: within(sc, e), env: e}, n.Quals)
	if err != nil {
		return nil, nil, err
	}
	return &plan.Filter{Input: right, Cond: cond}, sc, nil
}

// nullableScope is the scope of a join's side that may be missing.
func nullableScope(sc *scope, missing bool) *scope {
	if !missing {
		return sc
	}
	out := &scope{tables: sc.tables, outer: sc.outer, entries: slices.Clone(sc.entries)}
	for i, e := range out.entries {
		if ref, ok := e.expr.(*plan.Ref); ok {
			c := ref.Column
			c.Nullable = true
			out.entries[i].expr = &plan.Ref{Column: c, At: ref.At}
		}
		out.entries[i].optional = true
	}
	return out
}

func commonNames(ls, rs *scope) []string {
	var names []string
	for _, e := range ls.entries {
		if !e.joined && !slices.Contains(names, e.name) && slices.ContainsFunc(rs.entries, func(r entry) bool { return !r.joined && strings.EqualFold(r.name, e.name) }) {
			names = append(names, e.name)
		}
	}
	return names
}

// joinUsing merges columns of one name: the merged column comes first and alone has the bare name.
func (s *binding) joinUsing(n *pg.JoinExpr, j *plan.Join, names []string, ls, rs *scope) (plan.Node, *scope, error) {
	pos := s.where(n.Rarg)
	left, right := nullableScope(ls, j.Kind == plan.Right || j.Kind == plan.Full), nullableScope(rs, j.Kind == plan.Left || j.Kind == plan.Full)
	out := merge(left, right)
	var merged []entry
	var conds []plan.Expr
	for _, name := range names {
		var sides [2]plan.Expr
		for i, sc := range []*scope{ls, rs} {
			found := sc.column(ident{name: name})
			if len(found) == 0 {
				side := [...]string{"left", "right"}[i]
				return nil, nil, fault(pos, "42703", "column %q specified in USING clause does not exist in %s table", name, side)
			}
			var err error
			if sides[i], err = sc.pick(found, name, pos); err != nil {
				return nil, nil, err
			}
		}
		on, err := s.operate("=", sides[0], sides[1], pos)
		if err != nil {
			return nil, nil, err
		}
		conds = append(conds, on)
		value := sides[0]
		switch j.Kind {
		case plan.Right:
			value = sides[1]
		case plan.Full:
			l, r := left.column(ident{name: name})[0].expr, right.column(ident{name: name})[0].expr
			if value, err = s.apply("coalesce", []plan.Expr{l, r}, pos); err != nil {
				return nil, nil, err
			}
		}
		merged = append(merged, entry{name: left.column(ident{name: name})[0].name, expr: value})
		for i := range out.entries {
			if strings.EqualFold(out.entries[i].name, name) {
				out.entries[i].joined = true
			}
		}
	}
	j.On = plan.And(conds)
	out.entries = append(merged, out.entries...)
	return j, out, nil
}
