package plan

import "fmt"

// A Window passes on its input's rows with columns computed from the rows around each: those of its partition, in an order.
type Window struct {
	Input     Node
	Partition []Expr
	Order     []Key
	Calls     []WindowCall
}

// A WindowCall applies a window function, or an aggregate, to a frame of the partition.
type WindowCall struct {
	Column
	Func   string
	Args   []Expr
	Filter Expr // nil for all rows
	Frame  Frame
	AtMost int64 // rows for which a rank is more are not wanted; 0 if all are
}

// A Frame is the rows of a partition that a window function looks at, as seen from one of them.
type Frame struct {
	Unit       FrameUnit
	Start, End Bound
	Exclude    FrameExclusion
}

// A Bound is where a frame starts or ends. Of Rows and Groups the offset is a bigint without references; of Range it is the value
// of the order's key that is the limit.
type Bound struct {
	Kind   BoundKind
	Offset Expr // of Preceding and Following
}

// FrameUnit is what the offsets of a frame count.
type FrameUnit int

const (
	Range  FrameUnit = iota // values of the key
	Rows                    // rows
	Groups                  // rows with equal keys
)

// BoundKind tells bounds apart.
type BoundKind int

const (
	UnboundedPreceding BoundKind = iota
	Preceding
	CurrentRow
	Following
	UnboundedFollowing
)

// FrameExclusion is what a frame leaves out.
type FrameExclusion int

const (
	ExcludeNothing FrameExclusion = iota
	ExcludeCurrentRow
	ExcludeGroup // the row and those with an equal key
	ExcludeTies  // those with an equal key, not the row itself
)

// DefaultFrame is the frame of a window that names none: with an order it ends with the last row of an equal key.
var DefaultFrame = Frame{Unit: Range, Start: Bound{Kind: UnboundedPreceding}, End: Bound{Kind: CurrentRow}}

func (u FrameUnit) String() string { return [...]string{"RANGE", "ROWS", "GROUPS"}[u] }

func (k BoundKind) String() string {
	return [...]string{"UNBOUNDED PRECEDING", "PRECEDING", "CURRENT ROW", "FOLLOWING", "UNBOUNDED FOLLOWING"}[k]
}

func (x FrameExclusion) String() string {
	return [...]string{"", " EXCLUDE CURRENT ROW", " EXCLUDE GROUP", " EXCLUDE TIES"}[x]
}

func (n *Window) Inputs() []Node { return []Node{n.Input} }

func (n *Window) WithInputs(in []Node) Node {
	w := *n
	w.Input = in[0]
	return &w
}

func (n *Window) Columns() []Column {
	in := n.Input.Columns()
	cols := append(make([]Column, 0, len(in)+len(n.Calls)), in...)
	for _, c := range n.Calls {
		cols = append(cols, c.Column)
	}
	return cols
}

func (n *Window) Exprs() []Expr {
	es := append([]Expr(nil), n.Partition...)
	es = append(es, keyExprs(n.Order)...)
	for _, c := range n.Calls {
		es = append(es, c.Args...)
		es = append(es, optional(c.Filter, c.Frame.Start.Offset, c.Frame.End.Offset)...)
	}
	return es
}

func (n *Window) WithExprs(es []Expr) Node {
	r := &reader{es}
	w := &Window{Input: n.Input, Partition: r.list(n.Partition), Order: r.keys(n.Order), Calls: make([]WindowCall, len(n.Calls))}
	for i, c := range n.Calls {
		c.Args = r.list(c.Args)
		c.Filter = r.optional(c.Filter)
		c.Frame.Start.Offset = r.optional(c.Frame.Start.Offset)
		c.Frame.End.Offset = r.optional(c.Frame.End.Offset)
		w.Calls[i] = c
	}
	return w
}

func (p printer) window(n *Window) string {
	line := "window"
	for i, c := range n.Calls {
		if i > 0 {
			line += ","
		}
		line += " " + p.column(c.Column) + " = " + c.Func + "(" + p.list(c.Args) + ")"
		if c.Filter != nil {
			line += " filter " + p.expr(c.Filter)
		}
		if c.Frame != DefaultFrame {
			line += " " + p.frame(c.Frame)
		}
		if c.AtMost > 0 {
			line += fmt.Sprintf(" at most %d", c.AtMost)
		}
	}
	if len(n.Partition) > 0 {
		line += " partition by " + p.list(n.Partition)
	}
	if len(n.Order) > 0 {
		line += " order by " + p.keys(n.Order)
	}
	return line
}

func (p printer) frame(f Frame) string {
	return f.Unit.String() + " " + p.bound(f.Start) + " TO " + p.bound(f.End) + f.Exclude.String()
}

func (p printer) bound(b Bound) string {
	if b.Offset != nil {
		return p.operand(b.Offset) + " " + b.Kind.String()
	}
	return b.Kind.String()
}
