package substrait

import (
	"fmt"
	"slices"

	pb "github.com/substrait-io/substrait-protobuf/go/substraitpb"
	"github.com/substrait-io/substrait-protobuf/go/substraitpb/extensions"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/mediaflight/mediaflight/planner/plan"
)

// relation writes a node. It also tells the columns of the relation's output, in order.
func (w *writer) relation(n plan.Node) (*pb.Rel, columns, error) {
	rel, out, err := w.node(n)
	if err == nil && w.estimate != nil {
		hint(rel, w.estimate(n))
	}
	return rel, out, err
}

func (w *writer) node(n plan.Node) (*pb.Rel, columns, error) {
	switch n := n.(type) {
	case *plan.Scan:
		read, err := w.scan(n)
		return &pb.Rel{RelType: &pb.Rel_Read{Read: read}}, n.Columns(), err
	case *plan.Values:
		return w.values(n)
	case *plan.TableFunction:
		return w.tableFunction(n)
	case *plan.Union:
		return w.union(n)
	case *plan.Recursion:
		return w.recursion(n)
	case *plan.WorkingTable:
		return w.workingTable(n)
	case *plan.Join:
		return w.join(n)
	case *plan.Shared:
		return w.reference(n)
	}
	input, in, err := w.relation(n.Inputs()[0])
	if err != nil {
		return nil, nil, err
	}
	switch n := n.(type) {
	case *plan.Filter:
		cond, err := w.expression(n.Cond, in)
		return &pb.Rel{RelType: &pb.Rel_Filter{Filter: &pb.FilterRel{Input: input, Condition: cond}}}, in, err
	case *plan.Project:
		return w.project(n, input, in)
	case *plan.Aggregate:
		return w.aggregate(n, input, in)
	case *plan.Window:
		return w.window(n, input, in)
	case *plan.Sort:
		sorts, err := w.sorts(n.Keys, in)
		return &pb.Rel{RelType: &pb.Rel_Sort{Sort: &pb.SortRel{Input: input, Sorts: sorts}}}, in, err
	case *plan.Limit:
		return w.fetch(n, input, in)
	case *plan.Unnest:
		return w.unnest(n, input, in)
	case *plan.RowFetch:
		return w.rowFetch(n, input, in)
	case *plan.TrainingStream:
		return w.trainingStream(n, input, in)
	case *plan.MarginalRelevance:
		return w.marginalRelevance(n, input, in)
	case *plan.NearestJoin:
		return w.nearestJoin(n, input, in)
	case *plan.Write:
		return w.write(n, input, in)
	}
	return nil, nil, fmt.Errorf("no Substrait for %T", n)
}

// project writes a projection: computed columns behind those of the input, then the choice and order.
func (w *writer) project(n *plan.Project, input *pb.Rel, in columns) (*pb.Rel, columns, error) {
	rel := &pb.ProjectRel{Input: input}
	emit := &pb.RelCommon_Emit{OutputMapping: make([]int32, len(n.Items))}
	out := make(columns, len(n.Items))
	for i, item := range n.Items {
		out[i] = item.Column
		out[i].Nullable = w.nullable(item.Expr, in)
		if ref, ok := item.Expr.(*plan.Ref); ok {
			if at := in.index(ref.ID); at >= 0 {
				emit.OutputMapping[i] = int32(at)
				continue
			}
		}
		e, err := w.expression(item.Expr, in)
		if err != nil {
			return nil, nil, err
		}
		emit.OutputMapping[i] = int32(len(in) + len(rel.Expressions))
		rel.Expressions = append(rel.Expressions, e)
	}
	rel.Common = &pb.RelCommon{EmitKind: &pb.RelCommon_Emit_{Emit: emit}}
	return &pb.Rel{RelType: &pb.Rel_Project{Project: rel}}, out, nil
}

