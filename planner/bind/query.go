package bind

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/planner/ast"
	"github.com/mediaflight/mediaflight/planner/constant"
	"github.com/mediaflight/mediaflight/planner/plan"
	"github.com/mediaflight/mediaflight/udf"
)

// A query is a bound SELECT, VALUES or set operation. Columns that nothing has given a type yet have type null.
type query struct {
	node    plan.Node
	ordered bool
}

// query binds a query with everything that may stand around its core: WITH, ORDER BY, LIMIT.
func (s *binding) query(n *pg.SelectStmt, e env) (*query, error) {
	e, err := s.with(n.WithClause, e)
	if err != nil {
		return nil, err
	}
	switch {
	case len(n.LockingClause) > 0:
		return nil, missing(s.pos(0), "FOR UPDATE and its like", "leave it out: readers never wait")
	case n.IntoClause != nil:
		return nil, missing(s.pos(n.IntoClause.Rel.GetLocation()), "SELECT INTO", "use CREATE TABLE ... AS SELECT")
	}
	var q *query
	switch {
	case n.Op == pg.SetOperation_SETOP_UNION:
		q, err = s.union(n, e)
	case n.Op != pg.SetOperation_SETOP_NONE:
		q, err = s.intersect(n, e)
	case len(n.ValuesLists) > 0:
		q, err = s.values(n.ValuesLists, e)
	default:
		return s.selectQuery(n, e)
	}
	if err != nil {
		return nil, err
	}
	if len(n.SortClause) > 0 {
		node := s.settle(q.node)
		keys, err := s.outputKeys(n.SortClause, node.Columns())
		if err != nil {
			return nil, err
		}
		q = &query{&plan.Sort{Input: node, Keys: keys}, true}
	}
	return s.limit(q, n, e)
}

// subquery binds a query inside another one. outer is the scope around it, nil where none is.
func (s *binding) subquery(n *pg.Node, e env, outer *scope) (*query, error) {
	sel := n.GetSelectStmt()
	if sel == nil {
		return nil, missing(s.where(n), "a subquery that is no SELECT", "send it as a statement of its own")
	}
	e.outer = outer
	e.depth++
	if e.depth > maxQueryDepth {
		return nil, fault(s.where(n), "54001", "statement too complex: more than %d queries inside each other", maxQueryDepth)
	}
	return s.query(sel, e)
}

// maxQueryDepth bounds subqueries in subqueries, and maxScans the tables that a statement reads: a CTE that reads another one
// twice doubles it.
const (
	maxQueryDepth = 64
	maxScans      = 256
)

