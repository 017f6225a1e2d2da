package udf

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

var extremeAggregates = []Aggregate{
	{
		Name: "arg_min", Aliases: []string{"min_by"}, Args: []string{"value", "key"},
		Doc:     "The value of the row with the least key that is not NULL, of several the first; NULL if there is none, or if that row's value is.",
		Example: "(SELECT arg_min(y, x) FROM (VALUES ('b', 2), ('a', 1), ('c', NULL)) AS t(y, x)) = 'a'",
		Impls:   []AggregateImpl{{In: []Type{anyvalue, orderedvalue}, Out: returnsArg(0), New: newArgExtreme(func(order int) bool { return order < 0 })}},
	},
	{
		Name: "arg_max", Aliases: []string{"max_by"}, Args: []string{"value", "key"},
		Doc:     "The value of the row with the greatest key that is not NULL, of several the first; NULL if there is none, or if that row's value is.",
		Example: "(SELECT arg_max(y, x) FROM (VALUES ('b', 2), ('a', 1), ('c', NULL)) AS t(y, x)) = 'b'",
		Impls:   []AggregateImpl{{In: []Type{anyvalue, orderedvalue}, Out: returnsArg(0), New: newArgExtreme(func(order int) bool { return order > 0 })}},
	},
	{
		Name: "count_if", Args: []string{"condition"},
		Doc:     "The number of rows whose condition is true, as count(*) FILTER (WHERE condition).",
		Example: "(SELECT count_if(x) FROM (VALUES (true), (NULL), (false), (true)) AS t(x)) = 2",
		Impls:   []AggregateImpl{{In: []Type{boolean}, Out: returns(int8Type), New: newCountIf}},
	},
	{
		Name: "product", Args: []string{"value"},
		Doc:     "The product of the values that are not NULL, in double precision; NULL if there are none.",
		Example: "(SELECT product(x) FROM (VALUES (2), (NULL), (3)) AS t(x)) = 6",
		Impls:   []AggregateImpl{{In: []Type{float8}, Out: returns(float8Type), New: newProduct}},
	},
}

// An argExtreme keeps, for each group, the value and the key of its best row so far, in chunks that are copied together when
// they have become many.
type argExtreme struct {
	mem          memory.Allocator
	better       func(order int) bool
	value, key   arrow.DataType
	values, keys []arrow.Array // chunk by chunk
	rows         []chunkRow    // of a group's best
	bytes        int64
}

// A chunkRow is a row of a chunk, counted from 1; 0 is none.
type chunkRow struct{ chunk, row int32 }

// maxExtremeChunks is how many chunks there may be. A batch adds one, if it improves anything.
const maxExtremeChunks = 16

func newArgExtreme(better func(order int) bool) func(memory.Allocator, []arrow.DataType, arrow.DataType) Accumulator {
	return func(mem memory.Allocator, in []arrow.DataType, out arrow.DataType) Accumulator {
		return &argExtreme{mem: mem, better: better, value: out, key: in[1]}
	}
}

func (s *argExtreme) Grow(n int) { s.rows = grown(s.rows, n) }

func (s *argExtreme) Add(groups []uint32, args []Arg) error {
	if len(groups) == 0 || allNullArg(args[1]) {
		return nil
	}
	return s.add(groups, args[0], args[1])
}

// add finds each group's best row of a batch and keeps those that are better than what is kept.
func (s *argExtreme) add(groups []uint32, value, key Arg) error {
	within := comparer(key.Array, key.Array)
	best := make(map[uint32]int32)
	var order []uint32
	for i, g := range groups {
		if g == NoGroup || key.IsNull(key.Row(i)) {
			continue
		}
		have, ok := best[g]
		if !ok {
			order = append(order, g)
		}
		if !ok || s.better(within(key.Row(i), key.Row(int(have)))) {
			best[g] = int32(i)
		}
	}
	return s.keep(order, best, value, key)
}

func (s *argExtreme) keep(order []uint32, best map[uint32]int32, value, key Arg) error {
	against := make([]func(i, j int) int, len(s.keys))
	var improved []uint32
	var valueRows, keyRows []int
	for _, g := range order {
		i := int(best[g])
		if have := s.rows[g]; have.row > 0 {
			if against[have.chunk] == nil {
				against[have.chunk] = comparer(key.Array, s.keys[have.chunk])
			}
			if !s.better(against[have.chunk](key.Row(i), int(have.row-1))) {
				continue
			}
		}
		improved, valueRows, keyRows = append(improved, g), append(valueRows, value.Row(i)), append(keyRows, key.Row(i))
	}
	if len(improved) == 0 {
		return nil
	}
	if len(s.keys) == maxExtremeChunks {
		if err := s.compact(); err != nil {
			return err
		}
	}
	values, err := take(s.mem, value.Array, valueRows)
	if err != nil {
		return err
	}
	defer values.Release()
	keys, err := take(s.mem, key.Array, keyRows)
	if err != nil {
		return err
	}
	defer keys.Release()
	s.push(values, keys)
	for row, g := range improved {
		s.rows[g] = chunkRow{int32(len(s.keys) - 1), int32(row + 1)}
	}
	return nil
}

