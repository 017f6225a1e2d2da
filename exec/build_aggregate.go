package exec

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"
	pb "github.com/substrait-io/substrait-protobuf/go/substraitpb"

	"github.com/mediaflight/mediaflight/exec/eval"
	"github.com/mediaflight/mediaflight/exec/keys"
	"github.com/mediaflight/mediaflight/udf/substrait"
)

func (b *builder) aggregate(ctx context.Context, r *pb.AggregateRel) (Operator, error) {
	if len(r.Groupings) > 1 {
		return nil, unsupported("grouping sets")
	}
	input, err := b.relation(ctx, r.Input)
	if err != nil {
		return nil, err
	}
	a := &HashAggregate{Input: input, Workers: b.env.Workers, Rows: b.env.Rows, Mem: b.env.Mem, Spill: b.env.Spill, holding: b.holding()}
	if len(r.Groupings) == 1 {
		if a.Keys, err = b.groupKeys(r, input.Schema()); err != nil {
			return nil, err
		}
	}
	fields := append([]arrow.Field{}, schemaOf(a.Keys).Fields()...)
	for _, m := range r.Measures {
		measure, field, err := b.measure(m, input.Schema())
		if err != nil {
			return nil, err
		}
		a.Measures = append(a.Measures, measure)
		fields = append(fields, field)
	}
	a.schema = arrow.NewSchema(fields, nil)
	a.takeOutCommon()
	return a, nil
}

// takeOutCommon has what several measures are made of computed once. It is computed for all rows, filtered or not, as their
// arguments are anyway.
func (a *HashAggregate) takeOutCommon() {
	var args []eval.Expr
	for _, m := range a.Measures {
		args = append(args, m.Args...)
	}
	args, a.Common = eval.Common(args, a.Input.Schema().NumFields())
	for _, m := range a.Measures {
		n := len(m.Args)
		m.Args, args = args[:n:n], args[n:]
	}
}

func (b *builder) groupKeys(r *pb.AggregateRel, input *arrow.Schema) ([]eval.Expr, error) {
	//lint:ignore SA1019 looked at to refuse it
	if len(r.Groupings[0].GroupingExpressions) > 0 {
		return nil, unsupported("expressions in a grouping: put them into the relation")
	}
	var exprs []eval.Expr
	for _, at := range r.Groupings[0].ExpressionReferences {
		if int(at) >= len(r.GroupingExpressions) {
			return nil, malformed("grouping expression %d of %d", at, len(r.GroupingExpressions))
		}
		e, err := b.compiler.Compile(r.GroupingExpressions[at], input)
		if err != nil {
			return nil, err
		}
		if err := comparable(e.Type()); err != nil {
			return nil, err
		}
		exprs = append(exprs, e)
	}
	return exprs, nil
}

func (b *builder) measure(m *pb.AggregateRel_Measure, input *arrow.Schema) (*Measure, arrow.Field, error) {
	f := m.GetMeasure()
	if f == nil {
		return nil, arrow.Field{}, malformed("a measure is missing")
	}
	name, args, err := b.compiler.Call(f.FunctionReference, f.Arguments, input)
	if err != nil {
		return nil, arrow.Field{}, err
	}
	out := &Measure{Args: args, Distinct: f.Invocation == pb.AggregateFunction_AGGREGATION_INVOCATION_DISTINCT}
	if out.Func, err = b.env.Functions.Aggregate(name, eval.Types(args)); err != nil {
		return nil, arrow.Field{}, err
	}
	if out.Distinct {
		for _, e := range args {
			if err := comparable(e.Type()); err != nil {
				return nil, arrow.Field{}, err
			}
		}
	}
	if m.Filter != nil {
		if out.Filter, err = b.condition(m.Filter, input); err != nil {
			return nil, arrow.Field{}, err
		}
	}
	if out.Sorts, err = b.sortKeys(f.Sorts, input); err != nil {
		return nil, arrow.Field{}, err
	}
	field := arrow.Field{Name: out.Func.Name, Type: out.Func.Out, Nullable: true}
	if f.OutputType != nil {
		if _, field.Nullable, err = substrait.ToArrow(f.OutputType, b.names); err != nil {
			return nil, arrow.Field{}, malformed("%v", err)
		}
	}
	return out, field, nil
}

// comparable says whether values of a type can be keys, before any operator needs them to be.
func comparable(dt arrow.DataType) error {
	if err := keys.Check(dt); err != nil {
		return &Error{State: stateUnsupported, Msg: err.Error(), Hint: "cast the value to text"}
	}
	return nil
}

func (b *builder) holding() holding { return holding{memory: b.env.Memory} }
