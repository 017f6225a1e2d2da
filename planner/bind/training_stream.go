package bind

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/planner/constant"
	"github.com/mediaflight/mediaflight/planner/plan"
	"github.com/mediaflight/mediaflight/udf"
)

// trainingNumbers and trainingTexts are the arguments of a training stream that may be parameters, in the order of plan.TrainingStream.
var (
	trainingNumbers = []string{"seed", "epoch", "rank", "world_size", "batch_size", "position"}
	trainingTexts   = []string{"shuffle", "tail", "filter", "split", "splits", "split_by", "plan"}
)

// trainingStream binds
//
//	training_stream('table' [, seed, epoch, rank, world_size, batch_size, position, shuffle, tail, filter, split, splits, split_by, snapshot, plan])
//
// which are the table's rows in the order of an epoch.
func (s *binding) trainingStream(x *exprs, call *pg.FuncCall) (plan.Node, error) {
	a, err := s.tableArguments(call, "training_stream", 1, "table", "seed", "epoch", "rank", "world_size", "batch_size", "position", "shuffle", "tail",
		"filter", "split", "splits", "split_by", "snapshot", "plan")
	if err != nil {
		return nil, err
	}
	from, err := a.streamed()
	if err != nil {
		return nil, err
	}
	conds := from.conds
	sc := newScope("", from.name, from.columns)
	sc.outer = x.scope
	filter, err := a.filter(&exprs{clause: "the filter", scope: sc, env: x.env})
	if err != nil {
		return nil, err
	}
	if filter != nil {
		conds = append(conds, from.ofScan(filter))
	}
	split, err := a.splitBy(x, from.columns)
	if err != nil {
		return nil, err
	}
	if split != nil {
		conds = append(conds, from.ofScan(split))
	}
	scan := from.scan
	if len(conds) > 0 {
		scan.Filter = plan.And(conds)
	}
	if q := subqueryIn(scan.Filter); q != nil {
		return nil, missing(q.Pos(), "a subquery in the filter of training_stream", "write what it selects to a column, or make a table of the rows: CREATE TABLE ... AS SELECT ...")
	}
	out := &plan.TrainingStream{Input: scan}
	for _, of := range []struct {
		names []string
		t     arrow.DataType
	}{{trainingNumbers, arrow.PrimitiveTypes.Int64}, {trainingTexts, arrow.BinaryTypes.String}} {
		for _, name := range of.names {
			e, err := a.value(x, name, of.t)
			if err != nil {
				return nil, err
			}
			out.Args = append(out.Args, e)
		}
	}
	if from.items == nil {
		return out, nil
	}
	return &plan.Project{Input: out, Items: from.items}, nil
}

// splitBy is the condition of the argument "split_by", a column whose values say which split a row belongs to. Those that are NULL belong to
// one together.
func (a *tableArguments) splitBy(x *exprs, columns []plan.Column) (plan.Expr, error) {
	if a.given["split_by"] == nil {
		return nil, nil
	}
	i, err := a.column("split_by", mapped(columns, func(c plan.Column) arrow.Field { return arrow.Field{Name: c.Name} }))
	if err != nil {
		return nil, err
	}
	value, err := a.coerce(columnRef(columns[i]), arrow.BinaryTypes.String, udf.Explicit)
	if err != nil {
		return nil, at(a.where("split_by"), err)
	}
	split, err := a.value(x, "split", arrow.BinaryTypes.String)
	if err != nil {
		return nil, err
	}
	splits, err := a.value(x, "splits", arrow.BinaryTypes.String)
	if err != nil {
		return nil, err
	}
	pos := a.where("split_by")
	if value, err = a.apply("coalesce", []plan.Expr{value, text("", pos)}, pos); err != nil {
		return nil, err
	}
	of, err := a.apply("split_of", []plan.Expr{value, splits}, pos)
	if err != nil {
		return nil, err
	}
	return a.operate("=", of, split, pos)
}

// value is an argument that has one value for the whole statement; NULL if it is not given.
func (a *tableArguments) value(x *exprs, name string, t arrow.DataType) (plan.Expr, error) {
	n := a.given[name]
	if n == nil {
		return null(t, -1), nil
	}
	e, err := a.expr(x, n)
	if err == nil {
		e, err = a.coerce(e, t, udf.Assignment)
	}
	if err == nil && (len(plan.FreeOf(e)) > 0 || subqueryIn(e) != nil) {
		err = fault(a.where(name), "22023", "argument %q of %s must be a constant or a parameter", name, a.function)
	}
	return e, err
}

// streams tells a training stream, of a table or a view.
func streams(n plan.Node) bool {
	if p, ok := n.(*plan.Project); ok {
		n = p.Input
	}
	_, ok := n.(*plan.TrainingStream)
	return ok
}

// at is a table as it was at the argument "snapshot"; where that is not given, as it is. Elsewhere in the statement it stays what it is now.
func (a *tableArguments) at(t *table) (*table, error) {
	e, err := a.value(&exprs{clause: a.function}, "snapshot", arrow.PrimitiveTypes.Int64)
	if err != nil {
		return nil, err
	}
	l, ok := constant.Folder{Functions: a.Functions, Env: &a.Env}.Fold(e).(*plan.Literal)
	if !ok {
		return nil, fault(a.where("snapshot"), "22023", "argument \"snapshot\" of %s must be a constant", a.function)
	}
	id := l.Value.(*array.Int64)
	if id.IsNull(0) || id.Value(0) == t.snapshot.ID() {
		return t, nil
	}
	then := *t
	if then.snapshot, err = t.Snapshot(a.ctx, id.Value(0)); err != nil {
		return nil, at(a.where("snapshot"), err)
	}
	return &then, nil
}

// subqueryIn is a subquery of an expression, nil for none.
func subqueryIn(e plan.Expr) plan.Expr {
	var found plan.Expr
	if e != nil {
		plan.Walk(e, func(e plan.Expr) bool {
			if _, ok := e.(*plan.Subquery); ok && found == nil {
				found = e
			}
			return found == nil
		})
	}
	return found
}
