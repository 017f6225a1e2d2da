package decorrelate

import (
	"slices"

	"github.com/mediaflight/mediaflight/planner/plan"
	"github.com/mediaflight/mediaflight/udf"
)

// An attaching replaces the subqueries of an expression by columns, joined to its input one after the other.
//
// A join computes a subquery for all rows. Where it stands in an arm of CASE or COALESCE and may fail, as two rows of a scalar one or a
// division by zero do, it must be computed only for the rows that come to that arm:
//
//	CASE WHEN t.a > 0 THEN (SELECT 1 / u.b FROM u WHERE u.k = t.k) END
//	  =>  CASE WHEN arm THEN value END over the values for the different t.k WHERE arm, arm being t.a > 0
type attaching struct {
	d      *decorrelator
	input  plan.Node
	failed error
}

// attach replaces the subqueries in an expression by columns of its input, joined to it.
func (d *decorrelator) attach(e plan.Expr, input plan.Node) (plan.Expr, plan.Node, error) {
	a := &attaching{d: d, input: input}
	out := a.expr(e, nil)
	return out, a.input, a.failed
}

// expr is an expression without subqueries. Its value matters in the rows for which where is true; nil stands for all.
func (a *attaching) expr(e plan.Expr, where plan.Expr) plan.Expr {
	if a.failed != nil || !hasSubquery(e) {
		return e
	}
	switch e := e.(type) {
	case *plan.Subquery:
		q := *e
		if q.Test != nil {
			q.Test = a.expr(q.Test, where)
		}
		if a.failed != nil {
			return e
		}
		var value plan.Expr
		value, a.input, a.failed = a.d.attachOne(&q, a.input, where)
		return value
	case *plan.Case:
		if slices.ContainsFunc(e.Args()[1:], needsCare) {
			return a.cases(e, where)
		}
	case *plan.Call:
		if e.Name == "coalesce" && slices.ContainsFunc(e.In[1:], needsCare) {
			return a.coalesce(e, where)
		}
	}
	args := slices.Clone(e.Args())
	for i := range args {
		args[i] = a.expr(args[i], where)
	}
	return e.WithArgs(args)
}

// cases computes conditions in columns, one after the other.
func (a *attaching) cases(c *plan.Case, where plan.Expr) plan.Expr {
	out := &plan.Case{At: c.At}
	for _, w := range c.Whens {
		cond := a.expr(w.Cond, where)
		if isVolatile(cond) { // another one each time: its arm cannot be told beforehand
			out.Whens = append(out.Whens, plan.When{Cond: cond, Then: a.expr(w.Then, where)})
			continue
		}
		arm := a.column(inRows(where, cond))
		out.Whens = append(out.Whens, plan.When{Cond: arm, Then: a.expr(w.Then, arm)})
		where = both(where, condition("is_distinct_from", false, arm, boolean(true)))
	}
	out.Else = a.expr(c.Else, where)
	return out
}

// coalesce computes all values but the last in columns, one after the other.
func (a *attaching) coalesce(c *plan.Call, where plan.Expr) plan.Expr {
	args := slices.Clone(c.In)
	for i := range args {
		args[i] = a.expr(args[i], where)
		if i < len(args)-1 && !isVolatile(args[i]) {
			args[i] = a.column(inRows(where, args[i]))
			where = both(where, condition("is_null", false, args[i]))
		}
	}
	return c.WithArgs(args)
}

// inRows is an expression in the rows for which where is true, NULL in others.
func inRows(where, e plan.Expr) plan.Expr {
	if where == nil {
		return e
	}
	return &plan.Case{Whens: []plan.When{{Cond: where, Then: e}}, Else: null(e.Type()), At: e.Pos()}
}

func both(a, b plan.Expr) plan.Expr {
	if a == nil {
		return b
	}
	return plan.And([]plan.Expr{a, b})
}

// column computes an expression in a column of the input.
func (a *attaching) column(e plan.Expr) plan.Expr {
	c := a.d.newColumn("arm", e.Type(), true)
	a.input = &plan.Project{Input: a.input, Items: append(refs(a.input.Columns()), plan.Item{Column: c, Expr: e})}
	return ref(c)
}

// needsCare tells whether a subquery in an expression refers to the row around it and may fail.
func needsCare(e plan.Expr) bool {
	return plan.Any(e, func(e plan.Expr) bool {
		q, ok := e.(*plan.Subquery)
		return ok && len(plan.Free(q.Plan)) > 0 && mayFail(q)
	})
}

func mayFail(q *plan.Subquery) bool {
	return q.Kind == plan.Scalar && !atMostOne(q.Plan) || fails(q.Plan)
}

// harmless are functions that have a value for all arguments.
var harmless = []string{"equal", "not_equal", "lt", "lte", "gt", "gte", "and", "or", "not", "is_null", "is_not_null", "is_distinct_from",
	"is_not_distinct_from", "coalesce", "like", "ilike", "greatest", "least", "concat", "lower", "upper"}

// fails tells whether a plan computes anything that may be an error.
func fails(n plan.Node) bool {
	return slices.ContainsFunc(n.Inputs(), fails) || slices.ContainsFunc(n.Exprs(), func(e plan.Expr) bool {
		return plan.Any(e, func(e plan.Expr) bool {
			switch e := e.(type) {
			case *plan.Call:
				return !slices.Contains(harmless, e.Name)
			case *plan.Cast:
				return !udf.CanCast(e.Arg.Type(), e.To, udf.Implicit)
			case *plan.Subquery:
				return mayFail(e)
			}
			return false
		})
	})
}
