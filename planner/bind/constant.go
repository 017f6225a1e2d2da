package bind

import (
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/planner/ast"
	"github.com/mediaflight/mediaflight/planner/plan"
)

// An unknown is a quoted constant that has no type yet: what it is compared with, cast to or stored in decides.
type unknown struct {
	text string
	at   ast.Pos
}

func (u *unknown) Type() arrow.DataType               { return arrow.Null }
func (u *unknown) Nullable() bool                     { return false }
func (u *unknown) Pos() ast.Pos                       { return u.at }
func (u *unknown) Args() []plan.Expr                  { return nil }
func (u *unknown) WithArgs([]plan.Expr) plan.Expr     { return u }
func (u *unknown) String() string                     { return "'" + u.text + "'" }
func isUnknown(e plan.Expr) bool                      { return e.Type().ID() == arrow.NULL }
func typesOf(es []plan.Expr) []arrow.DataType         { return mapped(es, plan.Expr.Type) }
func literal(value arrow.Array, at ast.Pos) plan.Expr { return &plan.Literal{Value: value, At: at} }
func null(t arrow.DataType, at ast.Pos) *plan.Literal {
	return &plan.Literal{Value: array.MakeArrayOfNull(memory.DefaultAllocator, t, 1), At: at}
}

func mapped[T, U any](in []T, f func(T) U) []U {
	out := make([]U, len(in))
	for i, v := range in {
		out[i] = f(v)
	}
	return out
}

// one is an array of one row.
func one[T any, B interface {
	Append(T)
	NewArray() arrow.Array
}](builder func(memory.Allocator) B, v T) arrow.Array {
	b := builder(memory.DefaultAllocator)
	b.Append(v)
	return b.NewArray()
}

func boolean(v bool, at ast.Pos) plan.Expr { return literal(one(array.NewBooleanBuilder, v), at) }
func bigint(v int64, at ast.Pos) plan.Expr { return literal(one(array.NewInt64Builder, v), at) }
func double(v float64, at ast.Pos) plan.Expr {
	return literal(one(array.NewFloat64Builder, v), at)
}
func text(v string, at ast.Pos) plan.Expr { return literal(one(array.NewStringBuilder, v), at) }

// constant binds a constant as it is written.
func (s *binding) constant(c *pg.A_Const) (plan.Expr, error) {
	at := s.pos(c.Location)
	if c.Isnull {
		return null(arrow.Null, at), nil
	}
	switch v := c.Val.(type) {
	case *pg.A_Const_Ival:
		return literal(one(array.NewInt32Builder, v.Ival.GetIval()), at), nil
	case *pg.A_Const_Boolval:
		return boolean(v.Boolval.GetBoolval(), at), nil
	case *pg.A_Const_Sval:
		return &unknown{v.Sval.GetSval(), at}, nil
	case *pg.A_Const_Fval:
		return number(v.Fval.GetFval(), at)
	case *pg.A_Const_Bsval:
		return nil, missing(at, "a bit string constant", `write bytes as '\x0aff'::bytea`)
	}
	return nil, fault(at, "42601", "unknown kind of constant")
}

// number is a constant that is no 32-bit integer: bigint if it fits, else numeric of just the digits written, else, where
// 38 digits do not do, double precision.
func number(s string, at ast.Pos) (plan.Expr, error) {
	digits := strings.ReplaceAll(s, "_", "")
	if v, err := strconv.ParseInt(digits, 0, 64); err == nil {
		if v == math.MinInt32 { // with its sign an integer
			return literal(one(array.NewInt32Builder, int32(v)), at), nil
		}
		return bigint(v, at), nil
	}
	if v, precision, scale, ok := decimal(digits); ok {
		b := array.NewDecimal128Builder(memory.DefaultAllocator, &arrow.Decimal128Type{Precision: precision, Scale: scale})
		b.Append(decimal128.FromBigInt(v))
		return literal(b.NewArray(), at), nil
	}
	v, err := strconv.ParseFloat(digits, 64)
	if err != nil {
		return nil, fault(at, "22003", "number out of range: %s", s)
	}
	return literal(one(array.NewFloat64Builder, v), at), nil
}

// decimal takes a decimal number apart into its digits and its scale.
func decimal(s string) (v *big.Int, precision, scale int32, ok bool) {
	mantissa, exponent, hasExponent := strings.Cut(strings.ToLower(s), "e")
	exp := 0
	if hasExponent {
		var err error
		if exp, err = strconv.Atoi(exponent); err != nil || exp > 38 || exp < -38 {
			return nil, 0, 0, false
		}
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := whole + fraction
	places := len(fraction) - exp
	if places < 0 {
		digits += strings.Repeat("0", -places)
		places = 0
	}
	v, ok = new(big.Int).SetString(digits, 10)
	if !ok {
		return nil, 0, 0, false
	}
	n := max(len(strings.TrimLeft(digits, "0")), places, 1)
	if n > 38 {
		return nil, 0, 0, false
	}
	return v, int32(n), int32(places), true
}
