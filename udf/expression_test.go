package udf

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// valueOf answers with an expression's value as text, NULL as "NULL".
func valueOf(mem memory.Allocator, source string) (result string, err error) {
	defer func() {
		if p := recover(); p != nil {
			fault, ok := p.(error)
			if !ok {
				panic(p)
			}
			err = fault
		}
	}()
	p := &exprParser{mem: mem, set: Builtin(), env: testEnv, rest: source}
	defer p.release()
	v := p.expression()
	if p.skip(); p.rest != "" {
		panic(fmt.Errorf("unexpected text: %s", p.rest))
	}
	if v.Array.DataType().ID() == arrow.NULL || v.IsNull(0) {
		return "NULL", nil
	}
	return FormatValue(v.Array, 0, p.env), nil
}

var testEnv = &Env{
	Now: time.Date(2024, 2, 29, 12, 30, 15, 123456000, time.UTC), Location: time.UTC,
	User: "ada", Database: "mediaflight", Schema: "main", Seed: 1,
}

// An exprParser evaluates the forms of expressions that examples and cases use, while it reads them: literals, operators,
// calls by name, ARRAY[...], subscripts, ::type, and SELECT f(x) FROM (VALUES ...) AS t(x). Every value is a constant of one row.
type exprParser struct {
	mem  memory.Allocator
	set  *Set
	env  *Env
	rest string
	made []arrow.Array
}

func (p *exprParser) release() {
	for _, a := range p.made {
		a.Release()
	}
}

func (p *exprParser) keep(a arrow.Array) Arg {
	p.made = append(p.made, a)
	return Arg{Array: a, Const: true}
}

func (p *exprParser) skip() { p.rest = strings.TrimLeft(p.rest, " \n") }

// accept takes the token if it is next.
func (p *exprParser) accept(token string) bool {
	p.skip()
	rest, ok := strings.CutPrefix(p.rest, token)
	if ok {
		p.rest = rest
	}
	return ok
}

func (p *exprParser) expect(token string) {
	if !p.accept(token) {
		panic(fmt.Errorf("%q expected before %q", token, p.rest))
	}
}

// levels are the binary operators, those that bind least first.
var levels = [][]struct{ token, function string }{
	{{"OR ", "or"}},
	{{"AND ", "and"}},
	{{"IS NOT DISTINCT FROM ", "is_not_distinct_from"}, {"IS DISTINCT FROM ", "is_distinct_from"}},
	{{"<>", "not_equal"}, {"<=", "lte"}, {">=", "gte"}, {"<<", ""}, {">>", ""}, {"<", "lt"}, {">", "gt"}, {"=", "equal"}},
	{{"LIKE ", "like"}, {"ILIKE ", "ilike"}},
	{{"||", "concat_operator"}, {"<<", "shift_left"}, {">>", "shift_right"}, {"&", "bitwise_and"}, {"|", "bitwise_or"}, {"#", "bitwise_xor"}, {"~", "regexp_match_operator"}},
	{{"+", "add"}, {"-", "subtract"}},
	{{"*", "multiply"}, {"/", "divide"}, {"%", "modulus"}},
	{{"^", "power"}},
	{{"AT TIME ZONE ", "timezone"}},
}

// tests are what may follow a value.
var postfix = []struct{ token, function string }{
	{"IS NULL", "is_null"}, {"IS NOT NULL", "is_not_null"}, {"IS TRUE", "is_true"}, {"IS NOT TRUE", "is_not_true"}, {"IS FALSE", "is_false"}, {"IS NOT FALSE", "is_not_false"},
}

func (p *exprParser) expression() Arg { return p.level(0) }

func (p *exprParser) level(n int) Arg {
	if n == len(levels) {
		return p.unary()
	}
	if n == 2 && p.accept("NOT ") {
		return p.call("not", p.level(n))
	}
	left := p.level(n + 1)
next:
	for {
		if n == 2 {
			for _, test := range postfix {
				if p.accept(test.token) {
					left = p.call(test.function, left)
					continue next
				}
			}
		}
		for _, op := range levels[n] {
			if p.skip(); !strings.HasPrefix(p.rest, op.token) || op.function == "" || n == 5 && strings.HasPrefix(p.rest, "||") && op.token == "|" {
				if strings.HasPrefix(p.rest, op.token) && op.function == "" {
					return left
				}
				continue
			}
			p.rest = p.rest[len(op.token):]
			right := p.level(n + 1)
			if op.function == "timezone" {
				left, right = right, left
			}
			left = p.call(op.function, left, right)
			continue next
		}
		return left
	}
}

