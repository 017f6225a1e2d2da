package bind

import (
	"github.com/apache/arrow-go/v18/arrow"
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/planner/plan"
	"github.com/mediaflight/mediaflight/udf"
)

// recordFunctions make columns of a JSON object's keys: those that a list behind the call names. Some take an array of objects.
var recordFunctions = map[string]struct{ array bool }{
	"jsonb_to_record": {}, "json_to_record": {}, "jsonb_to_recordset": {array: true}, "json_to_recordset": {array: true},
}

// jsonRecords binds such a call in FROM.
//
//	jsonb_to_recordset(j) AS t(a int)  =>  Unnest(o in json_elements(j)), and t.a is (o ->> 'a')::int
func (s *binding) jsonRecords(x *exprs, n *pg.RangeFunction, call *pg.FuncCall, name string, left plan.Node) (plan.Node, *scope, error) {
	pos := s.pos(call.Location)
	if len(n.Coldeflist) == 0 {
		return nil, nil, hint(fault(pos, "42601", "a column definition list is required for functions returning \"record\""), "write %s(...) AS t(a int, b text)", name)
	}
	if len(call.Args) != 1 {
		return nil, nil, fault(pos, "42883", "function %s takes one argument", name)
	}
	value, err := s.expr(x, call.Args[0])
	if err == nil && isUnknown(value) {
		var as arrow.DataType
		if as, err = udf.TypeNamed("jsonb", nil); err == nil {
			value, err = s.coerce(value, as, udf.Explicit)
		}
	}
	if err != nil {
		return nil, nil, err
	}
	rows := "list_value"
	if recordFunctions[name].array {
		rows = "json_elements"
	}
	list, err := s.apply(rows, []plan.Expr{value}, pos)
	if err != nil {
		return nil, nil, err
	}
	object := s.newColumn("object", elementOf(list.Type()), true)
	node, _ := s.unnested(&rowSource{lists: []plan.Expr{list}, columns: []plan.Column{object}}, false, left)
	table := name
	if n.Alias.GetAliasname() != "" {
		table = n.Alias.Aliasname
	}
	sc := &scope{tables: []string{table}}
	for _, def := range n.Coldeflist {
		def := def.GetColumnDef()
		t, err := s.typeName(def.TypeName)
		if err != nil {
			return nil, nil, err
		}
		get := "json_get_text"
		switch {
		case arrow.TypeEqual(t, object.Type):
			get = "json_get"
		case t.ID() == arrow.LIST || t.ID() == arrow.STRUCT || t.ID() == arrow.MAP:
			return nil, nil, missing(s.pos(def.TypeName.Location), "a column of type "+udf.TypeName(t)+" of "+name, "take it as jsonb, and jsonb_array_elements of it")
		}
		e, err := s.apply(get, []plan.Expr{columnRef(object), &unknown{def.Colname, pos}}, pos)
		if err == nil {
			e, err = s.coerce(e, t, udf.Explicit)
		}
		if err != nil {
			return nil, nil, err
		}
		sc.entries = append(sc.entries, entry{table: table, name: def.Colname, expr: e})
	}
	return node, sc, nil
}
