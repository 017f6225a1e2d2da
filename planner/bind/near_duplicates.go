package bind

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/planner/plan"
	"github.com/mediaflight/mediaflight/udf"
)

// nearDuplicates binds
//
//	near_duplicates('table', 'column', distance [, metric, filter, key])
//
// which are the pairs of a table's rows whose vectors are at most so far apart, each pair once: the key of the row that is stored first,
// the key of the other one, and their distance. It is a nearest join of the table with itself that finds all rows within the distance.
func (s *binding) nearDuplicates(x *exprs, call *pg.FuncCall) (plan.Node, error) {
	a, err := s.tableArguments(call, "near_duplicates", 3, "table", "column", "distance", "metric", "filter", "key")
	if err != nil {
		return nil, err
	}
	t, err := a.table()
	if err != nil {
		return nil, err
	}
	column, err := a.vectors(t)
	if err != nil {
		return nil, err
	}
	metric, err := a.metric(t, column)
	if err != nil {
		return nil, err
	}
	most, err := s.expr(x, a.given["distance"])
	if err == nil {
		most, err = s.coerce(most, arrow.PrimitiveTypes.Float64, udf.Assignment)
	}
	if err != nil {
		return nil, err
	}
	keys, err := a.keys(t)
	if err != nil {
		return nil, err
	}
	left, err := a.addressed(x, t)
	if err != nil {
		return nil, err
	}
	right, err := a.addressed(x, t)
	if err != nil {
		return nil, err
	}
	pos := s.pos(call.Location)
	distance, err := s.apply(metric, []plan.Expr{columnOf(right.scan, column), columnOf(left.scan, column)}, pos)
	if err != nil {
		return nil, err
	}
	within, err := s.operate("<=", distance, most, pos)
	if err != nil {
		return nil, err
	}
	later, err := s.operate("<", columnRef(*left.scan.Address), columnRef(*right.scan.Address), pos)
	if err != nil {
		return nil, err
	}
	conds := []plan.Expr{within, later}
	if right.filter != nil {
		conds = append([]plan.Expr{right.filter}, conds...)
	}
	right.scan.Filter = plan.And(conds)
	near := &plan.NearestJoin{Input: left.rows(), Scan: right.scan, Recall: -1}
	out := &plan.Project{Input: near}
	for _, k := range keys {
		out.Items = append(out.Items, refs([]plan.Column{left.scan.All[k]})...)
	}
	for _, k := range keys {
		c := right.scan.All[k]
		near.Items = append(near.Items, plan.Item{Column: c, Expr: columnRef(c)})
		named := s.newColumn("duplicate_"+c.Name, c.Type, c.Nullable)
		out.Items = append(out.Items, plan.Item{Column: named, Expr: columnRef(c)})
	}
	apart := s.newColumn("distance", distance.Type(), distance.Nullable())
	near.Items = append(near.Items, plan.Item{Column: apart, Expr: distance})
	near.Keys = []plan.Key{{Expr: columnRef(apart)}}
	out.Items = append(out.Items, refs([]plan.Column{apart})...)
	return out, nil
}

// keys are the columns that tell rows apart: the argument "key", else the primary key.
func (a *tableArguments) keys(t *table) ([]int, error) {
	if a.given["key"] != nil {
		i, err := a.column("key", t.snapshot.Schema().Fields())
		return []int{i}, err
	}
	for _, k := range t.Definition().Keys {
		if k.Kind != catalog.PrimaryKey {
			continue
		}
		var out []int
		for _, name := range k.Columns {
			out = append(out, slices.IndexFunc(t.snapshot.Schema().Fields(), func(f arrow.Field) bool { return f.Name == name }))
		}
		if !slices.Contains(out, -1) {
			return out, nil
		}
	}
	return nil, hint(fault(a.where("table"), "22023", "table %q has no primary key", t.name.Table), "say which column tells its rows apart: key => '...'")
}

// An addressedScan reads a table's rows with their addresses.
type addressedScan struct {
	scan   *plan.Scan
	filter plan.Expr // the argument "filter"
}

func (a *tableArguments) addressed(x *exprs, t *table) (*addressedScan, error) {
	out := &addressedScan{scan: a.scan(t, t.name.Table)}
	address := a.newColumn(catalog.AddressColumn, arrow.PrimitiveTypes.Int64, false)
	rows, err := a.filtered(x, out.scan)
	if f, ok := rows.(*plan.Filter); ok {
		out.filter = f.Cond
	}
	out.scan.Address = &address
	return out, err
}

// rows are those that pass the filter.
func (r *addressedScan) rows() plan.Node {
	if r.filter == nil {
		return r.scan
	}
	return &plan.Filter{Input: r.scan, Cond: r.filter}
}

func columnOf(scan *plan.Scan, i int) plan.Expr { return columnRef(scan.All[i]) }
