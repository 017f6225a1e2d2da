package bind

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/planner/constant"
	"github.com/mediaflight/mediaflight/planner/plan"
	"github.com/mediaflight/mediaflight/udf"
)

// The bits of PostgreSQL's WindowDef.frameOptions. Its grammar refuses frames that end before they start.
const (
	frameGiven           = 0x1
	frameRows            = 0x4
	frameGroups          = 0x8
	startFirst           = 0x20
	endLast              = 0x100
	startPreceding       = 0x800
	endPreceding         = 0x1000
	startFollowing       = 0x2000
	endFollowing         = 0x4000
	excludeRow           = 0x8000
	excludeGroup         = 0x10000
	excludeTies          = 0x20000
	startOffset          = startPreceding | startFollowing
	endOffset            = endPreceding | endFollowing
	invalidFrameOffset   = "22013"
	nullFrameOffset      = "22004"
	frameOffsetVariables = "42P10"
)

// frame binds a window's frame. RANGE with an offset may widen the type of the window's key.
func (s *binding) frame(x *exprs, spec *windowSpec, part *plan.Window) (plan.Frame, error) {
	options := spec.frame.FrameOptions
	if options&frameGiven == 0 {
		return plan.DefaultFrame, nil
	}
	f := plan.Frame{Start: plan.Bound{Kind: plan.CurrentRow}, End: plan.Bound{Kind: plan.CurrentRow}}
	switch {
	case options&frameRows != 0:
		f.Unit = plan.Rows
	case options&frameGroups != 0:
		if f.Unit = plan.Groups; len(part.Order) == 0 {
			return f, fault(spec.at, "42P20", "GROUPS mode requires an ORDER BY clause")
		}
	}
	switch {
	case options&startFirst != 0:
		f.Start.Kind = plan.UnboundedPreceding
	case options&startPreceding != 0:
		f.Start.Kind = plan.Preceding
	case options&startFollowing != 0:
		f.Start.Kind = plan.Following
	}
	switch {
	case options&endLast != 0:
		f.End.Kind = plan.UnboundedFollowing
	case options&endPreceding != 0:
		f.End.Kind = plan.Preceding
	case options&endFollowing != 0:
		f.End.Kind = plan.Following
	}
	switch {
	case options&excludeRow != 0:
		f.Exclude = plan.ExcludeCurrentRow
	case options&excludeGroup != 0:
		f.Exclude = plan.ExcludeGroup
	case options&excludeTies != 0:
		f.Exclude = plan.ExcludeTies
	}
	if options&(startOffset|endOffset) == 0 {
		return f, nil
	}
	if f.Unit == plan.Range {
		if len(part.Order) != 1 {
			return f, fault(spec.at, "42P20", "RANGE with offset PRECEDING/FOLLOWING requires exactly one ORDER BY column")
		}
		part.Order[0].Expr = s.rangeKey(part.Order[0].Expr)
	}
	bounds := []*plan.Bound{}
	for _, b := range []struct {
		bound *plan.Bound
		node  *pg.Node
		name  string
	}{{&f.Start, spec.frame.StartOffset, "starting"}, {&f.End, spec.frame.EndOffset, "ending"}} {
		if b.bound.Kind != plan.Preceding && b.bound.Kind != plan.Following {
			continue
		}
		offset, err := s.frameOffset(x, b.node, f.Unit)
		if err != nil {
			return f, err
		}
		if f.Unit == plan.Range {
			b.bound.Offset, err = s.rangeLimit(part.Order[0], offset, b.bound.Kind, b.name)
		} else {
			b.bound.Offset, err = s.rowsOffset(offset, b.name)
		}
		if err != nil {
			return f, err
		}
		bounds = append(bounds, b.bound)
	}
	if f.Unit != plan.Range {
		return f, nil
	}
	return f, s.alikeInRange(&part.Order[0], bounds)
}

// alikeInRange gives a window's key and the limits of its frames one type, so that they compare.
func (s *binding) alikeInRange(key *plan.Key, bounds []*plan.Bound) error {
	types := []arrow.DataType{key.Expr.Type()}
	for _, b := range bounds {
		types = append(types, b.Offset.Type())
	}
	common, err := udf.CommonType(types)
	if err != nil {
		return err
	}
	for _, b := range bounds {
		if b.Offset, err = s.coerce(b.Offset, common, udf.Explicit); err != nil {
			return err
		}
	}
	key.Expr, err = s.coerce(key.Expr, common, udf.Explicit)
	return err
}

