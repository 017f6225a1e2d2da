package exec

import (
	"context"
	"fmt"
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/exec/eval"
	"github.com/mediaflight/mediaflight/udf"
)

// A WindowCall is a window function, or an aggregate, over frames.
type WindowCall struct {
	Name      string
	Args      []eval.Expr
	Aggregate *udf.AggregateFunc // nil for the functions that are none
	Out       arrow.DataType
	Filter    eval.Expr // of the rows that an aggregate takes in; nil for all
	Frame     Frame
	AtMost    int64 // rows for which a rank is more are not wanted; 0 if all are
}

// exprs are those computed for each row: the arguments, the filter, then the frame's limits.
func (c *WindowCall) exprs() []eval.Expr {
	exprs := append([]eval.Expr{}, c.Args...)
	for _, e := range []eval.Expr{c.Filter, c.Frame.Start.Limit, c.Frame.End.Limit} {
		if e != nil {
			exprs = append(exprs, e)
		}
	}
	return exprs
}

func (c *WindowCall) String() string {
	text := c.Name + "(" + texts(c.Args) + ")"
	if c.Filter != nil {
		text += " filter " + c.Filter.String()
	}
	if c.AtMost > 0 {
		text += fmt.Sprintf(" at most %d", c.AtMost)
	}
	if c.Frame.isDefault() {
		return text
	}
	return text + " " + c.Frame.String()
}

// A windowRun computes one call over sorted rows.
type windowRun struct {
	of      *Window
	in      *windowInput
	call    *WindowCall
	places  *places
	columns []arrow.Array // of call.exprs()
}

func (r *windowRun) mem() memory.Allocator { return r.of.Mem }

// result has a row for each sorted row.
func (r *windowRun) result(ctx context.Context) (arrow.Array, error) {
	if r.call.Aggregate != nil {
		return r.aggregate(ctx)
	}
	p := r.places
	switch r.call.Name {
	case "row_number":
		return r.numbers(func(start, _, i int) int64 { return int64(i - start + 1) }), nil
	case "rank":
		return r.numbers(func(start, _, i int) int64 { return int64(p.peerStart(i) - start + 1) }), nil
	case "dense_rank":
		return r.numbers(func(start, _, i int) int64 { return int64(p.peers[i] - p.peers[start] + 1) }), nil
	case "percent_rank":
		return r.shares(func(start, end, i int) float64 {
			if end-start == 1 {
				return 0
			}
			return float64(p.peerStart(i)-start) / float64(end-start-1)
		}), nil
	case "cume_dist":
		return r.shares(func(start, end, i int) float64 { return float64(p.peerEnd(i)-start) / float64(end-start) }), nil
	case "ntile":
		return r.ntile()
	case "lag":
		return r.shifted(-1)
	case "lead":
		return r.shifted(1)
	case "first_value", "last_value", "nth_value":
		return r.ofFrame()
	}
	return nil, unsupported("window function %s", r.call.Name)
}

// numbers is a function of the row's place in its partition [start, end).
func (r *windowRun) numbers(f func(start, end, i int) int64) arrow.Array {
	b := array.NewInt64Builder(r.mem())
	defer b.Release()
	b.Reserve(r.places.rows)
	for start, end := range r.places.all() {
		for i := start; i < end; i++ {
			b.UnsafeAppend(f(start, end, i))
		}
	}
	return b.NewArray()
}

func (r *windowRun) shares(f func(start, end, i int) float64) arrow.Array {
	b := array.NewFloat64Builder(r.mem())
	defer b.Release()
	b.Reserve(r.places.rows)
	for start, end := range r.places.all() {
		for i := start; i < end; i++ {
			b.UnsafeAppend(f(start, end, i))
		}
	}
	return b.NewArray()
}

// ntile deals a partition into buckets, of which the first ones have a row more. The number of buckets is that of the partition's
// first row.
func (r *windowRun) ntile() (arrow.Array, error) {
	buckets := r.columns[0].(*array.Int32)
	b := array.NewInt32Builder(r.mem())
	defer b.Release()
	for start, end := range r.places.all() {
		if buckets.IsNull(start) {
			b.AppendNulls(end - start)
			continue
		}
		n := int(buckets.Value(start))
		if n <= 0 {
			return nil, r.fault(stateNtile, "argument of ntile must be greater than zero")
		}
		size, larger := (end-start)/n, (end-start)%n
		for i := range end - start {
			if i < larger*(size+1) {
				b.Append(int32(i/(size+1) + 1))
			} else {
				b.Append(int32((i-larger*(size+1))/size + larger + 1))
			}
		}
	}
	return b.NewArray(), nil
}

func (r *windowRun) fault(state, format string, args ...any) error {
	return &Error{Operator: r.of.String(), State: state, Msg: fmt.Sprintf(format, args...)}
}

// shifted is the value of the row so many rows on, in a direction.
func (r *windowRun) shifted(direction int) (arrow.Array, error) {
	offset := func(int) (int, bool) { return 1, true }
	if len(r.call.Args) > 1 {
		offsets := r.columns[1].(*array.Int32)
		offset = func(i int) (int, bool) { return int(offsets.Value(i)), offsets.IsValid(i) }
	}
	pick := r.picker()
	for start, end := range r.places.all() {
		for i := start; i < end; i++ {
			by, ok := offset(i)
			at := i + direction*by
			switch {
			case !ok:
				pick.null()
			case at >= start && at < end:
				pick.row(at)
			case len(r.call.Args) > 2:
				pick.otherwise(i)
			default:
				pick.null()
			}
		}
	}
	return pick.array(), nil
}

// ofFrame is the value of one row of each frame.
func (r *windowRun) ofFrame() (arrow.Array, error) {
	frames, err := r.frames()
	if err != nil {
		return nil, err
	}
	pick := r.picker()
	for i := range r.places.rows {
		at := -1
		switch r.call.Name {
		case "first_value":
			at = frames.nth(i, 1)
		case "last_value":
			at = frames.last(i)
		default:
			ns := r.columns[1].(*array.Int32)
			if ns.IsValid(i) {
				if ns.Value(i) <= 0 {
					return nil, r.fault(stateNthValue, "argument of nth_value must be greater than zero")
				}
				at = frames.nth(i, int(ns.Value(i)))
			}
		}
		if at < 0 {
			pick.null()
		} else {
			pick.row(at)
		}
	}
	return pick.array(), nil
}

// maxFrameOffset is more rows than there can be.
const maxFrameOffset = math.MaxInt32
