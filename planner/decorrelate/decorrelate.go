// Package decorrelate makes plans that need no loops: subqueries in expressions become joins, and a join's right side that refers
// to columns of the left one, another one for each left row, becomes one for all of them.
//
// A subquery whose references stand in plain conditions gives these to the join (pull.go). Every other one is computed for the
// different values that it refers to, all at once (push.go), after Neumann and Kemper, "Unnesting Arbitrary Queries", BTW 2015.
// The first way is cheaper, the second one always works.
//
//	x.a < (SELECT avg(y.a) FROM y WHERE y.k = x.k)
//	  pull:  Filter(x.a < avg, Join(Left, x, Aggregate(avg by y.k, y), y.k = x.k))
//	(SELECT count(*) FROM y WHERE y.k < x.k)
//	  push:  Join(Left, x, D and its count, D.k IS NOT DISTINCT FROM x.k), D being the different values of x.k
package decorrelate

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/planner/ast"
	"github.com/mediaflight/mediaflight/planner/plan"
)

// Plan returns a plan that gives the same rows and in which no node refers to columns that its inputs lack. The subqueries left in
// it are of kind Scalar and depend on nothing.
func Plan(n plan.Node) (plan.Node, error) {
	d := &decorrelator{lastID: plan.MaxID(n)}
	return d.node(n)
}

type decorrelator struct{ lastID int }

// node rewrites a plan from its leaves to its root.
func (d *decorrelator) node(n plan.Node) (plan.Node, error) {
	inputs := n.Inputs()
	if len(inputs) > 0 {
		out := make([]plan.Node, len(inputs))
		for i, in := range inputs {
			var err error
			if out[i], err = d.node(in); err != nil {
				return nil, err
			}
		}
		n = n.WithInputs(out)
	}
	n, err := d.subqueries(n)
	if err != nil {
		return nil, err
	}
	if join, ok := n.(*plan.Join); ok {
		return d.lateral(join)
	}
	return n, nil
}

// lateral makes a join's right side independent of the left one. The columns stay.
func (d *decorrelator) lateral(j *plan.Join) (plan.Node, error) {
	out, values, err := d.independent(j)
	if err != nil || out == plan.Node(j) {
		return out, err
	}
	return d.only(out, j.Columns(), values), nil
}

// only is a node with just these columns. Those that values knows are computed.
func (d *decorrelator) only(n plan.Node, cols []plan.Column, values map[int]plan.Expr) plan.Node {
	items := refs(cols)
	for i, item := range items {
		if e, ok := values[item.ID]; ok {
			items[i].Expr = e
		}
	}
	return &plan.Project{Input: n, Items: items}
}

func (d *decorrelator) newColumn(name string, t arrow.DataType, nullable bool) plan.Column {
	d.lastID++
	return plan.Column{ID: d.lastID, Name: name, Type: t, Nullable: nullable}
}

func refs(cols []plan.Column) []plan.Item {
	items := make([]plan.Item, len(cols))
	for i, c := range cols {
		items[i] = plan.Item{Column: c, Expr: ref(c)}
	}
	return items
}

func ref(c plan.Column) *plan.Ref { return &plan.Ref{Column: c, At: -1} }

// condition is a call of a comparison or connective.
func condition(name string, nullable bool, args ...plan.Expr) plan.Expr {
	return &plan.Call{Name: name, In: args, Out: arrow.FixedWidthTypes.Boolean, Null: nullable, At: args[0].Pos()}
}

func bigint(v int64) plan.Expr {
	b := array.NewInt64Builder(memory.DefaultAllocator)
	b.Append(v)
	return &plan.Literal{Value: b.NewArray(), At: -1}
}

func boolean(v bool) plan.Expr {
	b := array.NewBooleanBuilder(memory.DefaultAllocator)
	b.Append(v)
	return &plan.Literal{Value: b.NewArray(), At: -1}
}

func null(t arrow.DataType) plan.Expr {
	return &plan.Literal{Value: array.MakeArrayOfNull(memory.DefaultAllocator, t, 1), At: -1}
}

func missing(at ast.Pos, what, instead string) error {
	return &ast.Error{Pos: at, State: "0A000", Msg: what + " is not supported yet", Hint: instead}
}

// overlap tells whether two sets have a column in common.
func overlap(a, b plan.IDSet) bool {
	for id := range a {
		if b[id] {
			return true
		}
	}
	return false
}
