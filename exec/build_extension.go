package exec

import (
	"context"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	pb "github.com/substrait-io/substrait-protobuf/go/substraitpb"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/mediaflight/mediaflight/exec/eval"
	"github.com/mediaflight/mediaflight/udf"
	"github.com/mediaflight/mediaflight/udf/substrait"
)

// extensionSingle builds what Substrait has no relation for: the late fetch of rows, lateral joins, and unnest.
func (b *builder) extensionSingle(ctx context.Context, r *pb.ExtensionSingleRel) (Operator, error) {
	if stream, err := b.trainingStream(ctx, r); stream != nil || err != nil {
		return stream, err
	}
	input, err := b.relation(ctx, r.Input)
	if err != nil {
		return nil, err
	}
	var read pb.ReadRel
	if r.Detail.MessageIs(&read) {
		if err := r.Detail.UnmarshalTo(&read); err != nil {
			return nil, malformed("%v", err)
		}
		return b.rowFetch(ctx, &read, b.stream(input))
	}
	var join pb.JoinRel
	if r.Detail.MessageIs(&join) {
		if err := r.Detail.UnmarshalTo(&join); err != nil {
			return nil, malformed("%v", err)
		}
		return b.lateral(ctx, &join, input)
	}
	call, err := callIn(r.Detail)
	if err != nil {
		return nil, err
	}
	name, lists, err := b.compiler.Call(call.FunctionReference, call.Arguments, input.Schema())
	if err != nil {
		return nil, err
	}
	if name == "max_marginal_relevance" {
		return b.marginalRelevance(call, lists, b.stream(input))
	}
	u := &Unnest{Input: input, Lists: lists, Rows: b.env.Rows, Mem: b.env.Mem}
	for _, o := range call.Options {
		switch strings.ToLower(o.Name) {
		case "ordinality":
			u.Ordinality = true
		case "outer":
			u.Outer = true
		default:
			return nil, unsupported("option %q of %s", o.Name, name)
		}
	}
	u.schema = unnestSchema(input.Schema(), lists, u.Ordinality, u.Outer)
	if name != "unnest" || len(lists) == 0 || u.schema == nil {
		return nil, unsupported("relation of function %s", name)
	}
	return u, nil
}

// marginalRelevance builds a re-ranking of the input by max_marginal_relevance(vector, query, k, lambda).
func (b *builder) marginalRelevance(call *pb.Expression_ScalarFunction, args []eval.Expr, input Operator) (Operator, error) {
	if len(args) != 4 || args[2].Type().ID() != arrow.INT64 || args[3].Type().ID() != arrow.FLOAT64 || !eval.IsConstant(args[1]) || !eval.IsConstant(args[2]) || !eval.IsConstant(args[3]) {
		return nil, malformed("arguments of max_marginal_relevance")
	}
	m := &MarginalRelevance{Input: input, Vector: args[0], Query: args[1], Count: args[2], Lambda: args[3], Rows: b.env.Rows, Mem: b.env.Mem, holding: b.holding()}
	for _, o := range call.Options {
		metric, ok := udf.MetricNamed(strings.Join(o.Preference, ","))
		if o.Name != "metric" || !ok || indexOrders[metric.Name].descending {
			return nil, unsupported("option %s of max_marginal_relevance", o.Name)
		}
		m.Metric = metric
	}
	if _, ok := args[0].Type().(arrow.ListLikeType); !ok || m.Metric == nil {
		return nil, malformed("max_marginal_relevance of no vectors, or by no metric")
	}
	m.schema = arrow.NewSchema(append(slices.Clone(input.Schema().Fields()), arrow.Field{Name: "score", Type: arrow.PrimitiveTypes.Float64}), nil)
	return m, nil
}

func (b *builder) rowFetch(ctx context.Context, read *pb.ReadRel, input Operator) (Operator, error) {
	table, err := b.tableRead(ctx, read)
	if err != nil {
		return nil, err
	}
	schema := input.Schema()
	last := schema.NumFields() - 1
	if last < 0 || schema.Field(last).Type.ID() != arrow.INT64 || table.filter != nil || table.address {
		return nil, malformed("rows to fetch from %s have no addresses", table.table)
	}
	fields := append([]arrow.Field{}, schema.Fields()[:last]...)
	fields = append(fields, table.schema().Fields()...)
	return &RowFetch{Input: input, Table: table.table, Snapshot: table.snapshot, Columns: table.columns, Mem: b.env.Mem, schema: arrow.NewSchema(fields, nil)}, nil
}

// extensionLeaf builds a table function.
func (b *builder) extensionLeaf(r *pb.ExtensionLeafRel) (Operator, error) {
	call, err := callIn(r.Detail)
	if err != nil {
		return nil, err
	}
	name, args, err := b.compiler.Call(call.FunctionReference, call.Arguments, arrow.NewSchema(nil, nil))
	if err != nil {
		return nil, err
	}
	if name == "working_table" {
		return b.workingTable(call)
	}
	schema := seriesSchema(args)
	if name != "generate_series" || schema == nil {
		return nil, unsupported("table function %s", name)
	}
	if call.OutputType != nil {
		field := schema.Field(0)
		if _, field.Nullable, err = substrait.ToArrow(call.OutputType, b.names); err != nil {
			return nil, malformed("%v", err)
		}
		schema = arrow.NewSchema([]arrow.Field{field}, nil)
	}
	return &GenerateSeries{Args: args, Rows: b.env.Rows, Mem: b.env.Mem, Location: b.env.Call.Location, schema: schema}, nil
}

// callIn unpacks the function call that an extension relation carries.
func callIn(detail *anypb.Any) (*pb.Expression_ScalarFunction, error) {
	var e pb.Expression
	if detail == nil {
		return nil, malformed("an extension relation without its detail")
	}
	if err := detail.UnmarshalTo(&e); err != nil {
		return nil, unsupported("extension relation: %v", err)
	}
	if e.GetScalarFunction() == nil {
		return nil, unsupported("extension relation of %T", e.GetRexType())
	}
	return e.GetScalarFunction(), nil
}
