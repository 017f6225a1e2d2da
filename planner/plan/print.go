package plan

import (
	"fmt"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/mediaflight/mediaflight/udf"
)

// A printer writes expressions as SQL. Columns are written by name, with their table where the name alone could be another.
type printer struct {
	names map[string]int // how many columns have a name, with and without the table
}

// newPrinter looks at a plan's columns for names that need their table.
func newPrinter(n Node) printer {
	p := printer{names: map[string]int{}}
	seen := IDSet{}
	var visit func(n Node)
	visit = func(n Node) {
		cols := n.Columns()
		if scan, ok := n.(*Scan); ok {
			cols = append(cols, scan.All...)
		}
		if near, ok := n.(*NearestJoin); ok {
			cols = append(cols, near.Found()...)
		}
		for _, c := range cols {
			if !seen[c.ID] {
				seen[c.ID] = true
				p.names[c.Name]++
				p.names[c.Table+"."+c.Name]++
			}
		}
		for _, in := range n.Inputs() {
			visit(in)
		}
		for _, e := range n.Exprs() {
			Walk(e, func(e Expr) bool {
				if q, ok := e.(*Subquery); ok {
					visit(q.Plan)
				}
				return true
			})
		}
	}
	visit(n)
	return p
}

func (p printer) column(c Column) string {
	switch {
	case p.names[c.Name] <= 1:
		return c.Name
	case c.Table != "" && p.names[c.Table+"."+c.Name] <= 1:
		return c.Table + "." + c.Name
	}
	return fmt.Sprintf("%s#%d", c.Name, c.ID)
}

// infix are the operators of functions that SQL writes between their arguments.
var infix = map[string]string{
	"equal": "=", "not_equal": "<>", "lt": "<", "lte": "<=", "gt": ">", "gte": ">=", "and": "AND", "or": "OR",
	"add": "+", "subtract": "-", "multiply": "*", "divide": "/", "modulus": "%", "power": "^", "concat": "||", "like": "LIKE", "ilike": "ILIKE",
	"is_distinct_from": "IS DISTINCT FROM", "is_not_distinct_from": "IS NOT DISTINCT FROM",
}

// postfix are those that SQL writes behind their argument.
var postfix = map[string]string{
	"is_null": "IS NULL", "is_not_null": "IS NOT NULL", "is_true": "IS TRUE", "is_false": "IS FALSE",
	"is_not_true": "IS NOT TRUE", "is_not_false": "IS NOT FALSE",
}

func (p printer) expr(e Expr) string {
	switch e := e.(type) {
	case *Ref:
		return p.column(e.Column)
	case *Literal:
		return literal(e)
	case *Param:
		return fmt.Sprintf("$%d", e.Number)
	case *Call:
		return p.call(e)
	case *Cast:
		return p.operand(e.Arg) + "::" + udf.TypeName(e.To)
	case *Case:
		var b strings.Builder
		b.WriteString("CASE")
		for _, w := range e.Whens {
			fmt.Fprintf(&b, " WHEN %s THEN %s", p.expr(w.Cond), p.expr(w.Then))
		}
		fmt.Fprintf(&b, " ELSE %s END", p.expr(e.Else))
		return b.String()
	case *InList:
		return fmt.Sprintf("%s IN (%s)", p.operand(e.Arg), p.list(e.List))
	case *Field:
		return fmt.Sprintf("%s.%s", p.operand(e.Arg), e.field().Name)
	case *Subquery:
		return p.subquery(e)
	}
	return fmt.Sprintf("%T", e)
}

func (p printer) call(e *Call) string {
	switch {
	case infix[e.Name] != "" && len(e.In) > 1:
		parts := make([]string, len(e.In))
		for i, arg := range e.In {
			parts[i] = p.operand(arg)
		}
		return strings.Join(parts, " "+infix[e.Name]+" ")
	case postfix[e.Name] != "" && len(e.In) == 1:
		return p.operand(e.In[0]) + " " + postfix[e.Name]
	case e.Name == "not":
		return "NOT " + p.operand(e.In[0])
	}
	return fmt.Sprintf("%s(%s)", e.Name, p.list(e.In))
}

func (p printer) subquery(e *Subquery) string {
	switch e.Kind {
	case Exists:
		return "EXISTS (subquery)"
	case AnyRow:
		return "ANY (subquery where " + p.expr(e.Test) + ")"
	}
	return "(subquery)"
}

// operand puts brackets around what would read wrong without.
func (p printer) operand(e Expr) string {
	s := p.expr(e)
	switch e := e.(type) {
	case *Call:
		if (infix[e.Name] != "" && len(e.In) > 1) || postfix[e.Name] != "" || e.Name == "not" {
			return "(" + s + ")"
		}
	case *InList:
		return "(" + s + ")"
	}
	return s
}

func (p printer) list(es []Expr) string {
	parts := make([]string, len(es))
	for i, e := range es {
		parts[i] = p.expr(e)
	}
	return strings.Join(parts, ", ")
}

// literal writes numbers and booleans bare and everything else quoted, with its type where text would not do.
func literal(e *Literal) string {
	if e.Value.IsNull(0) {
		return "NULL"
	}
	text := udf.FormatValue(e.Value, 0, &udf.Env{})
	switch e.Type().ID() {
	case arrow.BOOL, arrow.INT16, arrow.INT32, arrow.INT64, arrow.FLOAT32, arrow.FLOAT64, arrow.DECIMAL128:
		return text
	case arrow.STRING:
		return "'" + strings.ReplaceAll(text, "'", "''") + "'"
	}
	if len(text) > 60 {
		text = text[:60] + "..."
	}
	return "'" + text + "'::" + udf.TypeName(e.Type())
}

func (p printer) keys(keys []Key) string {
	parts := make([]string, len(keys))
	for i, k := range keys {
		parts[i] = p.expr(k.Expr)
		if k.Desc {
			parts[i] += " DESC"
		}
		if k.NullsFirst != k.Desc {
			parts[i] += map[bool]string{true: " NULLS FIRST", false: " NULLS LAST"}[k.NullsFirst]
		}
	}
	return strings.Join(parts, ", ")
}

func (p printer) columns(cols []Column) string {
	parts := make([]string, len(cols))
	for i, c := range cols {
		parts[i] = p.column(c)
	}
	return strings.Join(parts, ", ")
}

func (p printer) items(items []Item) string {
	parts := make([]string, len(items))
	for i, item := range items {
		parts[i] = p.expr(item.Expr)
		if ref, ok := item.Expr.(*Ref); !ok || ref.ID != item.ID {
			parts[i] = p.column(item.Column) + " = " + parts[i]
		}
	}
	return strings.Join(parts, ", ")
}

func (e *Ref) String() string      { return printer{}.expr(e) }
func (e *Literal) String() string  { return printer{}.expr(e) }
func (e *Param) String() string    { return printer{}.expr(e) }
func (e *Call) String() string     { return printer{}.expr(e) }
func (e *Cast) String() string     { return printer{}.expr(e) }
func (e *Case) String() string     { return printer{}.expr(e) }
func (e *InList) String() string   { return printer{}.expr(e) }
func (e *Field) String() string    { return printer{}.expr(e) }
func (e *Subquery) String() string { return printer{}.expr(e) }