func (p *exprParser) unary() Arg {
	p.skip()
	if strings.HasPrefix(p.rest, "-") && !(len(p.rest) > 1 && p.rest[1] >= '0' && p.rest[1] <= '9') {
		p.rest = p.rest[1:]
		return p.call("negate", p.unary())
	}
	if p.accept("~") {
		return p.call("bitwise_not", p.unary())
	}
	v := p.primary()
	for {
		switch {
		case p.accept("::"):
			v = p.cast(v, p.typeName())
		case strings.HasPrefix(p.rest, "["):
			p.rest = p.rest[1:]
			index := p.expression()
			p.expect("]")
			v = p.call("subscript", v, index)
		default:
			return v
		}
	}
}

func (p *exprParser) primary() Arg {
	p.skip()
	switch {
	case p.accept("(SELECT "):
		return p.aggregate()
	case p.accept("("):
		v := p.expression()
		p.expect(")")
		return v
	case p.accept("ARRAY["), p.accept("["):
		return p.call("list_value", p.list("]")...)
	case strings.HasPrefix(p.rest, "'"):
		return p.literal(p.quoted())
	case p.rest != "" && strings.ContainsAny(p.rest[:1], "-0123456789"):
		return p.number()
	}
	name := p.name()
	switch strings.ToUpper(name) {
	case "NULL":
		return p.keep(array.NewNull(1))
	case "TRUE", "FALSE":
		return p.cast(p.text(strings.ToLower(name)), boolType)
	}
	if p.skip(); strings.HasPrefix(p.rest, "'") {
		dt, err := TypeNamed(name, nil)
		if err != nil {
			panic(err)
		}
		return p.cast(p.text(p.quoted()), dt)
	}
	p.expect("(")
	return p.call(name, p.list(")")...)
}

func (p *exprParser) name() string {
	n := 0
	for n < len(p.rest) && (p.rest[n] == '_' || p.rest[n] >= 'a' && p.rest[n] <= 'z' || p.rest[n] >= 'A' && p.rest[n] <= 'Z' || p.rest[n] >= '0' && p.rest[n] <= '9') {
		n++
	}
	if n == 0 {
		panic(fmt.Errorf("a name expected before %q", p.rest))
	}
	name := p.rest[:n]
	p.rest = p.rest[n:]
	return name
}

func (p *exprParser) list(end string) []Arg {
	var args []Arg
	for !p.accept(end) {
		if len(args) > 0 {
			p.expect(",")
		}
		args = append(args, p.expression())
	}
	return args
}

func (p *exprParser) quoted() string {
	var b strings.Builder
	for i := 1; i < len(p.rest); i++ {
		if p.rest[i] == '\'' {
			if !strings.HasPrefix(p.rest[i:], "''") {
				p.rest = p.rest[i+1:]
				return b.String()
			}
			i++
		}
		b.WriteByte(p.rest[i])
	}
	panic(fmt.Errorf("quote not closed: %s", p.rest))
}

// An untyped is the array of a literal in quotes whose type its use decides.
type untyped struct {
	*array.Null
	text string
}

func (p *exprParser) literal(s string) Arg {
	return p.keep(untyped{array.NewNull(1), s})
}

func (p *exprParser) text(s string) Arg {
	b := array.NewStringBuilder(p.mem)
	defer b.Release()
	b.Append(s)
	return p.keep(b.NewArray())
}

// number reads 1, -1.50 or 1e3 as PostgreSQL does: integer, bigint or numeric.
func (p *exprParser) number() Arg {
	n := 1
	for n < len(p.rest) && (strings.ContainsAny(p.rest[n:n+1], "0123456789.e") || p.rest[n-1] == 'e' && p.rest[n] == '-') {
		n++
	}
	s := p.rest[:n]
	p.rest = p.rest[n:]
	if v, err := strconv.ParseInt(s, 10, 64); err == nil {
		if v == int64(int32(v)) {
			return p.cast(p.text(s), int4Type)
		}
		return p.cast(p.text(s), int8Type)
	}
	unscaled, scale, ok := scanDecimal(s)
	if !ok {
		panic(fmt.Errorf("no number: %s", s))
	}
	digits := len(strings.TrimPrefix(unscaled.String(), "-"))
	precision := max(digits, digits-int(scale), int(scale)+1)
	if precision > maxPrecision {
		return p.cast(p.text(s), float8Type)
	}
	return p.cast(p.text(s), numericType(int32(precision), int32(max(scale, 0))))
}

