package eval

import (
	"context"
	"encoding/binary"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/mediaflight/mediaflight/udf"
)

// Fingerprint writes a condition in a form that is equal for two conditions only if they keep the same rows of the same
// columns, whatever statements they stand in. Constants are written by their values. It is not ok for a condition that may
// decide otherwise the next time: one that is volatile, or that looks at the clock for each row.
func (c *Condition) Fingerprint(ctx context.Context) (print []byte, ok bool) {
	p := &printer{ctx: ctx, ok: true}
	for _, t := range c.terms {
		p.expr(t.expr)
	}
	return p.out, p.ok
}

type printer struct {
	ctx context.Context
	out []byte
	env *udf.Env
	ok  bool
}

// Kinds of nodes. Each is followed by what tells two of them apart, and by their arguments.
const (
	printedColumn = iota
	printedConstant
	printedField
	printedFunction
	printedCast
	printedJunction
	printedInList
	printedCase
	printedCoalesce
)

func (p *printer) expr(e Expr) {
	if !p.ok {
		return
	}
	if IsConstant(e) {
		p.constant(e)
		return
	}
	switch e := e.(type) {
	case *Column:
		p.node(printedColumn, e, e.Index)
	case *Field:
		p.node(printedField, e, e.Index)
	case *Function:
		// age of one timestamp counts from today, whenever that is.
		p.ok = p.ok && !e.fn.Volatile && (e.fn.Name != "age" || len(e.args) > 1)
		p.node(printedFunction, e, len(e.args))
		p.text(e.fn.Name)
		p.session(e.env)
	case *Cast:
		// 'now' and 'tomorrow' are timestamps.
		p.ok = p.ok && !(isText(e.arg.Type()) && isTime(e.to))
		p.node(printedCast, e, 1)
		p.session(e.env)
	case *junction:
		p.node(printedJunction, e, len(e.args))
		p.text(e.word)
	case *InList:
		p.node(printedInList, e, len(e.options))
	case *Case:
		p.node(printedCase, e, len(e.arms))
	case *Coalesce:
		p.node(printedCoalesce, e, len(e.args))
	default:
		p.ok = false
	}
	for _, arg := range e.Args() {
		p.expr(arg)
	}
}

func (p *printer) constant(e Expr) {
	v, err := Value(p.ctx, e)
	if err != nil {
		p.ok = false
		return
	}
	defer v.Release()
	p.node(printedConstant, e, 0)
	if v.IsNull(0) {
		p.text("")
		return
	}
	p.text("=" + v.ValueStr(0))
}

func (p *printer) node(kind byte, e Expr, n int) {
	p.out = append(p.out, kind)
	p.out = binary.AppendUvarint(p.out, uint64(n))
	p.text(e.Type().Fingerprint())
}

func (p *printer) text(s string) {
	p.out = binary.AppendUvarint(p.out, uint64(len(s)))
	p.out = append(p.out, s...)
}

// session writes the settings that functions may look at. They are the same for the whole statement.
func (p *printer) session(env *udf.Env) {
	if env == nil || env == p.env {
		return
	}
	p.env = env
	if env.Location != nil {
		p.text(env.Location.String())
	}
	p.text(env.User)
	p.text(env.Database)
	p.text(env.Schema)
}

func isText(dt arrow.DataType) bool { return arrow.IsBaseBinary(dt.ID()) }

func isTime(dt arrow.DataType) bool {
	switch dt.ID() {
	case arrow.DATE32, arrow.TIME64, arrow.TIMESTAMP:
		return true
	}
	return false
}
