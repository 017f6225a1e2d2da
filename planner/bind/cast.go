package bind

import (
	"slices"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/planner/ast"
	"github.com/mediaflight/mediaflight/planner/plan"
	"github.com/mediaflight/mediaflight/udf"
	"github.com/mediaflight/mediaflight/udf/substrait"
)

// coerce makes an expression one of the type asked for, if the kind of cast may do it. Constants are cast at once, so that a bad
// one is an error with a place; parameters without a type take this one.
func (s *binding) coerce(e plan.Expr, to arrow.DataType, how udf.CastKind) (plan.Expr, error) {
	from := e.Type()
	if param, ok := e.(*plan.Param); ok && from.ID() == arrow.NULL {
		return s.param(param.Number, to, param.At), nil
	}
	switch v := e.(type) {
	case *unknown:
		return s.castConstant(one(array.NewStringBuilder, v.text), to, v.at)
	case *plan.Literal:
		if from.ID() == arrow.NULL {
			return null(to, v.At), nil
		}
	}
	if arrow.TypeEqual(from, to) {
		return e, nil
	}
	if !udf.CanCast(from, to, how) {
		if how == udf.Explicit {
			return nil, fault(e.Pos(), "42846", "cannot cast type %s to %s", udf.TypeName(from), udf.TypeName(to))
		}
		err := fault(e.Pos(), "42804", "expression is of type %s, but %s is needed", udf.TypeName(from), udf.TypeName(to))
		if udf.CanCast(from, to, udf.Explicit) {
			return nil, hint(err, "cast it: (...)::%s", udf.TypeName(to))
		}
		return nil, err
	}
	if v, ok := e.(*plan.Literal); ok {
		return s.castConstant(v.Value, to, v.At)
	}
	return &plan.Cast{Arg: e, To: to, At: e.Pos()}, nil
}

// castConstant casts an array of one row.
func (s *binding) castConstant(a arrow.Array, to arrow.DataType, pos ast.Pos) (plan.Expr, error) {
	if arrow.TypeEqual(a.DataType(), to) {
		return literal(a, pos), nil
	}
	call := &udf.Call{Mem: memory.DefaultAllocator, Rows: 1, Out: to, Env: &s.Env}
	out, err := udf.Cast(call, a, to)
	if err != nil {
		return nil, at(pos, err)
	}
	return literal(out, pos), nil
}

// param is $n of a type. The first use that asks for a type decides it; others cast from that.
func (s *binding) param(n int, to arrow.DataType, pos ast.Pos) plan.Expr {
	if s.params[n-1] == nil {
		s.params[n-1] = to
	}
	p := &plan.Param{Number: n, Out: s.params[n-1], At: pos}
	if arrow.TypeEqual(p.Out, to) {
		return p
	}
	return &plan.Cast{Arg: p, To: to, At: pos}
}

// maxParams is PostgreSQL's limit too.
const maxParams = 65535

// paramRef binds $n.
func (s *binding) paramRef(n *pg.ParamRef) (plan.Expr, error) {
	pos := s.pos(n.Location)
	number := int(n.Number)
	if s.arguments != nil {
		if number < 1 || number > len(*s.arguments) {
			return nil, fault(pos, "42P02", "there is no parameter $%d", number)
		}
		return (*s.arguments)[number-1], nil
	}
	if number < 1 || number > maxParams {
		return nil, fault(pos, "42P02", "there is no parameter $%d", number)
	}
	for len(s.params) < number {
		s.params = append(s.params, nil)
	}
	if t := s.params[number-1]; t != nil {
		return &plan.Param{Number: number, Out: t, At: pos}, nil
	}
	return &plan.Param{Number: number, Out: arrow.Null, At: pos}, nil
}

// known gives an expression without a type the type text.
func (s *binding) known(e plan.Expr) plan.Expr {
	if !isUnknown(e) {
		return e
	}
	switch v := e.(type) {
	case *unknown:
		return text(v.text, v.at)
	case *plan.Param:
		return s.param(v.Number, arrow.BinaryTypes.String, v.At)
	case *plan.Literal:
		return null(arrow.BinaryTypes.String, v.At)
	}
	return &plan.Cast{Arg: e, To: arrow.BinaryTypes.String, At: e.Pos()}
}