// push keeps a chunk, and retains it.
func (s *argExtreme) push(values, keys arrow.Array) {
	s.values, s.keys = append(s.values, retype(values, s.value)), append(s.keys, retype(keys, s.key))
	s.bytes += int64(values.Data().SizeInBytes() + keys.Data().SizeInBytes())
}

// compact copies the best rows into one chunk.
func (s *argExtreme) compact() error {
	values, err := s.best(s.values)
	if err != nil {
		return err
	}
	defer values.Release()
	keys, err := s.best(s.keys)
	if err != nil {
		return err
	}
	defer keys.Release()
	for g := range s.rows {
		if s.rows[g].row > 0 {
			s.rows[g] = chunkRow{0, int32(g + 1)}
		}
	}
	s.drop()
	s.push(values, keys)
	return nil
}

// best takes each group's row of the chunks; NULL for a group without.
func (s *argExtreme) best(chunks []arrow.Array) (arrow.Array, error) {
	all, err := array.Concatenate(chunks, s.mem)
	if err != nil {
		return nil, err
	}
	defer all.Release()
	starts := make([]int, len(chunks))
	for c := 1; c < len(chunks); c++ {
		starts[c] = starts[c-1] + chunks[c-1].Len()
	}
	rows := make([]int, len(s.rows))
	for g, at := range s.rows {
		if rows[g] = -1; at.row > 0 {
			rows[g] = starts[at.chunk] + int(at.row-1)
		}
	}
	return take(s.mem, all, rows)
}

func (s *argExtreme) Merge(other Accumulator, groups []uint32) error {
	o := other.(*argExtreme)
	if len(o.keys) == 0 {
		return nil
	}
	if err := o.compact(); err != nil {
		return err
	}
	return s.add(groups, Arg{Array: o.values[0]}, Arg{Array: o.keys[0]})
}

func (s *argExtreme) Result() (arrow.Array, error) {
	if len(s.values) == 0 {
		return NullArray(s.mem, s.value, len(s.rows)), nil
	}
	return s.best(s.values)
}

func (s *argExtreme) Bytes() int64 { return bytesOf(s.rows) + s.bytes }

func (s *argExtreme) drop() {
	for c := range s.keys {
		s.values[c].Release()
		s.keys[c].Release()
	}
	s.values, s.keys, s.bytes = nil, nil, 0
}

func (s *argExtreme) Release() {
	s.drop()
	s.rows = nil
}

// A countIf counts true conditions.
type countIf struct{ counter }

func newCountIf(mem memory.Allocator, _ []arrow.DataType, out arrow.DataType) Accumulator {
	return &countIf{counter{mem: mem, out: out}}
}

func (c *countIf) Add(groups []uint32, args []Arg) error {
	if allNullArg(args[0]) {
		return nil
	}
	conditions := boolsOf(args[0])
	for i, g := range groups {
		if !isNullAt(args[0], i) {
			c.counts[g] += int64(bit(conditions.at(i)))
		}
	}
	return nil
}

func (c *countIf) Merge(other Accumulator, groups []uint32) error {
	return c.Combine(other, nil, groups)
}

func (c *countIf) Combine(other Accumulator, from, to []uint32) error {
	return c.counter.Combine(&other.(*countIf).counter, from, to)
}

// A product is the accumulator of products.
type product struct {
	mem    memory.Allocator
	states []productState
	dense  dense[float64]
}

type productState struct {
	value float64
	any   bool
}

func newProduct(mem memory.Allocator, _ []arrow.DataType, _ arrow.DataType) Accumulator {
	return &product{mem: mem}
}

func (s *product) Grow(n int) { s.states = grown(s.states, n) }

func (s *product) Add(groups []uint32, args []Arg) error {
	groups, values := s.dense.rows(groups, args[0], columnOf[float64](args[0]))
	for i, v := range values {
		s.states[groups[i]].multiply(v)
	}
	return nil
}

func (p *productState) multiply(v float64) {
	if !p.any {
		*p = productState{1, true}
	}
	p.value *= v
}

func (s *product) Merge(other Accumulator, groups []uint32) error {
	return s.Combine(other, nil, groups)
}

func (s *product) Combine(other Accumulator, from, to []uint32) error {
	states := other.(*product).states
	for k, g := range to {
		if o := states[chosen(from, k)]; o.any {
			s.states[g].multiply(o.value)
		}
	}
	return nil
}

func (s *product) Result() (arrow.Array, error) {
	return fixedResult(s.mem, float8Type, len(s.states), func(g int) (float64, error) { return valueIf(s.states[g].any, s.states[g].value) })
}

func (s *product) Bytes() int64 { return bytesOf(s.states) }
func (s *product) Release()     { s.states = nil }