var joinTypes = map[plan.JoinKind]pb.JoinRel_JoinType{
	plan.Inner: pb.JoinRel_JOIN_TYPE_INNER, plan.Left: pb.JoinRel_JOIN_TYPE_LEFT, plan.Right: pb.JoinRel_JOIN_TYPE_RIGHT,
	plan.Full: pb.JoinRel_JOIN_TYPE_OUTER, plan.LeftSemi: pb.JoinRel_JOIN_TYPE_LEFT_SEMI,
	plan.LeftAnti: pb.JoinRel_JOIN_TYPE_LEFT_ANTI, plan.LeftMark: pb.JoinRel_JOIN_TYPE_LEFT_MARK,
	plan.LeftSingle: pb.JoinRel_JOIN_TYPE_LEFT_SINGLE, plan.RightSemi: pb.JoinRel_JOIN_TYPE_RIGHT_SEMI, plan.RightAnti: pb.JoinRel_JOIN_TYPE_RIGHT_ANTI,
	plan.AsOf: pb.JoinRel_JOIN_TYPE_LEFT, // and an enhancement
}

func (w *writer) join(n *plan.Join) (*pb.Rel, columns, error) {
	left, ls, err := w.relation(n.Left)
	if err != nil {
		return nil, nil, err
	}
	right, rs, err := w.relation(n.Right)
	if err != nil {
		return nil, nil, err
	}
	both := append(slices.Clone(ls), rs...)
	if n.On == nil && n.Kind == plan.Inner {
		return &pb.Rel{RelType: &pb.Rel_Cross{Cross: &pb.CrossRel{Left: left, Right: right}}}, both, nil
	}
	rel := &pb.JoinRel{Left: left, Right: right, Type: joinTypes[n.Kind]}
	cond := n.On
	if cond == nil {
		cond = always()
	}
	if rel.Expression, err = w.expression(cond, both); err != nil {
		return nil, nil, err
	}
	if n.Kind == plan.AsOf {
		nearest, err := anypb.New(wrapperspb.Bool(true))
		if err != nil {
			return nil, nil, err
		}
		rel.AdvancedExtension = &extensions.AdvancedExtension{Enhancement: nearest}
	}
	for i := range both {
		missing := n.Kind == plan.Full || (i < len(ls) && n.Kind == plan.Right) || (i >= len(ls) && (n.Kind == plan.Left || n.Kind == plan.LeftSingle || n.Kind == plan.AsOf))
		both[i].Nullable = both[i].Nullable || missing
	}
	out := both
	switch n.Kind {
	case plan.LeftSemi, plan.LeftAnti:
		out = ls
	case plan.RightSemi, plan.RightAnti:
		out = rs
	case plan.LeftMark:
		out = append(slices.Clone(ls), *n.Mark)
	}
	return &pb.Rel{RelType: &pb.Rel_Join{Join: rel}}, out, nil
}

func (w *writer) aggregate(n *plan.Aggregate, input *pb.Rel, in columns) (*pb.Rel, columns, error) {
	rel := &pb.AggregateRel{Input: input, Groupings: []*pb.AggregateRel_Grouping{{}}}
	var out columns
	for i, g := range n.Groups {
		e, err := w.expression(g.Expr, in)
		if err != nil {
			return nil, nil, err
		}
		rel.GroupingExpressions = append(rel.GroupingExpressions, e)
		rel.Groupings[0].ExpressionReferences = append(rel.Groupings[0].ExpressionReferences, uint32(i))
		c := g.Column
		c.Nullable = w.nullable(g.Expr, in)
		out = append(out, c)
	}
	for _, m := range n.Measures {
		measure, err := w.measure(m, in)
		if err != nil {
			return nil, nil, err
		}
		rel.Measures = append(rel.Measures, measure)
		out = append(out, m.Column)
	}
	return &pb.Rel{RelType: &pb.Rel_Aggregate{Aggregate: rel}}, out, nil
}

func (w *writer) measure(m plan.Measure, in columns) (*pb.AggregateRel_Measure, error) {
	f := &pb.AggregateFunction{Phase: pb.AggregationPhase_AGGREGATION_PHASE_INITIAL_TO_RESULT,
		Invocation: pb.AggregateFunction_AGGREGATION_INVOCATION_ALL}
	if m.Distinct {
		f.Invocation = pb.AggregateFunction_AGGREGATION_INVOCATION_DISTINCT
	}
	var err error
	if f.Arguments, f.FunctionReference, err = w.arguments(m.Func, m.Args, in); err != nil {
		return nil, err
	}
	if f.OutputType, err = w.typeOf(m.Type, m.Nullable); err != nil {
		return nil, err
	}
	if len(m.Sort) > 0 {
		if f.Sorts, err = w.sorts(m.Sort, in); err != nil {
			return nil, err
		}
	}
	out := &pb.AggregateRel_Measure{Measure: f}
	if m.Filter != nil {
		out.Filter, err = w.expression(m.Filter, in)
	}
	return out, err
}

