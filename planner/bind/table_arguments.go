package bind

import (
	"slices"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/planner/ast"
	"github.com/mediaflight/mediaflight/planner/constant"
	"github.com/mediaflight/mediaflight/planner/parse"
	"github.com/mediaflight/mediaflight/planner/plan"
	"github.com/mediaflight/mediaflight/udf"
)

// tableArguments are the arguments of a table function, by name: f(a, b, c => 1).
type tableArguments struct {
	*binding
	function string
	call     *pg.FuncCall
	given    map[string]*pg.Node
}

// tableArguments takes a call's arguments apart. The first few names must be given.
func (s *binding) tableArguments(call *pg.FuncCall, function string, required int, names ...string) (*tableArguments, error) {
	a := &tableArguments{s, function, call, map[string]*pg.Node{}}
	usage := function + "(" + strings.Join(names[:required], ", ")
	if required < len(names) {
		usage += " [, " + strings.Join(names[required:], ", ") + "]"
	}
	usage += ")"
	named := false
	for i, n := range call.Args {
		name, value := "", n
		if arg := n.GetNamedArgExpr(); arg != nil {
			named = true
			if name, value = arg.Name, arg.Arg; !slices.Contains(names, name) {
				return nil, hint(fault(s.pos(arg.Location), "42883", "function %s has no argument named %q", function, name), "%s", usage)
			}
		} else {
			if named {
				return nil, fault(s.where(n), "42601", "positional argument cannot follow named argument")
			}
			if i >= len(names) {
				return nil, hint(fault(s.where(n), "42883", "too many arguments for function %s", function), "%s", usage)
			}
			name = names[i]
		}
		if a.given[name] != nil {
			return nil, fault(s.where(n), "42601", "argument name %q used more than once", name)
		}
		a.given[name] = value
	}
	for _, name := range names[:required] {
		if a.given[name] == nil {
			return nil, hint(fault(s.pos(call.Location), "42883", "function %s needs its argument %q", function, name), "%s", usage)
		}
	}
	return a, nil
}

// where is the place of an argument, or of the call if it is not given.
func (a *tableArguments) where(name string) ast.Pos {
	if n := a.given[name]; n != nil {
		return a.binding.where(n)
	}
	return a.pos(a.call.Location)
}

// text is an argument that is a text constant; ok is false if it is not given.
func (a *tableArguments) text(name string) (text string, location int32, ok bool, err error) {
	n := a.given[name]
	if n == nil || n.GetAConst().GetIsnull() {
		return "", 0, false, nil
	}
	c := n.GetAConst()
	if c.GetSval() == nil {
		return "", 0, false, hint(fault(a.where(name), "22023", "argument %q of %s must be a text constant", name, a.function), "%s => '...'", name)
	}
	return c.GetSval().GetSval(), c.Location, true, nil
}

// table is the table that an argument names.
func (a *tableArguments) table() (*table, error) {
	t, _, _, err := a.relation()
	if err == nil && t.Kind() == "VIEW" {
		return nil, hint(fault(a.where("table"), "42809", "%s reads the rows of a table, and %q is a view", a.function, t.name), "name the table that it reads")
	}
	return t, err
}

// relation is the table or view that an argument names, and the name as it was parsed by itself.
func (a *tableArguments) relation() (t *table, ref *pg.RangeVar, stmt *parse.Statement, err error) {
	text, location, ok, err := a.text("table")
	if err != nil {
		return nil, nil, nil, err
	}
	if !ok {
		return nil, nil, nil, fault(a.where("table"), "22004", "argument \"table\" of %s must not be NULL", a.function)
	}
	if stmt, ref, err = a.stmt.Table(text, location); err != nil {
		return nil, nil, nil, err
	}
	err = a.within(stmt, func() (err error) {
		t, err = a.binding.table(ref)
		return err
	})
	if err == nil && t.Kind() != "VIEW" {
		if a.scans++; a.scans > maxScans {
			err = fault(a.where("table"), "54001", "statement too complex: it reads more than %d tables", maxScans)
		}
	}
	return t, ref, stmt, err
}

