package plan

import (
	"math"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/mediaflight/mediaflight/planner/ast"
)

// An Expr is a typed expression over the columns of a node's input. Expressions are never edited in place.
type Expr interface {
	Type() arrow.DataType
	// Nullable is false only where the value cannot be NULL.
	Nullable() bool
	// Pos is where the expression stands in the statement, -1 for those that stand nowhere.
	Pos() ast.Pos
	// Args are the expressions that it is made of.
	Args() []Expr
	// WithArgs is the same expression made of others, which are as many.
	WithArgs(args []Expr) Expr
	String() string
}

// A Column is a column of a node's output. Its ID is unique within a statement, so that rewriting a plan does not renumber
// references.
type Column struct {
	ID       int
	Name     string
	Table    string // the alias of the relation that it comes from, for messages
	Type     arrow.DataType
	Nullable bool
	Comment  string
}

type (
	// A Ref is the value of a column.
	Ref struct {
		Column
		At ast.Pos
	}
	// A Literal is a constant: an array of one row, owned by Go's garbage collector.
	Literal struct {
		Value arrow.Array
		At    ast.Pos
	}
	// A Param is $n; its number counts from 1.
	Param struct {
		Number int
		Out    arrow.DataType
		At     ast.Pos
	}
	// A Call applies a function of the function table to arguments of exactly its types.
	Call struct {
		Name     string
		In       []Expr
		Out      arrow.DataType
		Null     bool
		Volatile bool
		At       ast.Pos
	}
	// A Cast is what CAST, :: and implicit conversions come to.
	Cast struct {
		Arg Expr
		To  arrow.DataType
		At  ast.Pos
	}
	// A Case is CASE WHEN. Simple CASE is rewritten to comparisons.
	Case struct {
		Whens []When
		Else  Expr // never nil
		At    ast.Pos
	}
	// An InList is x IN (a, b, ...), whose members have the type of x.
	InList struct {
		Arg  Expr
		List []Expr
		At   ast.Pos
	}
	// A Field is a struct's field.
	Field struct {
		Arg   Expr
		Index int
		At    ast.Pos
	}
	// A Subquery is a query used as a value. It may refer to columns of the query around it until package decorrelate has made
	// joins of all but those of kind Scalar that do not.
	Subquery struct {
		Kind SubqueryKind
		Plan Node
		Test Expr // of AnyRow: over the columns around the subquery and its own
		At   ast.Pos
	}
)

// SubqueryKind says what a subquery comes to.
type SubqueryKind int

const (
	Scalar SubqueryKind = iota // its one row's one column, NULL without rows
	Exists                     // whether it has rows
	AnyRow                     // whether its test is true for a row; NULL if for none, but the test is NULL for some
)

// A When is an arm of CASE.
type When struct{ Cond, Then Expr }

func (e *Ref) Type() arrow.DataType     { return e.Column.Type }
func (e *Literal) Type() arrow.DataType { return e.Value.DataType() }
func (e *Param) Type() arrow.DataType   { return e.Out }
func (e *Call) Type() arrow.DataType    { return e.Out }
func (e *Cast) Type() arrow.DataType    { return e.To }
func (e *Case) Type() arrow.DataType    { return e.Else.Type() }
func (e *InList) Type() arrow.DataType  { return arrow.FixedWidthTypes.Boolean }
func (e *Field) Type() arrow.DataType   { return e.field().Type }
func (e *Subquery) Type() arrow.DataType {
	if e.Kind != Scalar {
		return arrow.FixedWidthTypes.Boolean
	}
	return e.Plan.Columns()[0].Type
}

// Name is the field's name in its struct.
func (e *Field) Name() string { return e.field().Name }

func (e *Field) field() arrow.Field { return e.Arg.Type().(*arrow.StructType).Field(e.Index) }

func (e *Ref) Nullable() bool      { return e.Column.Nullable }
func (e *Literal) Nullable() bool  { return e.Value.IsNull(0) }
func (e *Param) Nullable() bool    { return true }
func (e *Call) Nullable() bool     { return e.Null }
func (e *Cast) Nullable() bool     { return e.Arg.Nullable() }
func (e *Field) Nullable() bool    { return e.Arg.Nullable() || e.field().Nullable }
func (e *Subquery) Nullable() bool { return e.Kind != Exists }
func (e *InList) Nullable() bool   { return anyNullable(e.Args()) }
func (e *Case) Nullable() bool {
	for _, w := range e.Whens {
		if w.Then.Nullable() {
			return true
		}
	}
	return e.Else.Nullable()
}

func anyNullable(es []Expr) bool { return slices.ContainsFunc(es, Expr.Nullable) }

func (e *Ref) Pos() ast.Pos      { return e.At }
func (e *Literal) Pos() ast.Pos  { return e.At }
func (e *Param) Pos() ast.Pos    { return e.At }
func (e *Call) Pos() ast.Pos     { return e.At }
func (e *Cast) Pos() ast.Pos     { return e.At }
func (e *Case) Pos() ast.Pos     { return e.At }
func (e *InList) Pos() ast.Pos   { return e.At }
func (e *Field) Pos() ast.Pos    { return e.At }
func (e *Subquery) Pos() ast.Pos { return e.At }

func (e *Ref) Args() []Expr      { return nil }
func (e *Literal) Args() []Expr  { return nil }
func (e *Param) Args() []Expr    { return nil }
func (e *Call) Args() []Expr     { return e.In }
func (e *Cast) Args() []Expr     { return []Expr{e.Arg} }
func (e *Field) Args() []Expr    { return []Expr{e.Arg} }
func (e *Subquery) Args() []Expr { return optional(e.Test) }
func (e *InList) Args() []Expr   { return append([]Expr{e.Arg}, e.List...) }
func (e *Case) Args() []Expr {
	args := make([]Expr, 0, 2*len(e.Whens)+1)
	for _, w := range e.Whens {
		args = append(args, w.Cond, w.Then)
	}
	return append(args, e.Else)
}

