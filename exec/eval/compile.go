package eval

import (
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"
	proto "github.com/substrait-io/substrait-protobuf/go/substraitpb"

	"github.com/mediaflight/mediaflight/exec/keys"
	"github.com/mediaflight/mediaflight/udf"
	"github.com/mediaflight/mediaflight/udf/substrait"
)

// A Compiler compiles the expressions of one plan.
type Compiler struct {
	Functions *udf.Set
	Env       *udf.Env
	Mem       memory.Allocator
	Names     Names
	Params    []arrow.Array // of one row each
	// Outer has the columns of the row outside, in a lateral join's right side; nil elsewhere. They come before the input's.
	Outer *arrow.Schema
	// OuterParams has parameters without a value be the columns of Outer.
	OuterParams bool
	// Subquery compiles an uncorrelated scalar subquery.
	Subquery func(rel *proto.Rel) (*Subquery, error)

	mu        sync.Mutex
	kept      []arrow.Array
	byEntries []*byEntry
}

// Names finds what a plan's anchors stand for.
type Names interface {
	substrait.Names
	FunctionName(anchor uint32) (string, bool) // a compound name: add:i64_i64
}

// Release frees what constants came to. Expressions must not be evaluated any more then.
func (c *Compiler) Release() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, a := range c.kept {
		a.Release()
	}
	c.kept = nil
	for _, b := range c.byEntries {
		b.release()
	}
}

// Keep has Release release an array.
func (c *Compiler) Keep(a arrow.Array) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.kept = append(c.kept, a)
}

// Compile compiles an expression over rows of the schema given.
func (c *Compiler) Compile(e *proto.Expression, input *arrow.Schema) (Expr, error) {
	out, err := c.compile(e, input)
	if err != nil {
		return nil, err
	}
	if isFixed(out) {
		return &lazy{Expr: out, keep: c.Keep}, nil
	}
	c.encode(out)
	return out, nil
}

// encode readies an expression for columns that come encoded.
func (c *Compiler) encode(e Expr) {
	switch e := e.(type) {
	case *Function:
		e.byEntry = c.byEntry(e)
	case *Cast:
		e.byEntry = c.byEntry(e)
	case *Case:
		e.byEntry = c.byEntry(e)
	case *Coalesce:
		e.byEntry = c.byEntry(e)
	case *junction:
		e.byEntry = c.byEntry(e)
	case *InList:
		e.byEntry = c.byEntry(e)
	}
}

// isFixed says whether an expression computes one value from constants. A function without arguments may do that too.
func isFixed(e Expr) bool {
	if f, ok := e.(*Function); ok {
		return !f.fn.Volatile && allConstant(f.args)
	}
	return len(e.Args()) > 0 && allConstant(e.Args())
}

func (c *Compiler) compile(e *proto.Expression, input *arrow.Schema) (Expr, error) {
	switch e := e.GetRexType().(type) {
	case *proto.Expression_Literal_:
		return c.literal(e.Literal)
	case *proto.Expression_Selection:
		return c.selection(e.Selection, input)
	case *proto.Expression_DynamicParameter:
		return c.parameter(e.DynamicParameter)
	case *proto.Expression_ScalarFunction_:
		return c.function(e.ScalarFunction, input)
	case *proto.Expression_Cast_:
		return c.cast(e.Cast, input)
	case *proto.Expression_IfThen_:
		return c.ifThen(e.IfThen, input)
	case *proto.Expression_SingularOrList_:
		return c.inList(e.SingularOrList, input)
	case *proto.Expression_Subquery_:
		if e.Subquery.GetScalar().GetInput() == nil {
			return nil, unsupported("subquery %T", e.Subquery.GetSubqueryType())
		}
		return c.Subquery(e.Subquery.GetScalar().GetInput())
	case nil:
		return nil, malformed("an expression is missing")
	default:
		return nil, unsupported("expression %T", e)
	}
}