// frameOffset binds an offset, which is the same for all rows.
func (s *binding) frameOffset(x *exprs, n *pg.Node, unit plan.FrameUnit) (plan.Expr, error) {
	offset, err := s.expr(&exprs{clause: unit.String(), scope: x.scope, env: x.env}, n)
	if err != nil {
		return nil, err
	}
	if len(plan.FreeOf(offset)) > 0 {
		return nil, fault(offset.Pos(), frameOffsetVariables, "argument of %s must not contain variables", unit)
	}
	return offset, nil
}

// rowsOffset is a number of rows or groups. One that is known is checked here, others when the statement runs.
func (s *binding) rowsOffset(offset plan.Expr, name string) (plan.Expr, error) {
	offset, err := s.coerce(offset, arrow.PrimitiveTypes.Int64, udf.Implicit)
	if err != nil {
		return nil, err
	}
	offset = constant.Folder{Functions: s.Functions, Env: &s.Env}.Fold(offset)
	if v, ok := offset.(*plan.Literal); ok {
		switch {
		case v.Value.IsNull(0):
			return nil, fault(offset.Pos(), nullFrameOffset, "frame %s offset must not be null", name)
		case v.Value.(*array.Int64).Value(0) < 0:
			return nil, fault(offset.Pos(), invalidFrameOffset, "frame %s offset must not be negative", name)
		}
	}
	return offset, nil
}

// rangeKey is the key in a type in which offsets can be added to it without leaving its range: dates count as timestamps, times
// as intervals.
func (s *binding) rangeKey(e plan.Expr) plan.Expr {
	to := e.Type()
	switch e.Type().ID() {
	case arrow.INT16, arrow.INT32, arrow.INT64:
		to = udf.NumericOf(arrow.PrimitiveTypes.Int64)
	case arrow.DATE32:
		to = &arrow.TimestampType{Unit: arrow.Microsecond}
	case arrow.TIME64:
		to = arrow.FixedWidthTypes.MonthDayNanoInterval
	case arrow.FLOAT32:
		to = arrow.PrimitiveTypes.Float64
	}
	if cast, err := s.coerce(e, to, udf.Explicit); err == nil {
		return cast
	}
	return e
}

// rangeLimit is the value of the key where a frame ends.
func (s *binding) rangeLimit(key plan.Key, offset plan.Expr, kind plan.BoundKind, name string) (plan.Expr, error) {
	t, given := key.Expr.Type(), offset.Type()
	to := t
	switch t.ID() {
	case arrow.TIMESTAMP, arrow.INTERVAL_MONTH_DAY_NANO:
		to = arrow.FixedWidthTypes.MonthDayNanoInterval
	case arrow.DECIMAL128:
		if !isUnknown(offset) && udf.CanCast(given, arrow.PrimitiveTypes.Float64, udf.Implicit) && given.ID() != arrow.FLOAT32 && given.ID() != arrow.FLOAT64 {
			to = given
		}
	case arrow.FLOAT64:
	default:
		return nil, hint(fault(offset.Pos(), "0A000", "RANGE with offset PRECEDING/FOLLOWING is not supported for column type %s", udf.TypeName(t)), "order by a number or a time, or count rows: ROWS or GROUPS")
	}
	value, err := s.coerce(offset, to, udf.Implicit)
	if err != nil {
		return nil, hint(fault(offset.Pos(), "0A000", "RANGE with offset PRECEDING/FOLLOWING is not supported for column type %s and offset type %s", udf.TypeName(t), udf.TypeName(given)),
			"cast the offset value to an appropriate type")
	}
	if err := s.checkRangeOffset(value, name); err != nil {
		return nil, err
	}
	operator := "+"
	if (kind == plan.Preceding) != key.Desc {
		operator = "-"
	}
	limit, err := s.operate(operator, key.Expr, value, offset.Pos())
	if err != nil {
		return nil, err
	}
	return limit, nil
}

// checkRangeOffset wants an offset that is known, not NULL and not negative.
func (s *binding) checkRangeOffset(offset plan.Expr, name string) error {
	fold := constant.Folder{Functions: s.Functions, Env: &s.Env}
	v, ok := fold.Fold(offset).(*plan.Literal)
	if !ok {
		return missing(offset.Pos(), "RANGE with an offset that is not constant", "write the offset out")
	}
	if v.Value.IsNull(0) {
		return fault(offset.Pos(), nullFrameOffset, "frame %s offset must not be null", name)
	}
	zero, err := s.coerce(&unknown{"0", offset.Pos()}, v.Type(), udf.Explicit)
	if err != nil {
		return err
	}
	negative, err := s.operate("<", v, zero, offset.Pos())
	if err != nil {
		return err
	}
	if is, ok := fold.Fold(negative).(*plan.Literal); ok && is.Value.IsValid(0) && is.Value.(*array.Boolean).Value(0) {
		return fault(offset.Pos(), invalidFrameOffset, "invalid preceding or following size in window function")
	}
	return nil
}
