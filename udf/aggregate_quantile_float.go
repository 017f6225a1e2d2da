package udf

import (
	"math"
	"slices"
	"sync"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// floatQuantileImpls are those of double precision: one fraction is selected, for several all values are sorted.
var floatQuantileImpls = []AggregateImpl{
	{In: []Type{float8, float8}, Out: returnsArg(0), New: newFloatQuantile},
	{In: []Type{float8, float8, boolean}, Out: returnsArg(0), New: newFloatQuantile},
	quantileImpls(float8, newQuantile(interpolateFloats))[2],
	quantileImpls(float8, newQuantile(interpolateFloats))[3],
}

// A floatQuantile keeps all values. At the end it puts those of each group together, and selects among them.
type floatQuantile struct {
	mem        memory.Allocator
	n          int
	chunks     []floatChunk
	bytes      int64
	fractions  *anyValue // of each group; nil for the median
	descending bool

	once   sync.Once // once all values are there
	values []float64 // of the groups one after the other
	starts []int     // of each group's values, and their number
}

// A floatChunk is some values and their groups.
type floatChunk struct {
	groups []uint32
	values []float64
}

var _ Combiner = (*floatQuantile)(nil)

func newFloatQuantile(mem memory.Allocator, in []arrow.DataType, _ arrow.DataType) Accumulator {
	s := &floatQuantile{mem: mem}
	if len(in) > 1 {
		s.fractions = &anyValue{mem: mem, out: in[1]}
	}
	return s
}

func (s *floatQuantile) Grow(n int) {
	s.n = max(s.n, n)
	if s.fractions != nil {
		s.fractions.Grow(n)
	}
}

func (s *floatQuantile) Add(groups []uint32, args []Arg) error {
	if len(args) > 2 && len(groups) > 0 && !isNullAt(args[2], 0) {
		s.descending = boolsOf(args[2]).at(0)
	}
	if s.fractions != nil {
		if err := s.fractions.Add(groups, args[1:2]); err != nil {
			return err
		}
	}
	if len(groups) == 0 || allNullArg(args[0]) {
		return nil
	}
	c := newFloatChunk(len(groups))
	values, mayBeNull := columnOf[float64](args[0]), args[0].NullN() > 0
	for i, g := range groups {
		if !mayBeNull || args[0].IsValid(args[0].Row(i)) {
			c.add(g, values.at(i))
		}
	}
	s.keep(c)
	return nil
}

func newFloatChunk(n int) floatChunk {
	return floatChunk{groups: make([]uint32, 0, n), values: make([]float64, 0, n)}
}

func (c *floatChunk) add(group uint32, value float64) {
	c.groups, c.values = append(c.groups, group), append(c.values, value)
}

func (s *floatQuantile) keep(c floatChunk) {
	s.chunks = append(s.chunks, c)
	s.bytes += 2*int64(8*cap(c.values)) + int64(4*cap(c.groups)) // the values again, by their groups
}

func (s *floatQuantile) Merge(other Accumulator, groups []uint32) error {
	o := other.(*floatQuantile)
	s.descending = s.descending || o.descending
	if s.fractions != nil {
		if err := s.fractions.Merge(o.fractions, groups); err != nil {
			return err
		}
	}
	for _, from := range o.chunks {
		c := newFloatChunk(len(from.values))
		for i, g := range from.groups {
			if to := groups[g]; to != NoGroup {
				c.add(to, from.values[i])
			}
		}
		s.keep(c)
	}
	return nil
}

func (s *floatQuantile) Combine(other Accumulator, from, to []uint32) error {
	o := other.(*floatQuantile)
	s.descending = s.descending || o.descending
	if from == nil {
		from = make([]uint32, len(to))
		for i := range from {
			from[i] = uint32(i)
		}
	}
	if s.fractions != nil {
		s.fractions.take(o.fractions, from, to)
	}
	o.once.Do(o.group)
	n := 0
	for _, g := range from {
		n += o.starts[g+1] - o.starts[g]
	}
	c := newFloatChunk(n)
	for k, g := range from {
		for _, v := range o.values[o.starts[g]:o.starts[g+1]] {
			c.add(to[k], v)
		}
	}
	s.keep(c)
	return nil
}

// group puts the values of each group together.
func (s *floatQuantile) group() {
	s.starts = make([]int, s.n+1)
	for _, c := range s.chunks {
		for _, g := range c.groups {
			s.starts[g+1]++
		}
	}
	for g := range s.n {
		s.starts[g+1] += s.starts[g]
	}
	s.values = make([]float64, s.starts[s.n])
	next := append([]int(nil), s.starts...)
	for _, c := range s.chunks {
		for i, g := range c.groups {
			s.values[next[g]] = c.values[i]
			next[g]++
		}
	}
}

func (s *floatQuantile) Result() (arrow.Array, error) {
	s.once.Do(s.group)
	fraction := func(int) (float64, bool) { return 0.5, true }
	if s.fractions != nil {
		wanted, err := s.fractions.Result()
		if err != nil {
			return nil, err
		}
		defer wanted.Release()
		values := columnOf[float64](Arg{Array: wanted})
		fraction = func(g int) (float64, bool) { return values.at(g), wanted.IsValid(g) }
	}
	at := make([]position, s.n)
	for g := range at {
		at[g].from = -1
		f, ok := fraction(g)
		if !ok {
			continue
		}
		values := s.values[s.starts[g]:s.starts[g+1]]
		p, err := place(len(values), f, s.descending, false)
		if err != nil {
			return nil, err
		}
		if p.from >= 0 {
			selectFloats(values, min(p.from, p.to), p.from != p.to)
			p.from, p.to = p.from+s.starts[g], p.to+s.starts[g]
		}
		at[g] = p
	}
	return between(s.mem, s.values, at)
}

// selectFloats puts the value at k where it is in order, NaN behind all others, and the next one too if that is wanted.
func selectFloats(values []float64, k int, next bool) {
	numbers := values[:moveNaNs(values)]
	if k >= len(numbers) {
		return
	}
	selectNumber(numbers, k)
	if rest := numbers[k+1:]; next && len(rest) > 0 {
		least := 0
		for i, v := range rest {
			if v < rest[least] {
				least = i
			}
		}
		rest[0], rest[least] = rest[least], rest[0]
	}
}

// moveNaNs puts those that are no numbers behind those that are, and returns how many these are.
func moveNaNs(values []float64) int {
	n := len(values)
	for i := 0; i < n; {
		if math.IsNaN(values[i]) {
			n--
			values[i], values[n] = values[n], values[i]
		} else {
			i++
		}
	}
	return n
}

// selectNumber puts the value at k where it is in order: what is before is not greater, what is behind is not less (Hoare,
// "Algorithm 65: find", 1961). Where halving the range takes long it sorts.
func selectNumber(values []float64, k int) {
	for tries := 0; len(values) > 16; tries++ {
		if tries == 64 {
			break
		}
		a, b, c := values[0], values[len(values)/2], values[len(values)-1]
		pivot := max(min(a, b), min(max(a, b), c))
		i, j := 0, len(values)-1
		for i <= j {
			for values[i] < pivot {
				i++
			}
			for pivot < values[j] {
				j--
			}
			if i <= j {
				values[i], values[j] = values[j], values[i]
				i++
				j--
			}
		}
		switch {
		case k <= j:
			values = values[:j+1]
		case k >= i:
			values, k = values[i:], k-i
		default:
			return
		}
	}
	slices.Sort(values)
}

func (s *floatQuantile) Bytes() int64 {
	if s.fractions == nil {
		return s.bytes
	}
	return s.bytes + s.fractions.Bytes()
}

func (s *floatQuantile) Release() {
	s.chunks, s.values = nil, nil
	if s.fractions != nil {
		s.fractions.Release()
	}
}
