package bind

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/planner/plan"
)

// An upsert is an INSERT with ON CONFLICT while it is bound: rows that are proposed, beside those of the table that have the same
// values in the columns of a key. Keys are declared, not enforced, so a proposed row may be in conflict with several rows.
type upsert struct {
	*binding
	target *target
	clause *pg.OnConflictClause
	env    env
	keys   []int // the columns that are compared
}

// onConflict binds INSERT ... ON CONFLICT. rows are those proposed.
func (s *binding) onConflict(n *pg.InsertStmt, rows plan.Node, e env) (*Statement, error) {
	t, err := s.target(n.Relation, "insert into")
	if err != nil {
		return nil, err
	}
	u := &upsert{binding: s, target: t, clause: n.OnConflictClause, env: e}
	if u.keys, err = u.key(); err != nil {
		return nil, err
	}
	w := &plan.Write{Kind: plan.Upsert, Table: t.name, Target: t.snapshot.Schema(), Snapshot: t.snapshot.ID()}
	var columns []plan.Column
	if n.OnConflictClause.Action == pg.OnConflictAction_ONCONFLICT_NOTHING {
		rows, columns, err = u.nothing(rows)
	} else {
		rows, columns, err = u.update(rows)
	}
	if err != nil {
		return nil, err
	}
	node, err := s.write(w, rows, columns, n.ReturningList, s.insertedScope(n, t.table, columns[1:]), e)
	if err != nil {
		return nil, err
	}
	return &Statement{Tag: "INSERT", Plan: node}, nil
}

// uniqueKeys are the keys of a table that no two of its rows are to have.
func uniqueKeys(t *table) []catalog.Key {
	return slices.DeleteFunc(slices.Clone(t.Definition().Keys), func(k catalog.Key) bool { return k.Kind == catalog.ForeignKey })
}

// key finds the columns of the key that the clause names, or of the only one if it names none.
func (u *upsert) key() ([]int, error) {
	pos := u.pos(u.clause.Location)
	keys := uniqueKeys(u.target.table)
	infer := u.clause.Infer
	switch {
	case infer == nil && u.clause.Action == pg.OnConflictAction_ONCONFLICT_UPDATE:
		return nil, hint(fault(pos, "42601", "ON CONFLICT DO UPDATE requires inference specification or constraint name"), "for example, ON CONFLICT (column_name)")
	case infer == nil && len(keys) > 1:
		return nil, missing(pos, "ON CONFLICT of any of several keys", "name the columns of one: ON CONFLICT (column)")
	case infer == nil:
		return u.columns(keys[0]), nil
	case infer.Conname != "":
		at := slices.IndexFunc(keys, func(k catalog.Key) bool { return k.Name == infer.Conname })
		if at < 0 {
			return nil, fault(pos, "42704", "constraint %q for table %q does not exist", infer.Conname, u.target.name.Table)
		}
		return u.columns(keys[at]), nil
	case infer.WhereClause != nil:
		return nil, missing(u.where(infer.WhereClause), "WHERE in the target of ON CONFLICT", "leave it out: keys are of all rows")
	}
	var named []int
	for _, node := range infer.IndexElems {
		elem := node.GetIndexElem()
		if elem.Expr != nil || len(elem.Collation) > 0 || len(elem.Opclass) > 0 {
			return nil, missing(pos, "anything but columns in the target of ON CONFLICT", "name the columns of a key")
		}
		at, err := fieldNamed(u.target.fields, u.idents([]string{elem.Name}, u.stmt.FindAfter(elem.Name, infer.Location))[0], pos)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(named, at) {
			named = append(named, at)
		}
	}
	slices.Sort(named)
	for _, k := range keys {
		if slices.Equal(u.columns(k), named) {
			return named, nil
		}
	}
	return nil, hint(fault(pos, "42P10", "there is no unique constraint matching the ON CONFLICT specification"),
		"declare the key: ALTER TABLE %s ADD UNIQUE (...)", u.target.name)
}

// columns are the places of a key's columns, ascending.
func (u *upsert) columns(k catalog.Key) []int {
	var at []int
	for i, f := range u.target.fields {
		if slices.Contains(k.Columns, f.Name) {
			at = append(at, i)
		}
	}
	return at
}

