package bind

import (
	"github.com/apache/arrow-go/v18/arrow"
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/planner/plan"
	"github.com/mediaflight/mediaflight/udf"
)

// vectorRecall binds
//
//	vector_recall('table', 'column' [, sample, k, recall, metric, filter])
//
// which measures the recall that searches have now: some rows of the table search for their k neighbors as the session, or the argument,
// would have it, and again by comparing all rows. A row found counts if it is no farther away than the last of the true neighbors, so that
// it does not matter which rows at one distance are found. The searching row itself does not count: everybody finds that.
//
// The answer is one row: k, the number of searches, the recall asked for and the recall measured.
func (s *binding) vectorRecall(x *exprs, call *pg.FuncCall) (plan.Node, error) {
	a, err := s.tableArguments(call, "vector_recall", 2, "table", "column", "sample", "k", "recall", "metric", "filter")
	if err != nil {
		return nil, err
	}
	m := &recallMeasure{tableArguments: a, x: x}
	if m.table, err = a.table(); err != nil {
		return nil, err
	}
	if m.column, err = a.vectors(m.table); err != nil {
		return nil, err
	}
	if m.metric, err = a.metric(m.table, m.column); err != nil {
		return nil, err
	}
	if m.sample, err = a.count("sample", 100); err != nil {
		return nil, err
	}
	if m.k, err = a.count("k", 10); err != nil {
		return nil, err
	}
	if m.recall, err = a.recall(); err != nil {
		return nil, err
	}
	return m.plan()
}

// A recallMeasure puts the plan of vector_recall together.
type recallMeasure struct {
	*tableArguments
	x         *exprs
	table     *table
	column    int
	metric    string
	sample, k int64
	recall    float64 // 0 for an exact search
}

func (m *recallMeasure) plan() (plan.Node, error) {
	exact, err := m.search(-1)
	if err != nil {
		return nil, err
	}
	wanted := m.recall
	if wanted == 0 {
		wanted = -1
	}
	found, err := m.search(wanted)
	if err != nil {
		return nil, err
	}
	count, err := m.measure("count", exact.row)
	if err != nil {
		return nil, err
	}
	farthest, err := m.measure("max", exact.distance)
	if err != nil {
		return nil, err
	}
	truth := &plan.Aggregate{Input: exact.node, Groups: refs([]plan.Column{exact.row}), Measures: []plan.Measure{count, farthest}}
	same, err := m.operate("=", columnRef(exact.row), columnRef(found.row), m.pos(m.call.Location))
	if err != nil {
		return nil, err
	}
	near, err := m.operate("<=", columnRef(found.distance), columnRef(farthest.Column), m.pos(m.call.Location))
	if err != nil {
		return nil, err
	}
	pairs := &plan.Join{Kind: plan.Left, Left: truth, Right: found.node, On: plan.And([]plan.Expr{same, near})}
	right, err := m.measure("count", found.row)
	if err != nil {
		return nil, err
	}
	each := &plan.Aggregate{Input: pairs, Groups: refs([]plan.Column{exact.row, count.Column}), Measures: []plan.Measure{right}}
	return m.answer(each, count.Column, right.Column)
}

// neighbors are pairs of a row that searches and a row that it found, itself left out.
type neighbors struct {
	node     plan.Node
	row      plan.Column // the address of the one that searches
	distance plan.Column
}

// search has a sample of rows search, each for one more neighbor than is counted: itself. Below 0, recall is for comparing all rows.
func (m *recallMeasure) search(recall float64) (*neighbors, error) {
	from, err := m.sampled()
	if err != nil {
		return nil, err
	}
	to, err := m.addressed(m.x, m.table)
	if err != nil {
		return nil, err
	}
	pos := m.pos(m.call.Location)
	to.scan.Filter = to.filter
	distance, err := m.apply(m.metric, []plan.Expr{columnOf(to.scan, m.column), columnRef(from.Columns()[0])}, pos)
	if err != nil {
		return nil, err
	}
	out := &neighbors{row: from.Columns()[1], distance: m.newColumn("distance", distance.Type(), true)}
	near := &plan.NearestJoin{Input: from, Scan: to.scan, Recall: recall, Count: bigint(m.k+1, pos),
		Keys: []plan.Key{{Expr: columnRef(out.distance)}}}
	near.Items = append(refs([]plan.Column{*to.scan.Address}), plan.Item{Column: out.distance, Expr: distance})
	other, err := m.operate("<>", columnRef(*to.scan.Address), columnRef(out.row), pos)
	if err != nil {
		return nil, err
	}
	has, err := m.apply("is_not_null", []plan.Expr{columnRef(out.distance)}, pos) // rows without a vector come last, and count for nothing
	out.node = &plan.Filter{Input: near, Cond: plan.And([]plan.Expr{other, has})}
	return out, err
}

