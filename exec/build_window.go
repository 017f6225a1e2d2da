package exec

import (
	"context"
	"slices"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
	pb "github.com/substrait-io/substrait-protobuf/go/substraitpb"

	"github.com/mediaflight/mediaflight/exec/eval"
	"github.com/mediaflight/mediaflight/udf/substrait"
)

func (b *builder) windowRelation(ctx context.Context, r *pb.ConsistentPartitionWindowRel) (Operator, error) {
	input, err := b.relation(ctx, r.Input)
	if err != nil {
		return nil, err
	}
	w := &Window{Input: input, Workers: b.env.Workers, Rows: b.env.Rows, Mem: b.env.Mem, Spill: b.env.Spill, holding: b.holding()}
	for i := range input.Schema().Fields() {
		w.passed = append(w.passed, i)
	}
	for _, e := range r.PartitionExpressions {
		compiled, err := b.compiler.Compile(e, input.Schema())
		if err != nil {
			return nil, err
		}
		if err := comparable(compiled.Type()); err != nil {
			return nil, err
		}
		w.Partition = append(w.Partition, compiled)
	}
	w.whole = len(w.Partition) == 0 || slices.ContainsFunc(w.Partition, eval.IsVolatile)
	if w.Keys, err = b.sortKeys(r.Sorts, input.Schema()); err != nil {
		return nil, err
	}
	fields := append([]arrow.Field{}, input.Schema().Fields()...)
	for _, f := range r.WindowFunctions {
		call, field, err := b.windowCall(ctx, f, input.Schema(), w.Keys)
		if err != nil {
			return nil, err
		}
		w.Calls = append(w.Calls, call)
		fields = append(fields, field)
	}
	for _, c := range w.Calls {
		if c.AtMost > 0 && !w.onlyRanks() {
			return nil, malformed("option at_most beside a function that is no rank")
		}
	}
	w.schema = arrow.NewSchema(fields, nil)
	return w, nil
}

func (b *builder) windowCall(ctx context.Context, f *pb.ConsistentPartitionWindowRel_WindowRelFunction, input *arrow.Schema, order []SortKey) (*WindowCall, arrow.Field, error) {
	none := arrow.Field{}
	if f.Invocation == pb.AggregateFunction_AGGREGATION_INVOCATION_DISTINCT {
		return nil, none, unsupported("a window function of different values")
	}
	options, own, err := windowOptions(f)
	if err != nil {
		return nil, none, err
	}
	name, args, err := b.compiler.Call(f.FunctionReference, f.Arguments[:own], input)
	if err != nil {
		return nil, none, err
	}
	c := &WindowCall{Name: name, Args: args}
	if b.env.Functions.IsWindow(name) {
		found, err := b.env.Functions.ResolveWindow(name, eval.Types(args))
		if err != nil {
			return nil, none, err
		}
		for i, t := range found.Args {
			if !arrow.TypeEqual(t, args[i].Type()) {
				return nil, none, malformed("argument %d of %s is %s, not %s", i+1, name, args[i].Type(), t)
			}
		}
		c.Out = found.Out
	} else {
		if c.Aggregate, err = b.env.Functions.Aggregate(name, eval.Types(args)); err != nil {
			return nil, none, err
		}
		c.Out = c.Aggregate.Out
	}
	if e := options.argument(f, "filter"); e != nil {
		if c.Filter, err = b.compiler.Compile(e, input); err != nil {
			return nil, none, err
		}
		if c.Filter.Type().ID() != arrow.BOOL {
			return nil, none, malformed("filter of type %s", c.Filter.Type())
		}
	}
	if c.Frame, err = b.frame(ctx, f, options, input, order); err != nil {
		return nil, none, err
	}
	if c.AtMost, err = options.atMost(name); err != nil {
		return nil, none, err
	}
	field := arrow.Field{Name: name, Type: c.Out, Nullable: true}
	if f.OutputType != nil {
		if _, field.Nullable, err = substrait.ToArrow(f.OutputType, b.names); err != nil {
			return nil, none, malformed("%v", err)
		}
	}
	return c, field, nil
}

// functionOptions are the options of a window function by name.
type functionOptions map[string]string