// nothing are the rows that are in no conflict, neither with one of the table nor with one proposed before: they have no address.
func (u *upsert) nothing(rows plan.Node) (plan.Node, []plan.Column, error) {
	proposed := rows.Columns()
	place := u.newColumn("place", arrow.PrimitiveTypes.Int64, false)
	ordered := &plan.Window{Input: rows, Calls: []plan.WindowCall{{Column: place, Func: "row_number", Frame: plan.DefaultFrame}}}
	again, numbered, err := u.again(ordered, []plan.Key{{Expr: columnRef(place)}})
	if err != nil {
		return nil, nil, err
	}
	match, err := u.match(proposed)
	if err != nil {
		return nil, nil, err
	}
	fresh := &plan.Join{Kind: plan.LeftAnti, Left: &plan.Filter{Input: numbered, Cond: logical("not", again)}, Right: u.target.scan, On: match}
	address := u.newColumn(catalog.AddressColumn, arrow.PrimitiveTypes.Int64, true)
	items := append([]plan.Item{{Column: address, Expr: null(address.Type, -1)}}, refs(proposed)...)
	return &plan.Project{Input: fresh, Items: items}, append([]plan.Column{address}, proposed...), nil
}

// update are the proposed rows without an address where they are in no conflict, and where they are, the rows of the table that they
// are in conflict with as SET has them, less those that WHERE excludes.
func (u *upsert) update(rows plan.Node) (plan.Node, []plan.Column, error) {
	proposed := rows.Columns()
	again, numbered, err := u.again(rows, nil)
	if err != nil {
		return nil, nil, err
	}
	match, err := u.match(proposed)
	if err != nil {
		return nil, nil, err
	}
	excluded := &scope{tables: []string{"excluded"}}
	for i, f := range u.target.fields {
		excluded.entries = append(excluded.entries, entry{table: "excluded", name: f.Name, expr: columnRef(proposed[i])})
	}
	if err := u.newTables(u.target.scope, excluded, u.clause.TargetList[0]); err != nil {
		return nil, nil, err
	}
	old := nullableScope(u.target.scope, true)
	for i := range old.entries {
		old.entries[i].optional = false // a row in conflict is there
	}
	sc := merge(old, excluded)
	set := &assignments{binding: u.binding, target: u.target, node: &plan.Join{Kind: plan.Left, Left: numbered, Right: u.target.scan, On: match},
		scope: within(sc, u.env), env: u.env, values: map[int]plan.Expr{}}
	for _, node := range u.clause.TargetList {
		if err := set.add(node.GetResTarget()); err != nil {
			return nil, nil, err
		}
	}
	found := u.target.address
	found.Nullable = true
	isNew, err := u.apply("is_null", []plan.Expr{columnRef(found)}, -1)
	if err != nil {
		return nil, nil, err
	}
	node := set.node
	if u.clause.WhereClause != nil {
		cond, err := u.condition(&exprs{clause: "WHERE", scope: set.scope, env: u.env}, u.clause.WhereClause)
		if err != nil {
			return nil, nil, err
		}
		node = &plan.Filter{Input: node, Cond: logical("or", isNew, cond)}
	}
	address := u.newColumn(catalog.AddressColumn, arrow.PrimitiveTypes.Int64, true)
	twice := &plan.Case{Whens: []plan.When{{Cond: logical("and", isNew, again), Then: bigint(-1, -1)}}, Else: columnRef(found), At: -1}
	items, columns := []plan.Item{{Column: address, Expr: twice}}, []plan.Column{address}
	for i, f := range u.target.fields {
		value, ok := set.values[i]
		if !ok {
			value = old.entries[i].expr
		}
		c := u.newColumn(f.Name, f.Type, true)
		items = append(items, plan.Item{Column: c, Expr: &plan.Case{Whens: []plan.When{{Cond: isNew, Then: columnRef(proposed[i])}}, Else: value, At: -1}})
		columns = append(columns, c)
	}
	return &plan.Project{Input: node, Items: items}, columns, nil
}

// again tells whether a proposed row has the key of one before it, in the order or any. NULL is no key.
func (u *upsert) again(rows plan.Node, order []plan.Key) (plan.Expr, plan.Node, error) {
	number := u.newColumn("occurrence", arrow.PrimitiveTypes.Int64, false)
	w := &plan.Window{Input: rows, Order: order, Calls: []plan.WindowCall{{Column: number, Func: "row_number", Frame: plan.DefaultFrame}}}
	again, err := u.operate(">", columnRef(number), bigint(1, -1), -1)
	for _, k := range u.keys {
		if err != nil {
			return nil, nil, err
		}
		c := columnRef(rows.Columns()[k])
		w.Partition = append(w.Partition, c)
		var known plan.Expr
		known, err = u.apply("is_not_null", []plan.Expr{c}, -1)
		again = logical("and", again, known)
	}
	return again, w, err
}

// match compares a proposed row's key with that of a row of the table.
func (u *upsert) match(proposed []plan.Column) (plan.Expr, error) {
	var match plan.Expr
	for _, k := range u.keys {
		equal, err := u.operate("=", columnRef(proposed[k]), u.target.scope.entries[k].expr, -1)
		if err != nil {
			return nil, err
		}
		if match == nil {
			match = equal
		} else {
			match = logical("and", match, equal)
		}
	}
	return match, nil
}
