package bind

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/mediaflight/mediaflight/planner/constant"
	"github.com/mediaflight/mediaflight/planner/plan"
	"github.com/mediaflight/mediaflight/udf"
)

// resolveFunction finds a function's overload. Clients state parameters in the widest type that they have, Python every whole number
// as bigint: where no overload takes that, but one takes smaller numbers, the parameters become such.
func (s *binding) resolveFunction(name string, args []plan.Expr) (udf.Resolved, error) {
	found, err := s.Functions.Resolve(name, typesOf(args))
	if err == nil || state(err) != "42883" {
		return found, err
	}
	types := typesOf(args)
	for i, arg := range args {
		if isWholeParam(arg) {
			types[i] = arrow.Null
		}
	}
	loose, looseErr := s.Functions.Resolve(name, types)
	if looseErr != nil {
		return found, err
	}
	for i, arg := range args {
		if isWholeParam(arg) && !arrow.IsInteger(loose.Args[i].ID()) {
			return found, err
		}
	}
	return loose, nil
}

func isWholeParam(e plan.Expr) bool {
	_, ok := e.(*plan.Param)
	return ok && arrow.IsInteger(e.Type().ID())
}

// keepDigits makes round(x, 2) and trunc(x, 2) of a numeric what PostgreSQL makes of them, a number of two digits after the point.
// The functions themselves keep the digits of x, for how many are asked for is not known from the types of their arguments.
func (s *binding) keepDigits(e plan.Expr) plan.Expr {
	call, ok := e.(*plan.Call)
	if !ok || len(call.In) != 2 || (call.Name != "round" && call.Name != "trunc") {
		return e
	}
	t, isNumeric := call.Out.(*arrow.Decimal128Type)
	digits, isConstant := constant.Folder{Functions: s.Functions, Env: &s.Env}.Fold(call.In[1]).(*plan.Literal)
	if !isNumeric || !isConstant || digits.Value.IsNull(0) {
		return e
	}
	scale := min(max(digits.Value.(*array.Int32).Value(0), 0), 38)
	whole := t.Precision - t.Scale
	if scale == t.Scale || whole+scale > 38 {
		return e
	}
	return &plan.Cast{Arg: e, To: &arrow.Decimal128Type{Precision: max(whole+scale, 1), Scale: scale}, At: call.At}
}