// sampled are the vectors and addresses of rows that lie all over the table: their order is that of their addresses times a number, modulo
// a prime.
func (m *recallMeasure) sampled() (plan.Node, error) {
	from, err := m.addressed(m.x, m.table)
	if err != nil {
		return nil, err
	}
	pos := m.pos(m.call.Location)
	address := plan.Expr(columnRef(*from.scan.Address))
	spread := address
	for _, step := range []struct {
		operator string
		number   int64
	}{{"%", 1000003}, {"*", 7919}, {"%", 1000003}} {
		if spread, err = m.operate(step.operator, spread, bigint(step.number, pos), pos); err != nil {
			return nil, err
		}
	}
	present, err := m.apply("is_not_null", []plan.Expr{columnOf(from.scan, m.column)}, pos)
	if err != nil {
		return nil, err
	}
	order := m.newColumn("spread", spread.Type(), false)
	vector := from.scan.All[m.column]
	rows := &plan.Project{Input: &plan.Filter{Input: from.rows(), Cond: present},
		Items: append(refs([]plan.Column{vector, *from.scan.Address}), plan.Item{Column: order, Expr: spread})}
	sort := &plan.Sort{Input: rows, Keys: []plan.Key{{Expr: columnRef(order)}, {Expr: address}}}
	return &plan.Project{Input: &plan.Limit{Input: sort, Count: bigint(m.sample, pos)}, Items: refs([]plan.Column{vector, *from.scan.Address})}, nil
}

func (m *recallMeasure) measure(name string, of plan.Column) (plan.Measure, error) {
	found, err := m.Functions.ResolveAggregate(name, []arrow.DataType{of.Type})
	if err != nil {
		return plan.Measure{}, at(m.pos(m.call.Location), err)
	}
	arg, err := m.coerce(columnRef(of), found.Args[0], udf.Explicit)
	return plan.Measure{Column: m.newColumn(name, found.Out, name != "count"), Func: found.Name, Args: []plan.Expr{arg}}, err
}

// answer sums up what each search came to: how many neighbors there are and how many of them it found.
func (m *recallMeasure) answer(each plan.Node, all, right plan.Column) (plan.Node, error) {
	pos := m.pos(m.call.Location)
	capped, err := m.apply("least", []plan.Expr{columnRef(right), columnRef(all)}, pos) // without itself a search may find one more
	if err != nil {
		return nil, err
	}
	hit := plan.Item{Column: m.newColumn("hits", capped.Type(), true), Expr: capped}
	input := &plan.Project{Input: each, Items: append(refs([]plan.Column{all}), hit)}
	total := &plan.Aggregate{Input: input}
	for _, sum := range []struct {
		name string
		of   plan.Column
	}{{"count", all}, {"sum", hit.Column}, {"sum", all}} {
		measure, err := m.measure(sum.name, sum.of)
		if err != nil {
			return nil, err
		}
		total.Measures = append(total.Measures, measure)
	}
	hits, err := m.coerce(columnRef(total.Measures[1].Column), arrow.PrimitiveTypes.Float64, udf.Explicit)
	if err != nil {
		return nil, err
	}
	neighbors, err := m.coerce(columnRef(total.Measures[2].Column), arrow.PrimitiveTypes.Float64, udf.Explicit)
	if err != nil {
		return nil, err
	}
	share, err := m.operate("/", hits, neighbors, pos)
	if err != nil {
		return nil, err
	}
	target := m.recall
	if target == 0 {
		target = 1
	}
	out := &plan.Project{Input: total}
	for _, item := range []struct {
		name string
		expr plan.Expr
	}{{"k", bigint(m.k, pos)}, {"searches", columnRef(total.Measures[0].Column)}, {"target_recall", double(target, pos)}, {"recall", share}} {
		out.Items = append(out.Items, plan.Item{Column: m.newColumn(item.name, item.expr.Type(), item.expr.Nullable()), Expr: item.expr})
	}
	return out, nil
}

func columnRef(c plan.Column) *plan.Ref { return &plan.Ref{Column: c, At: -1} }