func (w *writer) fetch(n *plan.Limit, input *pb.Rel, in columns) (*pb.Rel, columns, error) {
	rel := &pb.FetchRel{Input: input}
	if n.Skip != nil {
		e, err := w.expression(n.Skip, nil)
		if err != nil {
			return nil, nil, err
		}
		rel.OffsetMode = &pb.FetchRel_OffsetExpr{OffsetExpr: e}
	}
	if n.Count != nil {
		e, err := w.expression(n.Count, nil)
		if err != nil {
			return nil, nil, err
		}
		rel.CountMode = &pb.FetchRel_CountExpr{CountExpr: e}
	}
	if n.Recall > 0 {
		recall, err := anypb.New(wrapperspb.Double(n.Recall))
		if err != nil {
			return nil, nil, err
		}
		rel.AdvancedExtension = &extensions.AdvancedExtension{Enhancement: recall}
	}
	return &pb.Rel{RelType: &pb.Rel_Fetch{Fetch: rel}}, in, nil
}

func (w *writer) union(n *plan.Union) (*pb.Rel, columns, error) {
	rel := &pb.SetRel{Op: pb.SetRel_SET_OP_UNION_ALL}
	if n.Distinct {
		rel.Op = pb.SetRel_SET_OP_UNION_DISTINCT
	}
	out := columns(slices.Clone(n.Cols))
	for i := range out {
		out[i].Nullable = false
	}
	for _, in := range n.Ins {
		input, cols, err := w.relation(in)
		if err != nil {
			return nil, nil, err
		}
		rel.Inputs = append(rel.Inputs, input)
		for i := range out {
			out[i].Nullable = out[i].Nullable || cols[i].Nullable
		}
	}
	return &pb.Rel{RelType: &pb.Rel_Set{Set: rel}}, out, nil
}

// unnest is an extension: Substrait has no relation for it.
func (w *writer) unnest(n *plan.Unnest, input *pb.Rel, in columns) (*pb.Rel, columns, error) {
	f, err := w.call("unnest", n.Lists, nil, true, in)
	if err != nil {
		return nil, nil, err
	}
	out := append(slices.Clone(in), n.Cols...)
	if n.Ordinal != nil {
		f.Options = append(f.Options, &pb.FunctionOption{Name: "ordinality", Preference: []string{"true"}})
		ordinal := *n.Ordinal
		ordinal.Nullable = n.Outer
		out = append(out, ordinal)
	}
	if n.Outer {
		f.Options = append(f.Options, &pb.FunctionOption{Name: "outer", Preference: []string{"true"}})
	}
	rel, err := extensionSingle(input, &pb.Expression{RexType: &pb.Expression_ScalarFunction_{ScalarFunction: f}})
	return rel, out, err
}

func (w *writer) rowFetch(n *plan.RowFetch, input *pb.Rel, in columns) (*pb.Rel, columns, error) {
	fetched := *n.Scan
	fetched.Filter, fetched.Address = nil, nil
	read, err := w.scan(&fetched)
	if err != nil {
		return nil, nil, err
	}
	rel, err := extensionSingle(input, read)
	return rel, append(slices.Clone(in[:len(in)-1]), fetched.Columns()...), err
}

func extensionSingle(input *pb.Rel, detail proto.Message) (*pb.Rel, error) {
	packed, err := anypb.New(detail)
	if err != nil {
		return nil, err
	}
	return &pb.Rel{RelType: &pb.Rel_ExtensionSingle{ExtensionSingle: &pb.ExtensionSingleRel{Input: input, Detail: packed}}}, nil
}

func (w *writer) tableFunction(n *plan.TableFunction) (*pb.Rel, columns, error) {
	f, err := w.call(n.Name, n.Args, n.Cols[0].Type, n.Cols[0].Nullable, nil)
	if err != nil {
		return nil, nil, err
	}
	packed, err := anypb.New(&pb.Expression{RexType: &pb.Expression_ScalarFunction_{ScalarFunction: f}})
	if err != nil {
		return nil, nil, err
	}
	return &pb.Rel{RelType: &pb.Rel_ExtensionLeaf{ExtensionLeaf: &pb.ExtensionLeafRel{Detail: packed}}}, n.Cols, nil
}