func (e *Ref) WithArgs([]Expr) Expr     { return e }
func (e *Literal) WithArgs([]Expr) Expr { return e }
func (e *Param) WithArgs([]Expr) Expr   { return e }
func (e *Call) WithArgs(args []Expr) Expr {
	c := *e
	c.In = args
	return &c
}
func (e *Cast) WithArgs(args []Expr) Expr   { return &Cast{Arg: args[0], To: e.To, At: e.At} }
func (e *Field) WithArgs(args []Expr) Expr  { return &Field{Arg: args[0], Index: e.Index, At: e.At} }
func (e *InList) WithArgs(args []Expr) Expr { return &InList{Arg: args[0], List: args[1:], At: e.At} }
func (e *Case) WithArgs(args []Expr) Expr {
	c := &Case{Else: args[len(args)-1], At: e.At}
	for i := range e.Whens {
		c.Whens = append(c.Whens, When{args[2*i], args[2*i+1]})
	}
	return c
}

func (e *Subquery) WithArgs(args []Expr) Expr {
	return &Subquery{Kind: e.Kind, Plan: e.Plan, Test: args[0], At: e.At}
}

// Rewrite replaces expressions from the outside in: where f answers true, its answer stands for the whole expression.
func Rewrite(e Expr, f func(Expr) (Expr, bool)) Expr {
	if out, ok := f(e); ok {
		return out
	}
	return rewriteArgs(e, func(arg Expr) Expr { return Rewrite(arg, f) })
}

// RewriteUp replaces expressions from the inside out.
func RewriteUp(e Expr, f func(Expr) Expr) Expr {
	return f(rewriteArgs(e, func(arg Expr) Expr { return RewriteUp(arg, f) }))
}

func rewriteArgs(e Expr, f func(Expr) Expr) Expr {
	args := e.Args()
	var out []Expr
	for i, arg := range args {
		next := f(arg)
		if next != arg && out == nil {
			out = slices.Clone(args)
		}
		if out != nil {
			out[i] = next
		}
	}
	if out == nil {
		return e
	}
	return e.WithArgs(out)
}

// Walk visits an expression and what it is made of, and goes no deeper where visit answers false.
func Walk(e Expr, visit func(Expr) bool) {
	if !visit(e) {
		return
	}
	for _, arg := range e.Args() {
		Walk(arg, visit)
	}
}

// Any tells whether some part of e fulfills the condition.
func Any(e Expr, condition func(Expr) bool) bool {
	found := false
	Walk(e, func(e Expr) bool {
		found = found || condition(e)
		return !found
	})
	return found
}

// Equal compares two expressions, wherever they stand in the statement.
func Equal(a, b Expr) bool {
	switch a := a.(type) {
	case *Ref:
		b, ok := b.(*Ref)
		return ok && a.ID == b.ID
	case *Literal:
		b, ok := b.(*Literal)
		return ok && (a.Value == b.Value || arrow.TypeEqual(a.Type(), b.Type()) && sameConstant(a.Value, b.Value))
	case *Param:
		b, ok := b.(*Param)
		return ok && a.Number == b.Number && arrow.TypeEqual(a.Out, b.Out)
	case *Call:
		b, ok := b.(*Call)
		return ok && a.Name == b.Name && !a.Volatile && allEqual(a.In, b.In)
	case *Cast:
		b, ok := b.(*Cast)
		return ok && arrow.TypeEqual(a.To, b.To) && Equal(a.Arg, b.Arg)
	case *Case:
		b, ok := b.(*Case)
		return ok && allEqual(a.Args(), b.Args())
	case *InList:
		b, ok := b.(*InList)
		return ok && allEqual(a.Args(), b.Args())
	case *Field:
		b, ok := b.(*Field)
		return ok && a.Index == b.Index && Equal(a.Arg, b.Arg)
	case *Subquery:
		b, ok := b.(*Subquery)
		return ok && matching{}.subqueries(a, b)
	}
	return a == b
}

// sameConstant compares floats by their bits: NaN is itself, and -0 is shown otherwise than 0.
func sameConstant(a, b arrow.Array) bool {
	if a.IsNull(0) || b.IsNull(0) {
		return a.IsNull(0) && b.IsNull(0)
	}
	switch a := a.(type) {
	case *array.Float32:
		return math.Float32bits(a.Value(0)) == math.Float32bits(b.(*array.Float32).Value(0))
	case *array.Float64:
		return math.Float64bits(a.Value(0)) == math.Float64bits(b.(*array.Float64).Value(0))
	}
	return array.Equal(a, b)
}

func allEqual(a, b []Expr) bool { return slices.EqualFunc(a, b, Equal) }

// Conjuncts are the conditions that AND connects.
func Conjuncts(e Expr) []Expr {
	if call, ok := e.(*Call); ok && call.Name == "and" {
		var all []Expr
		for _, arg := range call.In {
			all = append(all, Conjuncts(arg)...)
		}
		return all
	}
	return []Expr{e}
}

// And connects conditions; it is nil if there are none.
func And(conds []Expr) Expr {
	switch len(conds) {
	case 0:
		return nil
	case 1:
		return conds[0]
	}
	return &Call{Name: "and", In: conds, Out: arrow.FixedWidthTypes.Boolean, Null: anyNullable(conds), At: conds[0].Pos()}
}