// common gives several expressions one type.
func (s *binding) common(es []plan.Expr, what string) ([]plan.Expr, error) {
	t, err := udf.CommonType(typesOf(es))
	if err != nil {
		return nil, s.noCommonType(es, what, err)
	}
	if t.ID() == arrow.NULL {
		t = arrow.BinaryTypes.String
	}
	out := make([]plan.Expr, len(es))
	for i, e := range es {
		if out[i], err = s.coerce(e, t, udf.Explicit); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// noCommonType points at the first expression that does not go with those before it.
func (s *binding) noCommonType(es []plan.Expr, what string, err error) error {
	for i := range es {
		if _, bad := udf.CommonType(typesOf(es[:i+1])); bad != nil {
			before := slices.IndexFunc(es, func(e plan.Expr) bool { return !isUnknown(e) })
			return fault(es[i].Pos(), "42804", "%s types %s and %s cannot be matched", what,
				udf.TypeName(es[before].Type()), udf.TypeName(es[i].Type()))
		}
	}
	return at(es[0].Pos(), err)
}

// typeCast binds CAST, :: and typed constants.
func (s *binding) typeCast(x *exprs, n *pg.TypeCast) (plan.Expr, error) {
	to, err := s.typeName(n.TypeName)
	if err != nil {
		return nil, err
	}
	pos := s.where(&pg.Node{Node: &pg.Node_TypeCast{TypeCast: n}})
	if c := n.Arg.GetAConst(); c.GetSval() != nil && to.ID() == arrow.INTERVAL_MONTH_DAY_NANO {
		return s.interval(c.GetSval().GetSval(), n.TypeName, s.pos(c.Location))
	}
	if elements := n.Arg.GetAArrayExpr(); elements != nil {
		return s.typedArray(x, elements, n.TypeName, to)
	}
	arg, err := s.expr(x, n.Arg)
	if err != nil {
		return nil, err
	}
	if quoted, ok := arg.(*unknown); ok && isBareVector(n.TypeName) {
		return s.vectorConstant(quoted)
	}
	e, err := s.explicitCast(arg, to, len(n.TypeName.Typmods) > 0)
	if err != nil {
		return nil, err
	}
	if cast, ok := e.(*plan.Cast); ok {
		cast.At = pos
	}
	return s.cutText(e, n.TypeName, pos)
}

// explicitCast casts to a type that may have been given modifiers. A bare numeric keeps the digits that there are.
func (s *binding) explicitCast(e plan.Expr, to arrow.DataType, hasModifiers bool) (plan.Expr, error) {
	if to.ID() == arrow.DECIMAL128 && !hasModifiers && !isUnknown(e) {
		to = udf.NumericOf(e.Type())
	}
	return s.coerce(e, to, udf.Explicit)
}

// cutText cuts a text that is cast to varchar(n) or char(n) to its length, which the type itself does not keep.
func (s *binding) cutText(e plan.Expr, n *pg.TypeName, pos ast.Pos) (plan.Expr, error) {
	length, ok, err := s.textLength(n)
	if err != nil || !ok {
		return e, err
	}
	return s.apply("left", []plan.Expr{e, literal(one(array.NewInt32Builder, int32(length)), pos)}, pos)
}

// typedArray binds ARRAY[...]::type[]: each element takes the type by itself, and there may be none.
func (s *binding) typedArray(x *exprs, n *pg.A_ArrayExpr, name *pg.TypeName, to arrow.DataType) (plan.Expr, error) {
	pos := s.pos(n.Location)
	if list, ok := to.(*arrow.ListType); ok && len(n.Elements) == 0 {
		b := array.NewBuilder(memory.DefaultAllocator, list).(*array.ListBuilder)
		b.Append(true)
		return literal(b.NewArray(), pos), nil
	}
	if isBareVector(name) && len(n.Elements) > 0 {
		to = substrait.VectorOf(len(n.Elements))
	}
	elements, err := s.list(x, n.Elements)
	if err != nil {
		return nil, err
	}
	if list, ok := to.(*arrow.ListType); ok {
		for i, e := range elements {
			if elements[i], err = s.coerce(e, list.Elem(), udf.Explicit); err != nil {
				return nil, err
			}
		}
	}
	e, err := s.apply("list_value", elements, pos)
	if err != nil {
		return nil, err
	}
	return s.coerce(e, to, udf.Explicit)
}

// isBareVector tells the type vector without a length, which constants give it.
func isBareVector(n *pg.TypeName) bool {
	return len(n.Names) == 1 && n.Names[0].GetString_().GetSval() == "vector" && len(n.Typmods) == 0 && len(n.ArrayBounds) == 0
}

// vectorConstant binds '[1,2,3]'::vector, which is a vector of three.
func (s *binding) vectorConstant(u *unknown) (plan.Expr, error) {
	e, err := s.coerce(u, arrow.ListOf(arrow.PrimitiveTypes.Float32), udf.Explicit)
	if err != nil {
		return nil, err
	}
	list, ok := e.(*plan.Literal).Value.(*array.List)
	if !ok || list.IsNull(0) || list.ListValues().Len() == 0 {
		return e, nil
	}
	return s.coerce(e, substrait.VectorOf(list.ListValues().Len()), udf.Explicit)
}

// intervalUnits are the fields that may follow a constant, INTERVAL '1' DAY, as the parser encodes them.
var intervalUnits = map[int32]string{1 << 2: "years", 1 << 1: "months", 1 << 3: "days", 1 << 10: "hours", 1 << 11: "minutes", 1 << 12: "seconds"}

// interval binds an interval constant. A bare number takes the unit that follows it.
func (s *binding) interval(value string, t *pg.TypeName, pos ast.Pos) (plan.Expr, error) {
	if len(t.Typmods) > 0 {
		if _, err := strconv.ParseFloat(value, 64); err == nil {
			unit, ok := intervalUnits[t.Typmods[0].GetAConst().GetIval().GetIval()]
			if !ok {
				return nil, missing(s.pos(t.Location), "an interval over several fields", "write the units into the text: INTERVAL '1 year 2 months'")
			}
			value += " " + unit
		}
	}
	return s.castConstant(one(array.NewStringBuilder, value), arrow.FixedWidthTypes.MonthDayNanoInterval, pos)
}