// outputKeys binds ORDER BY of a query whose input is out of sight: by name or place of an output column.
func (s *binding) outputKeys(clause []*pg.Node, cols []plan.Column) ([]plan.Key, error) {
	var keys []plan.Key
	for _, n := range clause {
		by := n.GetSortBy()
		i, err := s.outputColumn(by.Node, cols, "ORDER BY")
		if err != nil {
			return nil, err
		}
		if ref := by.Node.GetColumnRef(); i < 0 && ref != nil && len(ref.Fields) == 1 {
			return nil, fault(s.where(by.Node), "42703", "column %q does not exist", columnName(by.Node))
		}
		if i < 0 {
			return nil, missing(s.where(by.Node), "ORDER BY an expression after UNION or VALUES", "order by a column's name or place, or put the query into FROM")
		}
		key, err := s.key(&plan.Ref{Column: cols[i], At: s.where(by.Node)}, by)
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// outputColumn finds the output column that a place or a bare name means; -1 if it is another expression.
func (s *binding) outputColumn(n *pg.Node, cols []plan.Column, clause string) (int, error) {
	pos := s.where(n)
	if c := n.GetAConst(); c != nil {
		if c.GetIval() == nil {
			return -1, fault(pos, "42601", "non-integer constant in %s", clause)
		}
		i := int(c.GetIval().GetIval())
		if i < 1 || i > len(cols) {
			return -1, fault(pos, "42P10", "%s position %d is not in select list", clause, i)
		}
		return i - 1, nil
	}
	ref := n.GetColumnRef()
	if ref == nil || len(ref.Fields) != 1 || ref.Fields[0].GetString_() == nil {
		return -1, nil
	}
	name := s.idents([]string{ref.Fields[0].GetString_().GetSval()}, ref.Location)[0]
	for _, fold := range folds {
		found := -1
		for i, c := range cols {
			if !name.is(c.Name, fold) {
				continue
			}
			if found >= 0 && cols[found].ID != c.ID {
				return -1, fault(pos, "42702", "%s %q is ambiguous", clause, name.name)
			}
			found = i
		}
		if found >= 0 {
			return found, nil
		}
	}
	return -1, nil
}

// key is an ORDER BY key. NULLs are larger than everything else unless the statement says otherwise.
func (s *binding) key(e plan.Expr, by *pg.SortBy) (plan.Key, error) {
	if by.SortbyDir == pg.SortByDir_SORTBY_USING {
		return plan.Key{}, missing(s.pos(by.Location), "ORDER BY ... USING", "use ASC or DESC")
	}
	if !sortable(e.Type()) {
		return plan.Key{}, fault(e.Pos(), "42883", "values of type %s have no order", udf.TypeName(e.Type()))
	}
	k := plan.Key{Expr: e, Desc: by.SortbyDir == pg.SortByDir_SORTBY_DESC}
	switch by.SortbyNulls {
	case pg.SortByNulls_SORTBY_NULLS_DEFAULT:
		k.NullsFirst = k.Desc
	case pg.SortByNulls_SORTBY_NULLS_FIRST:
		k.NullsFirst = true
	}
	return k, nil
}

func sortable(t arrow.DataType) bool { return t.ID() != arrow.MAP }

// limit puts LIMIT and OFFSET on a query.
func (s *binding) limit(q *query, n *pg.SelectStmt, e env) (*query, error) {
	if n.LimitOption == pg.LimitOption_LIMIT_OPTION_WITH_TIES && n.LimitCount.GetAConst().GetIsnull() {
		return nil, fault(s.where(n.LimitCount), "2201W", "row count cannot be null in FETCH FIRST ... WITH TIES clause")
	}
	count, err := s.limitValue(n.LimitCount, "LIMIT", "2201W", e)
	if err != nil {
		return nil, err
	}
	skip, err := s.limitValue(n.LimitOffset, "OFFSET", "2201X", e)
	if err != nil {
		return nil, err
	}
	if count == nil && skip == nil {
		return q, nil
	}
	if n.LimitOption == pg.LimitOption_LIMIT_OPTION_WITH_TIES && count != nil {
		sort, ok := q.node.(*plan.Sort)
		if !ok {
			return nil, fault(s.where(n.LimitCount), "42601", "WITH TIES cannot be specified without ORDER BY clause")
		}
		node, err := s.withTies(sort, count, skip)
		return &query{node, true}, err
	}
	return &query{&plan.Limit{Input: s.settle(q.node), Count: count, Skip: skip}, q.ordered}, nil
}

// limitValue is nil for no limit.
func (s *binding) limitValue(n *pg.Node, clause, negative string, e env) (plan.Expr, error) {
	if n == nil || n.GetAConst().GetIsnull() {
		return nil, nil
	}
	value, err := s.expr(&exprs{clause: clause, scope: s.argumentScope, env: e}, n)
	if err != nil {
		return nil, err
	}
	if value, err = s.coerce(value, arrow.PrimitiveTypes.Int64, udf.Assignment); err != nil {
		return nil, err
	}
	value = constant.Folder{Functions: s.Functions, Env: &s.Env}.Fold(value)
	switch v := value.(type) {
	case *plan.Param:
		return v, nil
	case *plan.Literal:
		if v.Value.IsNull(0) {
			return nil, nil
		}
		if v.Value.(*array.Int64).Value(0) < 0 {
			return nil, fault(v.At, negative, "%s must not be negative", clause)
		}
		return v, nil
	}
	if s.arguments != nil && s.written != nil { // an argument of a function that is being created
		return value, nil
	}
	if len(plan.FreeOf(value)) > 0 {
		return nil, missing(value.Pos(), clause+" that depends on a row of the query around it", "number the rows with row_number(), and compare the number")
	}
	return value, nil
}

// settle gives the columns that still have no type the type text.
func (s *binding) settle(n plan.Node) plan.Node {
	cols := n.Columns()
	if !slices.ContainsFunc(cols, func(c plan.Column) bool { return c.Type.ID() == arrow.NULL }) {
		return n
	}
	types := mapped(cols, func(c plan.Column) arrow.DataType {
		if c.Type.ID() == arrow.NULL {
			return arrow.BinaryTypes.String
		}
		return c.Type
	})
	out, err := s.castColumns(n, types, udf.Explicit)
	if err != nil { // text takes everything
		return n
	}
	return out
}

// castColumns casts a query's columns. Constants and parameters take the types themselves where the query is a plain SELECT or
// VALUES.
func (s *binding) castColumns(n plan.Node, types []arrow.DataType, how udf.CastKind) (plan.Node, error) {
	cols := n.Columns()
	if slices.EqualFunc(cols, types, func(c plan.Column, t arrow.DataType) bool { return arrow.TypeEqual(c.Type, t) }) {
		return n, nil
	}
	switch n := n.(type) {
	case *plan.Project:
		out := &plan.Project{Input: n.Input, Items: make([]plan.Item, len(n.Items))}
		for i, item := range n.Items {
			e, err := s.coerce(item.Expr, types[i], how)
			if err != nil {
				return nil, err
			}
			out.Items[i] = s.item(item.Name, item.Comment, item.Expr, e, item.Column)
		}
		return out, nil
	case *plan.Values:
		return s.castValues(n, types, how)
	}
	out := &plan.Project{Input: n}
	for i, c := range cols {
		ref := &plan.Ref{Column: c, At: -1}
		e, err := s.coerce(ref, types[i], how)
		if err != nil {
			return nil, err
		}
		out.Items = append(out.Items, s.item(c.Name, c.Comment, ref, e, c))
	}
	return out, nil
}

// item is an output column: the one it was if its expression is, a new one otherwise.
func (s *binding) item(name, comment string, was, e plan.Expr, column plan.Column) plan.Item {
	if was == e {
		return plan.Item{Column: column, Expr: e}
	}
	c := s.newColumn(name, e.Type(), e.Nullable())
	c.Comment = comment
	return plan.Item{Column: c, Expr: e}
}

func (s *binding) castValues(n *plan.Values, types []arrow.DataType, how udf.CastKind) (plan.Node, error) {
	out := &plan.Values{Rows: make([][]plan.Expr, len(n.Rows))}
	nullable := make([]bool, len(types))
	for r, row := range n.Rows {
		out.Rows[r] = make([]plan.Expr, len(row))
		for i, e := range row {
			var err error
			if out.Rows[r][i], err = s.coerce(e, types[i], how); err != nil {
				return nil, err
			}
			nullable[i] = nullable[i] || out.Rows[r][i].Nullable()
		}
	}
	for i, c := range n.Cols {
		out.Cols = append(out.Cols, s.newColumn(c.Name, types[i], nullable[i]))
	}
	return out, nil
}

// unambiguous refuses two equal names in one list, such as the columns of a new table.
func unambiguous(names []string, pos ast.Pos, what string) error {
	seen := map[string]bool{}
	for _, name := range names {
		if seen[name] {
			return fault(pos, "42701", "%s %q specified more than once", what, name)
		}
		seen[name] = true
	}
	return nil
}
