package planner

import (
	"context"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/mediaflight/mediaflight/planner/bind"
	"github.com/mediaflight/mediaflight/planner/decorrelate"
	"github.com/mediaflight/mediaflight/planner/opt"
	"github.com/mediaflight/mediaflight/planner/parse"
	"github.com/mediaflight/mediaflight/planner/plan"
	"github.com/mediaflight/mediaflight/planner/substrait"
)

// Plan plans one statement.
func (p *Planner) Plan(ctx context.Context, sql string, s Session) (*Statement, error) {
	parsed, err := parse.Parse(sql)
	if err != nil {
		return nil, err
	}
	binder := &bind.Binder{Catalog: p.Catalog, Files: p.Files, Functions: p.Functions, Schema: s.Schema, Temporary: s.Temporary, Prepared: s.Prepared, Env: s.Env, Params: s.Params}
	if s.Optimize {
		binder.Recall = s.Recall
	}
	bound, err := binder.Bind(ctx, parsed)
	if err != nil {
		return nil, err
	}
	out := &Statement{Tag: bound.Tag, Schema: bound.Rows, Params: paramSchema(bound.Params), Command: bound.Command,
		Copy: bound.Copy, Explain: bound.Explain, Ordered: bound.Ordered, Tables: bound.Tables, Transient: bound.Transient, Temporary: bound.Temporary}
	if bound.Plan == nil {
		return out, nil
	}
	node, err := decorrelate.Plan(bound.Plan)
	if err == nil {
		node, err = plan.MapShared(node, decorrelate.Plan)
	}
	if err != nil {
		return nil, err
	}
	if s.Optimize {
		node = (&opt.Optimizer{Functions: p.Functions, Env: &s.Env, Recall: s.Recall}).Optimize(node)
	}
	if out.Explain != nil {
		out.Plan, out.Schema, err = substrait.WriteWithEstimates(node, opt.Estimator())
	} else {
		out.Plan, out.Schema, err = substrait.Write(node)
	}
	if err != nil {
		return nil, err
	}
	if write, changes := bound.Plan.(*plan.Write); changes {
		out.Changes = true
		if write.Returning == nil {
			out.Schema = nil
		}
	}
	if out.Copy != nil && out.Explain == nil {
		out.Changes, out.Schema = true, nil
	}
	if out.Explain != nil {
		out.Explain.Inner, out.Schema = out.Schema, explained
	}
	return out, nil
}

// explained is what EXPLAIN answers with.
var explained = arrow.NewSchema([]arrow.Field{{Name: "QUERY PLAN", Type: arrow.BinaryTypes.String}}, nil)

// paramSchema has a field for each parameter.
func paramSchema(types []arrow.DataType) *arrow.Schema {
	fields := make([]arrow.Field, len(types))
	for i, t := range types {
		fields[i] = arrow.Field{Name: strconv.Itoa(i + 1), Type: t, Nullable: true}
	}
	return arrow.NewSchema(fields, nil)
}

// A Part is a statement of a script: where it starts, in bytes, and its text.
type Part = parse.Part

// Split cuts a script into its statements.
func (p *Planner) Split(sql string) ([]Part, error) { return parse.Split(sql) }
