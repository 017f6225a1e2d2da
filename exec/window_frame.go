package exec

import (
	"bytes"
	"fmt"
	"sort"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/mediaflight/mediaflight/exec/eval"
	"github.com/mediaflight/mediaflight/exec/keys"
)

// A Frame is the rows of a partition that a window function looks at, as seen from one of them.
type Frame struct {
	Unit       FrameUnit
	Start, End FrameBound
	Exclude    FrameExclusion
}

// A FrameBound is where a frame starts or ends. Preceding and Following have an offset, or in RANGE the key's value that is the limit.
type FrameBound struct {
	Kind   BoundKind
	Offset int
	Limit  eval.Expr
}

// FrameUnit is what offsets count.
type FrameUnit int

const (
	FrameRange FrameUnit = iota
	FrameRows
	FrameGroups
)

// BoundKind tells bounds apart. Unbounded is the partition's start or end.
type BoundKind int

const (
	Unbounded BoundKind = iota
	Preceding
	CurrentRow
	Following
)

// FrameExclusion is what a frame leaves out.
type FrameExclusion int

const (
	ExcludeNothing FrameExclusion = iota
	ExcludeCurrentRow
	ExcludeGroup
	ExcludeTies
)

func (f Frame) isDefault() bool {
	return f.Unit == FrameRange && f.Start.Kind == Unbounded && f.End.Kind == CurrentRow && f.Exclude == ExcludeNothing
}

func (f Frame) String() string {
	text := [...]string{"range", "rows", "groups"}[f.Unit] + " " + f.Start.text("preceding") + " to " + f.End.text("following")
	return text + [...]string{"", " exclude current row", " exclude group", " exclude ties"}[f.Exclude]
}

func (b FrameBound) text(unbounded string) string {
	kind := [...]string{"unbounded " + unbounded, "preceding", "current row", "following"}[b.Kind]
	switch {
	case b.Limit != nil:
		return b.Limit.String()
	case b.Kind == Preceding || b.Kind == Following:
		return fmt.Sprintf("%d %s", b.Offset, kind)
	}
	return kind
}

// frames are the frames of all rows: [from[i], to[i]) is row i's, before anything is left out.
type frames struct {
	places   *places
	exclude  FrameExclusion
	from, to []int
}

// frames finds the frame of each row.
func (r *windowRun) frames() (*frames, error) {
	p, f := r.places, r.call.Frame
	at := len(r.call.Args)
	if r.call.Filter != nil {
		at++
	}
	limit := func(b FrameBound) (*limits, error) {
		if b.Limit == nil {
			return nil, nil
		}
		column := r.columns[at]
		at++
		return newLimits(p.key, column, r.of.Keys[0].Order)
	}
	lower, err := limit(f.Start)
	if err != nil {
		return nil, err
	}
	upper, err := limit(f.End)
	if err != nil {
		return nil, err
	}
	out := &frames{places: p, exclude: f.Exclude, from: make([]int, p.rows), to: make([]int, p.rows)}
	for start, end := range p.all() {
		for i := start; i < end; i++ {
			out.from[i] = p.lowerBound(f.Unit, f.Start, lower, start, end, i)
			out.to[i] = max(p.upperBound(f.Unit, f.End, upper, start, end, i), out.from[i])
		}
	}
	return out, nil
}

// lowerBound is the first row of the frame of row i of the partition [start, end).
func (p *places) lowerBound(unit FrameUnit, b FrameBound, limit *limits, start, end, i int) int {
	switch {
	case b.Kind == Unbounded:
		return start
	case b.Kind == CurrentRow && unit == FrameRows:
		return i
	case b.Kind == CurrentRow:
		return p.peerStart(i)
	case unit == FrameRows:
		return min(max(i+b.shift(), start), end)
	case unit == FrameGroups:
		switch g := p.peers[i] + b.shift(); {
		case g < p.peers[start]:
			return start
		case g > p.peers[end-1]:
			return end
		default:
			return p.groups[g]
		}
	}
	return start + sort.Search(end-start, func(k int) bool { return limit.compare(start+k, i) >= 0 })
}

// upperBound is the row behind the frame of row i.
func (p *places) upperBound(unit FrameUnit, b FrameBound, limit *limits, start, end, i int) int {
	switch {
	case b.Kind == Unbounded:
		return end
	case b.Kind == CurrentRow && unit == FrameRows:
		return i + 1
	case b.Kind == CurrentRow:
		return p.peerEnd(i)
	case unit == FrameRows:
		return min(max(i+b.shift()+1, start), end)
	case unit == FrameGroups:
		switch g := p.peers[i] + b.shift(); {
		case g < p.peers[start]:
			return start
		case g > p.peers[end-1]:
			return end
		default:
			return p.groups[g+1]
		}
	}
	return start + sort.Search(end-start, func(k int) bool { return limit.compare(start+k, i) > 0 })
}

// shift is how many rows or groups a bound lies behind the row; less than 0 before it.
func (b FrameBound) shift() int {
	if b.Kind == Preceding {
		return -b.Offset
	}
	return b.Offset
}

// limits compare keys with the limits of RANGE, in the order of the window. NULL is its own equal, as the order has it.
type limits struct{ keys, limits keys.Rows }

func newLimits(key, limit arrow.Array, order keys.Order) (*limits, error) {
	order.NotNull = false
	encoder, err := keys.NewEncoder([]arrow.DataType{key.DataType()}, []keys.Order{order})
	if err != nil {
		return nil, unsupported("%v", err)
	}
	l := &limits{}
	encoder.Encode([]arrow.Array{key}, key.Len(), &l.keys)
	encoder.Encode([]arrow.Array{limit}, limit.Len(), &l.limits)
	return l, nil
}

// compare compares the key of one row with the limit of another.
func (l *limits) compare(row, of int) int { return bytes.Compare(l.keys.Key(row), l.limits.Key(of)) }

// pieces calls f with the parts of row i's frame that are left when what is excluded is taken out, until f answers false.
func (f *frames) pieces(i int, each func(from, to int) bool) {
	from, to := f.from[i], f.to[i]
	piece := func(a, b int) bool {
		a, b = max(a, from), min(b, to)
		return a >= b || each(a, b)
	}
	switch f.exclude {
	case ExcludeNothing:
		piece(from, to)
	case ExcludeCurrentRow:
		_ = piece(from, i) && piece(i+1, to)
	case ExcludeGroup:
		_ = piece(from, f.places.peerStart(i)) && piece(f.places.peerEnd(i), to)
	case ExcludeTies:
		_ = piece(from, f.places.peerStart(i)) && piece(i, i+1) && piece(f.places.peerEnd(i), to)
	}
}

// nth is the n-th row of row i's frame, counted from 1; -1 if there are fewer.
func (f *frames) nth(i, n int) int {
	found := -1
	f.pieces(i, func(from, to int) bool {
		if n <= to-from {
			found = from + n - 1
			return false
		}
		n -= to - from
		return true
	})
	return found
}

// last is the last row of row i's frame; -1 if it has none.
func (f *frames) last(i int) int {
	found := -1
	f.pieces(i, func(_, to int) bool {
		found = to - 1
		return true
	})
	return found
}