// within binds a part of a statement that was parsed by itself.
func (s *binding) within(stmt *parse.Statement, bind func() error) error {
	outer := s.stmt
	s.stmt = stmt
	defer func() { s.stmt = outer }()
	return bind()
}

// column is the one of a table's fields that an argument names.
func (a *tableArguments) column(name string, fields []arrow.Field) (int, error) {
	text, location, ok, err := a.text(name)
	if err != nil {
		return 0, err
	}
	if !ok {
		return 0, fault(a.where(name), "22004", "argument %q of %s must not be NULL", name, a.function)
	}
	id := ident{name: text}
	if len(text) > 1 && strings.HasPrefix(text, `"`) && strings.HasSuffix(text, `"`) {
		id = ident{strings.ReplaceAll(text[1:len(text)-1], `""`, `"`), true}
	}
	return fieldNamed(fields, id, a.pos(location))
}

// vectors is the column of vectors that the argument "column" names.
func (a *tableArguments) vectors(t *table) (int, error) {
	i, err := a.column("column", t.snapshot.Schema().Fields())
	if err != nil {
		return 0, err
	}
	if f := t.snapshot.Schema().Field(i); !isVector(f.Type) {
		return 0, fault(a.where("column"), "42804", "column %q is of type %s, not a vector", f.Name, udf.TypeName(f.Type))
	}
	return i, nil
}

// filter is the condition in the argument "filter", about the rows of a scan; nil for none.
func (a *tableArguments) filter(x *exprs) (plan.Expr, error) {
	text, location, ok, err := a.text("filter")
	if err != nil || !ok {
		return nil, err
	}
	stmt, node, err := a.stmt.Condition(text, location)
	if err != nil {
		return nil, err
	}
	var cond plan.Expr
	err = a.within(stmt, func() (err error) {
		cond, err = a.condition(x, node)
		return err
	})
	return cond, err
}

// number is a constant argument, or a default if it is not given.
func (a *tableArguments) number(name string, otherwise float64, fits func(float64) bool, bounds string) (float64, error) {
	n := a.given[name]
	if n == nil || n.GetAConst().GetIsnull() {
		return otherwise, nil
	}
	e, err := a.expr(&exprs{clause: a.function}, n)
	if err == nil {
		e, err = a.coerce(e, arrow.PrimitiveTypes.Float64, udf.Assignment)
	}
	if err != nil {
		return 0, err
	}
	e = constant.Folder{Functions: a.Functions, Env: &a.Env}.Fold(e)
	l, ok := e.(*plan.Literal)
	if !ok {
		return 0, fault(a.where(name), "22023", "argument %q of %s must be a constant", name, a.function)
	}
	if l.Value.IsNull(0) {
		return otherwise, nil
	}
	v := l.Value.(*array.Float64).Value(0)
	if !fits(v) {
		return 0, fault(a.where(name), "22023", "argument %q of %s is %s, but must be %s", name, a.function, strconv.FormatFloat(v, 'g', -1, 64), bounds)
	}
	return v, nil
}

// count is a whole number of rows from 1 on.
func (a *tableArguments) count(name string, otherwise int64) (int64, error) {
	const most = 1 << 20
	v, err := a.number(name, float64(otherwise), func(v float64) bool { return v >= 1 && v <= most && v == float64(int64(v)) }, "a whole number from 1 to 1048576")
	return int64(v), err
}

// recall is the share of the true nearest rows that a search is to find: what the argument says if the session allows searches by an
// index, else all.
func (a *tableArguments) recall() (float64, error) {
	recall, err := a.number("recall", a.Recall, func(v float64) bool { return v > 0 && v <= 1 }, "above 0 and at most 1")
	if a.Recall == 0 {
		return 0, err
	}
	return recall, err
}
