package udf

import (
	"bytes"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

func newMin(mem memory.Allocator, in []arrow.DataType, out arrow.DataType) Accumulator {
	switch in[0].ID() {
	case arrow.INT16:
		return &extremes[int16]{mem: mem, out: out, fold: foldMin[int16], before: lessInt[int16]}
	case arrow.INT32, arrow.DATE32:
		return &extremes[int32]{mem: mem, out: out, fold: foldMin[int32], before: lessInt[int32]}
	case arrow.INT64, arrow.TIME64, arrow.TIMESTAMP:
		return &extremes[int64]{mem: mem, out: out, fold: foldMin[int64], before: lessInt[int64]}
	case arrow.FLOAT32:
		return newExtremes(mem, out, func(a, b float32) bool { return compareFloat(a, b) < 0 })
	case arrow.FLOAT64:
		return newExtremes(mem, out, func(a, b float64) bool { return compareFloat(a, b) < 0 })
	case arrow.DECIMAL128:
		return newExtremes(mem, out, func(a, b decimal128.Num) bool { return a.Less(b) })
	case arrow.INTERVAL_MONTH_DAY_NANO:
		return newExtremes(mem, out, func(a, b arrow.MonthDayNanoInterval) bool { return compareIntervals(a, b) < 0 })
	case arrow.STRING, arrow.BINARY:
		return &textExtremes{mem: mem, out: out, before: func(a, b []byte) bool { return bytes.Compare(a, b) < 0 }}
	}
	return &anyExtremes{mem: mem, out: out, before: func(order int) bool { return order < 0 }}
}

func newMax(mem memory.Allocator, in []arrow.DataType, out arrow.DataType) Accumulator {
	switch in[0].ID() {
	case arrow.INT16:
		return &extremes[int16]{mem: mem, out: out, fold: foldMax[int16], before: greaterInt[int16]}
	case arrow.INT32, arrow.DATE32:
		return &extremes[int32]{mem: mem, out: out, fold: foldMax[int32], before: greaterInt[int32]}
	case arrow.INT64, arrow.TIME64, arrow.TIMESTAMP:
		return &extremes[int64]{mem: mem, out: out, fold: foldMax[int64], before: greaterInt[int64]}
	case arrow.FLOAT32:
		return newExtremes(mem, out, func(a, b float32) bool { return compareFloat(a, b) > 0 })
	case arrow.FLOAT64:
		return newExtremes(mem, out, func(a, b float64) bool { return compareFloat(a, b) > 0 })
	case arrow.DECIMAL128:
		return newExtremes(mem, out, func(a, b decimal128.Num) bool { return b.Less(a) })
	case arrow.INTERVAL_MONTH_DAY_NANO:
		return newExtremes(mem, out, func(a, b arrow.MonthDayNanoInterval) bool { return compareIntervals(a, b) > 0 })
	case arrow.STRING, arrow.BINARY:
		return &textExtremes{mem: mem, out: out, before: func(a, b []byte) bool { return bytes.Compare(a, b) > 0 }}
	}
	return &anyExtremes{mem: mem, out: out, before: func(order int) bool { return order > 0 }}
}

// An extremes keeps the least or greatest value of fixed width.
type extremes[T arrow.FixedWidthType] struct {
	mem    memory.Allocator
	out    arrow.DataType
	fold   func(states []extremeOf[T], groups []uint32, values []T)
	before func(a, b T) bool
	states []extremeOf[T]
	dense  dense[T]
}

type extremeOf[T any] struct {
	value T
	seen  bool
}

// newExtremes is for types that no kernel is written for.
func newExtremes[T arrow.FixedWidthType](mem memory.Allocator, out arrow.DataType, before func(a, b T) bool) Accumulator {
	return &extremes[T]{mem: mem, out: out, before: before, fold: func(states []extremeOf[T], groups []uint32, values []T) {
		for i, v := range values {
			if s := &states[groups[i]]; !s.seen || before(v, s.value) {
				*s = extremeOf[T]{v, true}
			}
		}
	}}
}

func lessInt[T integer](a, b T) bool    { return a < b }
func greaterInt[T integer](a, b T) bool { return a > b }

func foldMin[T integer](states []extremeOf[T], groups []uint32, values []T) {
	if len(states) == 1 && len(values) > 0 {
		least := values[0]
		for _, v := range values {
			least = min(least, v)
		}
		if s := &states[0]; !s.seen || least < s.value {
			*s = extremeOf[T]{least, true}
		}
		return
	}
	for i, v := range values {
		if s := &states[groups[i]]; !s.seen || v < s.value {
			*s = extremeOf[T]{v, true}
		}
	}
}

func foldMax[T integer](states []extremeOf[T], groups []uint32, values []T) {
	if len(states) == 1 && len(values) > 0 {
		greatest := values[0]
		for _, v := range values {
			greatest = max(greatest, v)
		}
		if s := &states[0]; !s.seen || greatest > s.value {
			*s = extremeOf[T]{greatest, true}
		}
		return
	}
	for i, v := range values {
		if s := &states[groups[i]]; !s.seen || v > s.value {
			*s = extremeOf[T]{v, true}
		}
	}
}

func (e *extremes[T]) Grow(n int) { e.states = grown(e.states, n) }

func (e *extremes[T]) Add(groups []uint32, args []Arg) error {
	groups, values := e.dense.rows(groups, args[0], columnOf[T](args[0]))
	e.fold(e.states, groups, values)
	return nil
}

func (e *extremes[T]) Merge(other Accumulator, groups []uint32) error {
	return e.Combine(other, nil, groups)
}

func (e *extremes[T]) Combine(other Accumulator, from, to []uint32) error {
	states := other.(*extremes[T]).states
	for k, g := range to {
		part := states[chosen(from, k)]
		if s := &e.states[g]; part.seen && (!s.seen || e.before(part.value, s.value)) {
			*s = part
		}
	}
	return nil
}

func (e *extremes[T]) Result() (arrow.Array, error) {
	return fixedResult(e.mem, e.out, len(e.states), func(g int) (T, error) {
		if !e.states[g].seen {
			return e.states[g].value, errNull
		}
		return e.states[g].value, nil
	})
}

func (e *extremes[T]) Bytes() int64 { return bytesOf(e.states) }
func (e *extremes[T]) Release()     { e.states = nil }

// A textExtremes keeps the least or greatest texts, all in one run of bytes that is packed anew when half of it is stale.
type textExtremes struct {
	mem    memory.Allocator
	out    arrow.DataType
	before func(a, b []byte) bool
	spans  []textSpan
	bytes  []byte
	live   int // bytes that spans refer to
}

type textSpan struct {
	from, to int
	seen     bool
}

func (e *textExtremes) Grow(n int) { e.spans = grown(e.spans, n) }

func (e *textExtremes) Add(groups []uint32, args []Arg) error {
	if allNullArg(args[0]) {
		return nil
	}
	texts := textOf(args[0])
	for i, g := range groups {
		if args[0].IsValid(args[0].Row(i)) {
			e.offer(g, texts.at(i))
		}
	}
	return nil
}

func (e *textExtremes) offer(g uint32, v []byte) {
	s := &e.spans[g]
	if s.seen && !e.before(v, e.bytes[s.from:s.to]) {
		return
	}
	e.live += len(v) - (s.to - s.from)
	if len(v) <= s.to-s.from {
		copy(e.bytes[s.from:], v)
		s.to = s.from + len(v)
	} else {
		*s = textSpan{len(e.bytes), len(e.bytes) + len(v), true}
		e.bytes = append(e.bytes, v...)
	}
	s.seen = true
	if stale := len(e.bytes) - e.live; stale > e.live+1<<16 {
		e.pack()
	}
}

func (e *textExtremes) pack() {
	packed := make([]byte, 0, 2*e.live)
	for g := range e.spans {
		s := &e.spans[g]
		from := len(packed)
		packed = append(packed, e.bytes[s.from:s.to]...)
		s.from, s.to = from, len(packed)
	}
	e.bytes = packed
}

func (e *textExtremes) Merge(other Accumulator, groups []uint32) error {
	return e.Combine(other, nil, groups)
}

func (e *textExtremes) Combine(other Accumulator, from, to []uint32) error {
	o := other.(*textExtremes)
	for k, g := range to {
		if s := o.spans[chosen(from, k)]; s.seen {
			e.offer(g, o.bytes[s.from:s.to])
		}
	}
	return nil
}

func (e *textExtremes) Result() (arrow.Array, error) {
	call := &Call{Mem: e.mem, Rows: len(e.spans), Out: e.out}
	return mapTextValid(call, allValid(e.mem, call.Rows), func(dst []byte, g int) ([]byte, error) {
		s := e.spans[g]
		if !s.seen {
			return dst, errNull
		}
		return append(dst, e.bytes[s.from:s.to]...), nil
	})
}

func (e *textExtremes) Bytes() int64 { return bytesOf(e.spans) + int64(cap(e.bytes)) }
func (e *textExtremes) Release()     { e.spans, e.bytes = nil, nil }

// An anyExtremes keeps the least or greatest values of the other types, such as boolean, uuid and arrays, as an array with
// a row for each group that has one. It is rebuilt for every batch that changes it.
type anyExtremes struct {
	mem    memory.Allocator
	out    arrow.DataType
	before func(order int) bool
	best   arrow.Array // nil at first
	rows   []int       // of a group's value in best; less than 0 without
}

func (e *anyExtremes) Grow(n int) {
	for len(e.rows) < n {
		e.rows = append(e.rows, -1)
	}
}

func (e *anyExtremes) Add(groups []uint32, args []Arg) error {
	if allNullArg(args[0]) {
		return nil
	}
	return e.fold(groups, args[0])
}

func (e *anyExtremes) fold(groups []uint32, a Arg) error {
	batch := retype(a.Array, e.out)
	defer batch.Release()
	if e.best == nil {
		e.best = array.NewSlice(batch, 0, 0)
	}
	n := e.best.Len()
	all, err := array.Concatenate([]arrow.Array{e.best, batch}, e.mem)
	if err != nil {
		return err
	}
	defer all.Release()
	compare := comparer(all, all)
	for i, g := range groups {
		row := n + a.Row(i)
		if g != NoGroup && all.IsValid(row) && (e.rows[g] < 0 || e.before(compare(row, e.rows[g]))) {
			e.rows[g] = row
		}
	}
	var picks []int
	for g, row := range e.rows {
		if row >= 0 {
			e.rows[g] = len(picks)
			picks = append(picks, row)
		}
	}
	best, err := take(e.mem, all, picks)
	if err != nil {
		return err
	}
	e.best.Release()
	e.best = best
	return nil
}

func (e *anyExtremes) Merge(other Accumulator, groups []uint32) error {
	o := other.(*anyExtremes)
	if o.best == nil {
		return nil
	}
	of := make([]uint32, o.best.Len())
	for i := range of {
		of[i] = NoGroup
	}
	for g, row := range o.rows {
		if row >= 0 {
			of[row] = groups[g]
		}
	}
	return e.fold(of, Arg{Array: o.best})
}

func (e *anyExtremes) Result() (arrow.Array, error) {
	if e.best == nil {
		return NullArray(e.mem, e.out, len(e.rows)), nil
	}
	return take(e.mem, e.best, e.rows)
}

func (e *anyExtremes) Bytes() int64 {
	if e.best == nil {
		return bytesOf(e.rows)
	}
	return bytesOf(e.rows) + int64(e.best.Data().SizeInBytes())
}

func (e *anyExtremes) Release() {
	if e.best != nil {
		e.best.Release()
	}
	e.best, e.rows = nil, nil
}