// windowOptions reads a function's options and says how many of its arguments are its own.
func windowOptions(f *pb.ConsistentPartitionWindowRel_WindowRelFunction) (functionOptions, int, error) {
	options, own := functionOptions{}, len(f.Arguments)
	for _, o := range f.Options {
		if len(o.Preference) != 1 {
			return nil, 0, malformed("option %s has %d values", o.Name, len(o.Preference))
		}
		options[o.Name] = o.Preference[0]
		switch o.Name {
		case "unit", "exclude", "at_most":
		case "filter", "lower", "upper":
			at, err := strconv.Atoi(o.Preference[0])
			if err != nil || at < 0 || at >= len(f.Arguments) || f.Arguments[at].GetValue() == nil {
				return nil, 0, malformed("option %s: no argument %s", o.Name, o.Preference[0])
			}
			own = min(own, at)
		default:
			return nil, 0, unsupported("option %s of a window function", o.Name)
		}
	}
	return options, own, nil
}

// argument is the expression that an option gives the place of; nil without the option.
func (o functionOptions) argument(f *pb.ConsistentPartitionWindowRel_WindowRelFunction, name string) *pb.Expression {
	at, err := strconv.Atoi(o[name])
	if err != nil {
		return nil
	}
	return f.Arguments[at].GetValue()
}

// atMost is the number of a rank up to which rows are wanted; 0 for all.
func (o functionOptions) atMost(name string) (int64, error) {
	text, ok := o["at_most"]
	if !ok {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 1 || !isRank(name) {
		return 0, malformed("option at_most = %s of %s", text, name)
	}
	return n, nil
}

var exclusions = map[string]FrameExclusion{"": ExcludeNothing, "current row": ExcludeCurrentRow, "group": ExcludeGroup, "ties": ExcludeTies}

func (b *builder) frame(ctx context.Context, f *pb.ConsistentPartitionWindowRel_WindowRelFunction, options functionOptions, input *arrow.Schema, order []SortKey) (Frame, error) {
	frame := Frame{}
	switch {
	case options["unit"] == "groups":
		frame.Unit = FrameGroups
	case options["unit"] != "":
		return frame, unsupported("frames of %s", options["unit"])
	case f.BoundsType == pb.Expression_WindowFunction_BOUNDS_TYPE_ROWS:
		frame.Unit = FrameRows
	}
	var ok bool
	if frame.Exclude, ok = exclusions[options["exclude"]]; !ok {
		return frame, unsupported("frames that exclude %s", options["exclude"])
	}
	var err error
	if frame.Start, err = b.frameBound(ctx, f.LowerBound, options.argument(f, "lower"), frame.Unit, input, order); err != nil {
		return frame, err
	}
	frame.End, err = b.frameBound(ctx, f.UpperBound, options.argument(f, "upper"), frame.Unit, input, order)
	return frame, err
}

func (b *builder) frameBound(ctx context.Context, bound *pb.Expression_WindowFunction_Bound, offset *pb.Expression, unit FrameUnit, input *arrow.Schema, order []SortKey) (FrameBound, error) {
	out := FrameBound{}
	switch bound.GetKind().(type) {
	case *pb.Expression_WindowFunction_Bound_Unbounded_, nil:
		return out, nil
	case *pb.Expression_WindowFunction_Bound_CurrentRow_:
		return FrameBound{Kind: CurrentRow}, nil
	case *pb.Expression_WindowFunction_Bound_Preceding_:
		out.Kind = Preceding
	case *pb.Expression_WindowFunction_Bound_Following_:
		out.Kind = Following
	}
	if offset == nil {
		return out, unsupported("offsets of frames that are no arguments")
	}
	if unit == FrameRange {
		var err error
		if out.Limit, err = b.compiler.Compile(offset, input); err != nil {
			return out, err
		}
		if len(order) != 1 || !arrow.TypeEqual(out.Limit.Type(), order[0].Expr.Type()) {
			return out, malformed("the limit of a range is of another type than the one key")
		}
		return out, nil
	}
	n, err := b.integer(ctx, offset, -1)
	switch {
	case err != nil:
		return out, err
	case n < 0:
		return out, &Error{State: stateFrameOffset, Msg: "frame offset must not be negative or null"}
	}
	out.Offset = int(min(n, maxFrameOffset))
	return out, nil
}
