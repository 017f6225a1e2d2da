package bind

import (
	"slices"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/planner/plan"
)

// An env is what queries see of the queries around them.
type env struct {
	ctes  *cte   // the innermost WITH entry
	outer *scope // columns of the query around this one
	depth int
}

// A cte is an entry of WITH.
type cte struct {
	node *pg.CommonTableExpr
	env  env // what its own query sees
	next *cte
	busy bool // its query is being bound: a reference to it is recursive
	uses int
	kept *plan.Shared // a query whose rows all uses share; nil for one that is bound anew
	// working is what references within its own query read, if it is recursive, and references counts them.
	// visible are the first columns, those that the query itself has.
	working    *plan.WorkingTable
	references int
	visible    int
}

// with adds the entries of a WITH clause.
func (s *binding) with(n *pg.WithClause, e env) (env, error) {
	if n == nil {
		return e, nil
	}
	seen := map[string]bool{}
	for _, node := range n.Ctes {
		c := node.GetCommonTableExpr()
		pos := s.pos(c.Location)
		if seen[c.Ctename] {
			return e, fault(pos, "42712", "WITH query name %q specified more than once", c.Ctename)
		}
		seen[c.Ctename] = true
		if c.Ctequery.GetSelectStmt() == nil {
			return e, missing(pos, "a WITH query that changes data", "run it as a statement of its own")
		}
		if !n.Recursive && (c.SearchClause != nil || c.CycleClause != nil) {
			return e, fault(pos, "42601", "WITH query is not recursive")
		}
		entry := &cte{node: c, env: e, next: e.ctes}
		if n.Recursive {
			entry.env.ctes = entry
		}
		e.ctes = entry
	}
	return e, nil
}

// find is the innermost entry of a name, nil if there is none.
func (e env) find(name ident) *cte {
	for _, fold := range folds {
		for c := e.ctes; c != nil; c = c.next {
			if name.is(c.node.Ctename, fold) {
				return c
			}
		}
	}
	return nil
}

// fromCTE binds a use of a WITH entry.
func (s *binding) fromCTE(c *cte, n *pg.RangeVar) (plan.Node, *scope, error) {
	pos := s.pos(n.Location)
	if c.busy {
		return s.ownReference(c, n)
	}
	c.busy = true
	defer func() { c.busy = false }()
	if s.scans++; s.scans > maxScans {
		return nil, nil, fault(pos, "54001", "statement too complex: it reads more than %d tables", maxScans)
	}
	node, err := s.cteUse(c, pos)
	if err != nil {
		return nil, nil, err
	}
	names := c.node.Aliascolnames
	if len(names) > len(node.Columns()) {
		return nil, nil, fault(s.pos(c.node.Location), "42P10", "WITH query %q has %d columns available but %d columns specified",
			c.node.Ctename, len(node.Columns()), len(names))
	}
	node, sc, err := s.named(node, &pg.Alias{Aliasname: c.node.Ctename, Colnames: names}, "", pos)
	if err != nil || n.Alias == nil {
		return node, sc, err
	}
	cols := mapped(sc.entries, func(e entry) plan.Column { return e.expr.(*plan.Ref).Column })
	return node, aliased(cols, n.Alias), nil
}

// cteQuery binds an entry's query.
func (s *binding) cteQuery(c *cte) (plan.Node, error) {
	if c.env.ctes == c && c.env.depth < maxQueryDepth {
		if node, err := s.recursive(c); node != nil || err != nil {
			return node, err
		}
	}
	if c.node.SearchClause != nil || c.node.CycleClause != nil {
		return nil, fault(s.pos(c.node.Location), "42601", "WITH query is not recursive")
	}
	q, err := s.subquery(c.node.Ctequery, c.env, c.env.outer)
	if err != nil {
		return nil, err
	}
	return s.settle(q.node), nil
}

// aliased is the scope of a relation's columns under an alias.
func aliased(cols []plan.Column, alias *pg.Alias) *scope {
	for i := range cols {
		cols[i].Table = alias.Aliasname
		if i < len(alias.Colnames) {
			cols[i].Name = alias.Colnames[i].GetString_().GetSval()
		}
	}
	return newScope("", alias.Aliasname, cols)
}

// isVolatile tells whether a plan gives other rows each time it is run.
func isVolatile(n plan.Node) bool {
	for _, e := range n.Exprs() {
		if plan.Any(e, func(e plan.Expr) bool {
			call, ok := e.(*plan.Call)
			return ok && call.Volatile
		}) {
			return true
		}
	}
	return slices.ContainsFunc(n.Inputs(), isVolatile)
}
