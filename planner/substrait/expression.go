package substrait

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	pb "github.com/substrait-io/substrait-protobuf/go/substraitpb"

	"github.com/mediaflight/mediaflight/planner/plan"
	types "github.com/mediaflight/mediaflight/udf/substrait"
)

// columns are what expressions may refer to, by place.
type columns []plan.Column

func (cs columns) index(id int) int {
	for i, c := range cs {
		if c.ID == id {
			return i
		}
	}
	return -1
}

func (w *writer) expressions(es []plan.Expr, in columns) ([]*pb.Expression, error) {
	out := make([]*pb.Expression, len(es))
	for i, e := range es {
		var err error
		if out[i], err = w.expression(e, in); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (w *writer) expression(e plan.Expr, in columns) (*pb.Expression, error) {
	switch e := e.(type) {
	case *plan.Ref, *plan.Field:
		return w.selection(e, in)
	case *plan.Literal:
		l, err := types.LiteralFrom(e.Value, w)
		if err != nil {
			return nil, err
		}
		return &pb.Expression{RexType: &pb.Expression_Literal_{Literal: l}}, nil
	case *plan.Param:
		t, err := w.typeOf(e.Out, true)
		if err != nil {
			return nil, err
		}
		p := &pb.DynamicParameter{Type: t, ParameterReference: uint32(e.Number - 1)}
		return &pb.Expression{RexType: &pb.Expression_DynamicParameter{DynamicParameter: p}}, nil
	case *plan.Call:
		f, err := w.call(e.Name, e.In, e.Out, e.Null, in)
		if err != nil {
			return nil, err
		}
		return &pb.Expression{RexType: &pb.Expression_ScalarFunction_{ScalarFunction: f}}, nil
	case *plan.Cast:
		return w.cast(e, in)
	case *plan.Case:
		return w.ifThen(e, in)
	case *plan.InList:
		return w.inList(e, in)
	case *plan.Subquery:
		rel, _, err := w.relation(e.Plan)
		if err != nil {
			return nil, err
		}
		scalar := &pb.Expression_Subquery_Scalar_{Scalar: &pb.Expression_Subquery_Scalar{Input: rel}}
		return &pb.Expression{RexType: &pb.Expression_Subquery_{Subquery: &pb.Expression_Subquery{SubqueryType: scalar}}}, nil
	}
	return nil, fmt.Errorf("no Substrait for %T", e)
}

// selection writes a column, or a field of a struct.
func (w *writer) selection(e plan.Expr, in columns) (*pb.Expression, error) {
	var child *pb.Expression_ReferenceSegment
	for {
		switch v := e.(type) {
		case *plan.Field:
			child = structField(v.Index, child)
			e = v.Arg
			continue
		case *plan.Ref:
			i := in.index(v.ID)
			if at := w.outer.index(v.ID); i < 0 && at >= 0 {
				return outerReference(at, child), nil
			}
			if i < 0 {
				return nil, fmt.Errorf("column %s#%d is not in the input", v.Name, v.ID)
			}
			return reference(structField(i, child), &pb.Expression_FieldReference_RootReference_{
				RootReference: &pb.Expression_FieldReference_RootReference{},
			}), nil
		}
		root, err := w.expression(e, in)
		if err != nil {
			return nil, err
		}
		ref := &pb.Expression_FieldReference{
			ReferenceType: &pb.Expression_FieldReference_DirectReference{DirectReference: child},
			RootType:      &pb.Expression_FieldReference_Expression{Expression: root},
		}
		return &pb.Expression{RexType: &pb.Expression_Selection{Selection: ref}}, nil
	}
}

func structField(i int, child *pb.Expression_ReferenceSegment) *pb.Expression_ReferenceSegment {
	return &pb.Expression_ReferenceSegment{ReferenceType: &pb.Expression_ReferenceSegment_StructField_{
		StructField: &pb.Expression_ReferenceSegment_StructField{Field: int32(i), Child: child},
	}}
}

func reference(segment *pb.Expression_ReferenceSegment, root *pb.Expression_FieldReference_RootReference_) *pb.Expression {
	return &pb.Expression{RexType: &pb.Expression_Selection{Selection: &pb.Expression_FieldReference{
		ReferenceType: &pb.Expression_FieldReference_DirectReference{DirectReference: segment},
		RootType:      root,
	}}}
}

// call writes the application of a function.
func (w *writer) call(name string, args []plan.Expr, out arrow.DataType, nullable bool, in columns) (*pb.Expression_ScalarFunction, error) {
	f := &pb.Expression_ScalarFunction{}
	var err error
	if f.Arguments, f.FunctionReference, err = w.arguments(name, args, in); err != nil {
		return nil, err
	}
	if out != nil {
		f.OutputType, err = w.typeOf(out, nullable)
	}
	return f, err
}

func (w *writer) arguments(name string, args []plan.Expr, in columns) ([]*pb.FunctionArgument, uint32, error) {
	out := make([]*pb.FunctionArgument, len(args))
	ts := make([]arrow.DataType, len(args))
	for i, arg := range args {
		e, err := w.expression(arg, in)
		if err != nil {
			return nil, 0, err
		}
		out[i] = &pb.FunctionArgument{ArgType: &pb.FunctionArgument_Value{Value: e}}
		ts[i] = arg.Type()
	}
	return out, w.function(name, ts), nil
}

func (w *writer) cast(e *plan.Cast, in columns) (*pb.Expression, error) {
	input, err := w.expression(e.Arg, in)
	if err != nil {
		return nil, err
	}
	t, err := w.typeOf(e.To, e.Nullable())
	if err != nil {
		return nil, err
	}
	return &pb.Expression{RexType: &pb.Expression_Cast_{Cast: &pb.Expression_Cast{
		Type: t, Input: input, FailureBehavior: pb.Expression_Cast_FAILURE_BEHAVIOR_THROW_EXCEPTION,
	}}}, nil
}

func (w *writer) ifThen(e *plan.Case, in columns) (*pb.Expression, error) {
	out := &pb.Expression_IfThen{}
	for _, arm := range e.Whens {
		pair, err := w.expressions([]plan.Expr{arm.Cond, arm.Then}, in)
		if err != nil {
			return nil, err
		}
		out.Ifs = append(out.Ifs, &pb.Expression_IfThen_IfClause{If: pair[0], Then: pair[1]})
	}
	var err error
	if out.Else, err = w.expression(e.Else, in); err != nil {
		return nil, err
	}
	return &pb.Expression{RexType: &pb.Expression_IfThen_{IfThen: out}}, nil
}

func (w *writer) inList(e *plan.InList, in columns) (*pb.Expression, error) {
	value, err := w.expression(e.Arg, in)
	if err != nil {
		return nil, err
	}
	options, err := w.expressions(e.List, in)
	if err != nil {
		return nil, err
	}
	return &pb.Expression{RexType: &pb.Expression_SingularOrList_{SingularOrList: &pb.Expression_SingularOrList{Value: value, Options: options}}}, nil
}

// nullable tells whether an expression may be NULL, as the executor will see it: columns are what the input says, whatever
// the binder knew of them.
func (w *writer) nullable(e plan.Expr, in columns) bool {
	switch e := e.(type) {
	case *plan.Ref:
		if i := w.outer.index(e.ID); i >= 0 && in.index(e.ID) < 0 {
			return w.outer[i].Nullable
		}
		i := in.index(e.ID)
		return i < 0 || in[i].Nullable
	case *plan.Field:
		return w.nullable(e.Arg, in) || e.Arg.Type().(*arrow.StructType).Field(e.Index).Nullable
	case *plan.Case:
		for _, arm := range e.Whens {
			if w.nullable(arm.Then, in) {
				return true
			}
		}
		return w.nullable(e.Else, in)
	case *plan.InList:
		for _, arg := range e.Args() {
			if w.nullable(arg, in) {
				return true
			}
		}
		return false
	}
	return e.Nullable() // stated in the plan, or known of every expression of the kind
}

func (w *writer) sorts(keys []plan.Key, in columns) ([]*pb.SortField, error) {
	out := make([]*pb.SortField, len(keys))
	for i, k := range keys {
		e, err := w.expression(k.Expr, in)
		if err != nil {
			return nil, err
		}
		direction := pb.SortField_SORT_DIRECTION_ASC_NULLS_LAST
		switch {
		case k.Desc && k.NullsFirst:
			direction = pb.SortField_SORT_DIRECTION_DESC_NULLS_FIRST
		case k.Desc:
			direction = pb.SortField_SORT_DIRECTION_DESC_NULLS_LAST
		case k.NullsFirst:
			direction = pb.SortField_SORT_DIRECTION_ASC_NULLS_FIRST
		}
		out[i] = &pb.SortField{Expr: e, SortKind: &pb.SortField_Direction{Direction: direction}}
	}
	return out, nil
}
