package substrait

import (
	"slices"
	"strconv"

	pb "github.com/substrait-io/substrait-protobuf/go/substraitpb"

	"github.com/mediaflight/mediaflight/planner/plan"
)

// What Substrait's window functions lack is in options: other units of frames, what they exclude, which of the arguments behind
// the function's own are a filter or bounds that are computed, and up to which number of a rank rows are wanted.
const (
	optionUnit    = "unit"
	optionExclude = "exclude"
	optionFilter  = "filter"
	optionLower   = "lower"
	optionUpper   = "upper"
	optionAtMost  = "at_most"
)

func (w *writer) window(n *plan.Window, input *pb.Rel, in columns) (*pb.Rel, columns, error) {
	rel := &pb.ConsistentPartitionWindowRel{Input: input}
	for _, e := range n.Partition {
		written, err := w.expression(e, in)
		if err != nil {
			return nil, nil, err
		}
		rel.PartitionExpressions = append(rel.PartitionExpressions, written)
	}
	var err error
	if rel.Sorts, err = w.sorts(n.Order, in); err != nil {
		return nil, nil, err
	}
	out := slices.Clone(in)
	for _, c := range n.Calls {
		f, err := w.windowFunction(c, in)
		if err != nil {
			return nil, nil, err
		}
		rel.WindowFunctions = append(rel.WindowFunctions, f)
		out = append(out, c.Column)
	}
	return &pb.Rel{RelType: &pb.Rel_Window{Window: rel}}, out, nil
}

func (w *writer) windowFunction(c plan.WindowCall, in columns) (*pb.ConsistentPartitionWindowRel_WindowRelFunction, error) {
	f := &pb.ConsistentPartitionWindowRel_WindowRelFunction{Phase: pb.AggregationPhase_AGGREGATION_PHASE_INITIAL_TO_RESULT,
		Invocation: pb.AggregateFunction_AGGREGATION_INVOCATION_ALL, BoundsType: pb.Expression_WindowFunction_BOUNDS_TYPE_RANGE}
	var err error
	if f.Arguments, f.FunctionReference, err = w.arguments(c.Func, c.Args, in); err != nil {
		return nil, err
	}
	if f.OutputType, err = w.typeOf(c.Type, c.Nullable); err != nil {
		return nil, err
	}
	option := func(name, value string) {
		f.Options = append(f.Options, &pb.FunctionOption{Name: name, Preference: []string{value}})
	}
	more := func(name string, e plan.Expr) error {
		written, err := w.expression(e, in)
		option(name, strconv.Itoa(len(f.Arguments)))
		f.Arguments = append(f.Arguments, &pb.FunctionArgument{ArgType: &pb.FunctionArgument_Value{Value: written}})
		return err
	}
	switch c.Frame.Unit {
	case plan.Rows:
		f.BoundsType = pb.Expression_WindowFunction_BOUNDS_TYPE_ROWS
	case plan.Groups:
		option(optionUnit, "groups")
	}
	if exclude := excluded[c.Frame.Exclude]; exclude != "" {
		option(optionExclude, exclude)
	}
	if c.AtMost > 0 {
		option(optionAtMost, strconv.FormatInt(c.AtMost, 10))
	}
	f.LowerBound, f.UpperBound = frameBound(c.Frame.Start), frameBound(c.Frame.End)
	if c.Filter != nil {
		if err := more(optionFilter, c.Filter); err != nil {
			return nil, err
		}
	}
	if c.Frame.Start.Offset != nil {
		if err := more(optionLower, c.Frame.Start.Offset); err != nil {
			return nil, err
		}
	}
	if c.Frame.End.Offset != nil {
		err = more(optionUpper, c.Frame.End.Offset)
	}
	return f, err
}

var excluded = map[plan.FrameExclusion]string{plan.ExcludeCurrentRow: "current row", plan.ExcludeGroup: "group", plan.ExcludeTies: "ties"}

// frameBound says on which side of the row a frame starts or ends; how far is an argument.
func frameBound(b plan.Bound) *pb.Expression_WindowFunction_Bound {
	switch b.Kind {
	case plan.Preceding:
		return &pb.Expression_WindowFunction_Bound{Kind: &pb.Expression_WindowFunction_Bound_Preceding_{Preceding: &pb.Expression_WindowFunction_Bound_Preceding{}}}
	case plan.Following:
		return &pb.Expression_WindowFunction_Bound{Kind: &pb.Expression_WindowFunction_Bound_Following_{Following: &pb.Expression_WindowFunction_Bound_Following{}}}
	case plan.CurrentRow:
		return &pb.Expression_WindowFunction_Bound{Kind: &pb.Expression_WindowFunction_Bound_CurrentRow_{CurrentRow: &pb.Expression_WindowFunction_Bound_CurrentRow{}}}
	}
	return &pb.Expression_WindowFunction_Bound{Kind: &pb.Expression_WindowFunction_Bound_Unbounded_{Unbounded: &pb.Expression_WindowFunction_Bound_Unbounded{}}}
}