func (c *Compiler) compileAll(exprs []*proto.Expression, input *arrow.Schema) ([]Expr, error) {
	out := make([]Expr, len(exprs))
	for i, e := range exprs {
		var err error
		if out[i], err = c.Compile(e, input); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (c *Compiler) literal(l *proto.Expression_Literal) (Expr, error) {
	// A literal lives as long as its plan, which may be shown after it ran. So it is the garbage collector's.
	a, err := substrait.Literal(l, c.Names, memory.DefaultAllocator)
	if err != nil {
		return nil, malformed("%v", err)
	}
	return &Literal{Value: a}, nil
}

func (c *Compiler) parameter(p *proto.DynamicParameter) (Expr, error) {
	i := int(p.ParameterReference)
	outer := c.OuterParams && c.Outer != nil && i < c.Outer.NumFields()
	if i >= len(c.Params) || c.Params[i] == nil && !outer {
		return nil, &Error{State: "08P01", Msg: "no value for a parameter: $" + strconv.Itoa(i+1)}
	}
	want, _, err := substrait.ToArrow(p.Type, c.Names)
	if err != nil {
		return nil, malformed("%v", err)
	}
	if c.Params[i] == nil {
		return &Column{Index: i, Field: c.Outer.Field(i)}, checkParameter(i, c.Outer.Field(i).Type, want)
	}
	if c.Params[i].Len() != 1 {
		return nil, malformed("parameter of %d values", c.Params[i].Len())
	}
	return &Literal{Value: c.Params[i], Param: i + 1}, checkParameter(i, c.Params[i].DataType(), want)
}

func checkParameter(i int, got, want arrow.DataType) error {
	if arrow.TypeEqual(got, want) {
		return nil
	}
	return &Error{State: stateBadPlan, Msg: "parameter $" + strconv.Itoa(i+1) + " has type " + udf.TypeName(got) + ", not " + udf.TypeName(want)}
}

// selection is a column or a field of a struct, which a column or any other expression may be.
func (c *Compiler) selection(s *proto.Expression_FieldReference, input *arrow.Schema) (Expr, error) {
	segment := s.GetDirectReference().GetStructField()
	if segment == nil {
		return nil, unsupported("reference by %T", s.GetReferenceType())
	}
	var out Expr
	switch root := s.GetRootType().(type) {
	case *proto.Expression_FieldReference_RootReference_:
		i := int(segment.Field)
		if i < 0 || i >= input.NumFields() {
			return nil, malformed("column %d of %d", i, input.NumFields())
		}
		out = &Column{Index: c.outerColumns() + i, Field: input.Field(i)}
		if segment.Child == nil {
			return out, nil
		}
		if segment = segment.Child.GetStructField(); segment == nil {
			return nil, unsupported("reference into a list or map")
		}
	case *proto.Expression_FieldReference_OuterReference_:
		i := int(segment.Field)
		if root.OuterReference.GetStepsOut() != 1 || c.Outer == nil {
			return nil, unsupported("reference to a row outside of no lateral join")
		}
		if i < 0 || i >= c.Outer.NumFields() {
			return nil, malformed("outer column %d of %d", i, c.Outer.NumFields())
		}
		out = &Column{Index: i, Field: c.Outer.Field(i)}
		if segment.Child == nil {
			return out, nil
		}
		if segment = segment.Child.GetStructField(); segment == nil {
			return nil, unsupported("reference into a list or map")
		}
	case *proto.Expression_FieldReference_Expression:
		var err error
		if out, err = c.Compile(root.Expression, input); err != nil {
			return nil, err
		}
	default:
		return nil, unsupported("reference to %T", root)
	}
	for {
		t, ok := out.Type().(*arrow.StructType)
		if !ok || segment.Field < 0 || int(segment.Field) >= t.NumFields() {
			return nil, malformed("field %d of %s", segment.Field, out.Type())
		}
		out = &Field{Struct: out, Index: int(segment.Field), mem: c.Mem}
		if segment.Child == nil {
			return out, nil
		}
		if segment = segment.Child.GetStructField(); segment == nil {
			return nil, unsupported("reference into a list or map")
		}
	}
}

func (c *Compiler) outerColumns() int {
	if c.Outer == nil {
		return 0
	}
	return c.Outer.NumFields()
}

// Call compiles the arguments of a function, which need not be a scalar one.
func (c *Compiler) Call(reference uint32, args []*proto.FunctionArgument, input *arrow.Schema) (name string, exprs []Expr, err error) {
	name, ok := c.Names.FunctionName(reference)
	if !ok {
		return "", nil, malformed("function anchor %d is not declared", reference)
	}
	name, _, _ = strings.Cut(name, ":")
	exprs = make([]Expr, len(args))
	for i, a := range args {
		if a.GetValue() == nil {
			return "", nil, unsupported("argument %T of %s", a.GetArgType(), name)
		}
		if exprs[i], err = c.Compile(a.GetValue(), input); err != nil {
			return "", nil, err
		}
	}
	return name, exprs, nil
}

// Types are the types of expressions.
func Types(exprs []Expr) []arrow.DataType {
	types := make([]arrow.DataType, len(exprs))
	for i, e := range exprs {
		types[i] = e.Type()
	}
	return types
}

func (c *Compiler) function(f *proto.Expression_ScalarFunction, input *arrow.Schema) (Expr, error) {
	name, args, err := c.Call(f.FunctionReference, f.Arguments, input)
	if err != nil {
		return nil, err
	}
	nullable := true
	if f.OutputType != nil {
		if _, nullable, err = substrait.ToArrow(f.OutputType, c.Names); err != nil {
			return nil, malformed("%v", err)
		}
	}
	switch {
	case name == "and" && areBoolean(args):
		return c.junction(name, &junction{word: "AND", decides: no, args: flatten("AND", args), nullable: nullable, mem: c.Mem})
	case name == "or" && areBoolean(args):
		return c.junction(name, &junction{word: "OR", decides: yes, args: flatten("OR", args), nullable: nullable, mem: c.Mem})
	case name == "coalesce" && len(args) > 0 && areAlike(args):
		return &Coalesce{args: args, nullable: nullable, mem: c.Mem}, nil
	}
	return c.bind(name, args, nullable)
}

// junction completes a junction by the function that computes it at once, if that cannot fail.
func (c *Compiler) junction(name string, j *junction) (Expr, error) {
	if len(j.args) < 2 || slices.ContainsFunc(j.args, canFail) {
		return j, nil
	}
	whole, err := c.bind(name, j.args, j.nullable)
	if err != nil {
		return nil, err
	}
	j.whole = whole.(*Function)
	return j, nil
}

func (c *Compiler) bind(name string, args []Expr, nullable bool) (Expr, error) {
	fn, err := c.Functions.Scalar(name, Types(args))
	if err != nil {
		return nil, err
	}
	return &Function{fn: fn, args: args, nullable: nullable, mem: c.Mem, env: c.Env}, nil
}

// IsNull is the condition that a column is NULL.
func (c *Compiler) IsNull(column *Column) (Expr, error) {
	return c.bind("is_null", []Expr{column}, false)
}

// flatten takes a AND (b AND c) apart.
func flatten(word string, args []Expr) []Expr {
	var out []Expr
	for _, a := range args {
		if j, ok := a.(*junction); ok && j.word == word {
			out = append(out, j.args...)
		} else {
			out = append(out, a)
		}
	}
	return out
}

func areBoolean(args []Expr) bool {
	for _, a := range args {
		if a.Type().ID() != arrow.BOOL {
			return false
		}
	}
	return len(args) > 0
}

func areAlike(args []Expr) bool {
	for _, a := range args {
		if !arrow.TypeEqual(a.Type(), args[0].Type()) {
			return false
		}
	}
	return true
}

func (c *Compiler) cast(e *proto.Expression_Cast, input *arrow.Schema) (Expr, error) {
	if e.FailureBehavior == proto.Expression_Cast_FAILURE_BEHAVIOR_RETURN_NULL {
		return nil, unsupported("cast that returns NULL for values it cannot convert")
	}
	arg, err := c.Compile(e.Input, input)
	if err != nil {
		return nil, err
	}
	to, nullable, err := substrait.ToArrow(e.Type, c.Names)
	if err != nil {
		return nil, malformed("%v", err)
	}
	return &Cast{arg: arg, to: to, nullable: nullable, mem: c.Mem, env: c.Env}, nil
}

func (c *Compiler) ifThen(e *proto.Expression_IfThen, input *arrow.Schema) (Expr, error) {
	out := &Case{mem: c.Mem}
	var err error
	if e.Else == nil {
		return nil, malformed("CASE without ELSE")
	}
	if out.last, err = c.Compile(e.Else, input); err != nil {
		return nil, err
	}
	for _, clause := range e.Ifs {
		var a arm
		if a.when, err = c.Compile(clause.If, input); err != nil {
			return nil, err
		}
		if a.then, err = c.Compile(clause.Then, input); err != nil {
			return nil, err
		}
		if a.when.Type().ID() != arrow.BOOL {
			return nil, notBoolean(a.when)
		}
		if !arrow.TypeEqual(a.then.Type(), out.last.Type()) {
			return nil, malformed("arms of CASE have types %s and %s", a.then.Type(), out.last.Type())
		}
		out.arms = append(out.arms, a)
	}
	return out, nil
}

func (c *Compiler) inList(e *proto.Expression_SingularOrList, input *arrow.Schema) (Expr, error) {
	value, err := c.Compile(e.Value, input)
	if err != nil {
		return nil, err
	}
	options, err := c.compileAll(e.Options, input)
	if err != nil {
		return nil, err
	}
	if len(options) == 0 {
		return nil, malformed("IN without values")
	}
	if !areAlike(append([]Expr{value}, options...)) {
		return nil, malformed("values of IN differ in type from %s", value)
	}
	if allConstant(options) && keys.Check(value.Type()) == nil {
		return &InList{value: value, options: options, mem: c.Mem}, nil
	}
	equal := &junction{word: "OR", decides: yes, nullable: true, mem: c.Mem}
	for _, o := range options {
		f, err := c.bind("equal", []Expr{value, o}, true)
		if err != nil {
			return nil, err
		}
		equal.args = append(equal.args, f)
	}
	return equal, nil
}