func (p *exprParser) typeName() arrow.DataType {
	name := p.name()
	for _, more := range []string{" precision", " with time zone", " without time zone", " varying"} {
		if p.accept(strings.TrimPrefix(more, " ")) {
			name += more
		}
	}
	var mods []int
	if p.accept("(") {
		for !p.accept(")") {
			p.accept(",")
			p.skip()
			n := leadingDigits(p.rest)
			v, _ := strconv.Atoi(p.rest[:n])
			mods, p.rest = append(mods, v), p.rest[n:]
		}
	}
	for p.accept("[]") {
		name += "[]"
	}
	dt, err := TypeNamed(name, mods)
	if err != nil {
		panic(err)
	}
	return dt
}

func (p *exprParser) cast(v Arg, to arrow.DataType) Arg {
	if text, ok := v.Array.(untyped); ok {
		v = p.text(text.text)
	}
	a, err := Cast(&Call{Mem: p.mem, Env: p.env}, v.Array, to)
	if err != nil {
		panic(err)
	}
	return p.keep(a)
}

func typesOf(args []Arg) []arrow.DataType {
	types := make([]arrow.DataType, len(args))
	for i, a := range args {
		types[i] = a.DataType()
	}
	return types
}

func (p *exprParser) castAll(args []Arg, to []arrow.DataType) []Arg {
	cast := make([]Arg, len(args))
	for i, a := range args {
		cast[i] = p.cast(a, to[i])
	}
	return cast
}

func (p *exprParser) call(name string, args ...Arg) Arg {
	resolved, err := p.set.Resolve(name, typesOf(args))
	if err != nil {
		panic(err)
	}
	f, err := p.set.Scalar(resolved.Name, resolved.Args)
	if err != nil {
		panic(err)
	}
	if !sameType(f.Out, resolved.Out) {
		panic(fmt.Errorf("%s is resolved to %s, but evaluates to %s", name, resolved.Out, f.Out))
	}
	in := p.castAll(args, resolved.Args)
	a, err := f.Eval(&Call{Mem: p.mem, Rows: 1, Out: f.Out, Env: p.env, Context: context.Background()}, in)
	if err != nil {
		panic(err)
	}
	if a.Len() != 1 || !sameType(a.DataType(), f.Out) {
		panic(fmt.Errorf("%s answers with %d rows of %s, not one of %s", name, a.Len(), a.DataType(), f.Out))
	}
	return p.keep(a)
}

// aggregate reads f(y, x, constant ...) FROM (VALUES (...), ...) AS t(y, x)).
func (p *exprParser) aggregate() Arg {
	name := p.name()
	p.expect("(")
	var names []string // of the arguments that are columns
	var args []Arg
	for len(args) == 0 || p.accept(",") {
		if next := slices.IndexFunc([]string{"x", "y"}, p.accept); next >= 0 {
			names, args = append(names, "xy"[next:next+1]), append(args, Arg{})
		} else {
			args = append(args, p.expression())
		}
	}
	p.expect(") FROM (VALUES ")
	columns := make([][]Arg, len(names))
	for {
		p.expect("(")
		for i := range columns {
			if i > 0 {
				p.expect(",")
			}
			columns[i] = append(columns[i], p.expression())
		}
		p.expect(")")
		if !p.accept(",") {
			break
		}
	}
	p.expect(") AS t(" + strings.Join(names, ", ") + "))")
	for i, values := range columns {
		args[i] = p.column(values)
	}
	resolved, err := p.set.ResolveAggregate(name, typesOf(args))
	if err != nil {
		panic(err)
	}
	args = p.castAll(args, resolved.Args)
	for i := range columns {
		args[i].Const = false
	}
	f, err := p.set.Aggregate(resolved.Name, resolved.Args)
	if err != nil {
		panic(err)
	}
	state := f.Impl.New(p.mem, f.In, f.Out)
	defer state.Release()
	state.Grow(1)
	if err := state.Add(make([]uint32, len(columns[0])), args); err != nil {
		panic(err)
	}
	a, err := state.Result()
	if err != nil {
		panic(err)
	}
	return p.keep(a)
}

// column puts constants of one row into one array of their common type.
func (p *exprParser) column(values []Arg) Arg {
	dt, err := CommonType(typesOf(values))
	if err != nil {
		panic(err)
	}
	rows := make([]arrow.Array, len(values))
	for i, v := range values {
		rows[i] = p.cast(v, dt).Array
	}
	a, err := array.Concatenate(rows, p.mem)
	if err != nil {
		panic(err)
	}
	return p.keep(a)
}
