package eval

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/mediaflight/mediaflight/udf"
)

// A constant has one value for the whole statement.
type constant interface {
	Expr
	constant()
}

// IsConstant says whether an expression has one value for the whole statement.
func IsConstant(e Expr) bool {
	_, ok := e.(constant)
	return ok
}

func allConstant(exprs []Expr) bool {
	for _, e := range exprs {
		if !IsConstant(e) {
			return false
		}
	}
	return true
}

// Value computes a constant. The caller releases the array, which has one row.
func Value(ctx context.Context, e Expr) (arrow.Array, error) {
	v, err := e.Eval(ctx, Input{Rows: 1})
	return v.Array, err
}

// Literal is a literal of the plan, or the value of a parameter.
type Literal struct {
	Value arrow.Array // one row
	Param int         // from 1; 0 for a literal
}

func (l *Literal) Type() arrow.DataType { return l.Value.DataType() }
func (l *Literal) Nullable() bool {
	return l.Param > 0 || l.Value.NullN() > 0 || l.Type().ID() == arrow.NULL
}
func (l *Literal) Args() []Expr { return nil }
func (l *Literal) constant()    {}

func (l *Literal) Eval(context.Context, Input) (udf.Arg, error) {
	l.Value.Retain()
	return udf.Arg{Array: l.Value, Const: true}, nil
}

// maxLiteral is how many bytes of a literal EXPLAIN shows: enough to tell query vectors apart.
const maxLiteral = 40

func (l *Literal) String() string {
	if l.Param > 0 {
		return fmt.Sprintf("$%d", l.Param)
	}
	if l.Value.IsNull(0) || l.Type().ID() == arrow.NULL {
		return "NULL"
	}
	text := udf.FormatValue(l.Value, 0, &udf.Env{})
	switch l.Type().ID() {
	case arrow.BOOL, arrow.INT8, arrow.INT16, arrow.INT32, arrow.INT64, arrow.FLOAT32, arrow.FLOAT64, arrow.DECIMAL128:
		return text
	}
	if len(text) > maxLiteral {
		text = text[:maxLiteral] + "..."
	}
	return "'" + strings.ReplaceAll(text, "'", "''") + "'"
}

// lazy is an expression of constants: computed when it is first needed, which may be never, and then kept.
type lazy struct {
	Expr
	keep func(arrow.Array)

	once  sync.Once
	value udf.Arg
	err   error
}

func (l *lazy) constant() {}

func (l *lazy) Eval(ctx context.Context, _ Input) (udf.Arg, error) {
	l.once.Do(func() {
		l.value, l.err = l.Expr.Eval(ctx, Input{Rows: 1})
		if l.err == nil {
			l.value.Const = true
			l.keep(l.value.Array)
		}
	})
	if l.err != nil {
		return udf.Arg{}, l.err
	}
	l.value.Retain()
	return l.value, nil
}

// Subquery is a query without columns from outside, of which the value of the first row is taken.
type Subquery struct {
	Name  string // as EXPLAIN calls it
	Field arrow.Field
	Run   func(ctx context.Context) (arrow.Array, error) // an array of one row, which the caller releases
}

func (s *Subquery) Type() arrow.DataType { return s.Field.Type }
func (s *Subquery) Nullable() bool       { return true }
func (s *Subquery) Args() []Expr         { return nil }
func (s *Subquery) String() string       { return s.Name }
func (s *Subquery) constant()            {}

func (s *Subquery) Eval(ctx context.Context, _ Input) (udf.Arg, error) {
	a, err := s.Run(ctx)
	return udf.Arg{Array: a, Const: true}, err
}
