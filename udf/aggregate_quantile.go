package udf

import (
	"math"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

var quantileAggregates = []Aggregate{
	{
		Name: "quantile_cont", Args: []string{"value", "fraction", "descending"},
		Doc: "The value below which the fraction of the values that are not NULL lies, between two of them if need be; NULL if there are none or the fraction is. For an array of fractions an array. " +
			"A fraction outside of 0 to 1 is an error. Also written percentile_cont(fraction) WITHIN GROUP (ORDER BY value).",
		Example: "(SELECT quantile_cont(x, 0.25) FROM (VALUES (1), (2), (3), (NULL)) AS t(x)) = 1.5",
		Impls:   slices.Concat(floatQuantileImpls, quantileImpls(interval, newQuantile(interpolateIntervals))),
	},
	{
		Name: "quantile_disc", Aliases: []string{"quantile"}, Args: []string{"value", "fraction", "descending"},
		Doc: "The first of the values that are not NULL, in the order of <, at or below which the fraction of them lies; NULL if there are none or the fraction is. For an array of fractions an array. " +
			"A fraction outside of 0 to 1 is an error. Also written percentile_disc(fraction) WITHIN GROUP (ORDER BY value).",
		Example: "(SELECT quantile_disc(x, 0.5) FROM (VALUES ('c'), ('a'), ('b'), ('d')) AS t(x)) = 'b'",
		Impls:   quantileImpls(orderedvalue, newQuantile(nil)),
	},
	{
		Name: "median", Args: []string{"value"},
		Doc:     "The value in the middle of those that are not NULL, or the mean of the two there; NULL if there are none.",
		Example: "(SELECT median(x) FROM (VALUES (1), (2), (3), (10)) AS t(x)) = 2.5",
		Impls: []AggregateImpl{
			{In: []Type{float8}, Out: returnsArg(0), New: newFloatQuantile},
			{In: []Type{interval}, Out: returnsArg(0), New: newQuantile(interpolateIntervals)},
		},
	},
	{
		Name: "mode", Args: []string{"value", "descending"},
		Doc: "The value that occurs most often, of several the least; NULLs do not count, and NULL is the answer if there is nothing else. Also written mode() WITHIN GROUP (ORDER BY value), " +
			"which takes the first in that order.",
		Example: "(SELECT mode(x) FROM (VALUES ('b'), ('a'), ('b'), ('a'), ('c')) AS t(x)) = 'a'",
		Impls: []AggregateImpl{
			{In: []Type{orderedvalue}, Out: returnsArg(0), New: newMode},
			{In: []Type{orderedvalue, boolean}, Out: returnsArg(0), New: newMode},
		},
	},
}

// quantileImpls are the overloads for one fraction and for several, each with and without a direction.
func quantileImpls(value Type, new func(memory.Allocator, []arrow.DataType, arrow.DataType) Accumulator) []AggregateImpl {
	several := func(in []arrow.DataType) (arrow.DataType, error) { return listOf(in[0]), nil }
	return []AggregateImpl{
		{In: []Type{value, float8}, Out: returnsArg(0), New: new},
		{In: []Type{value, float8, boolean}, Out: returnsArg(0), New: new},
		{In: []Type{value, fractions}, Out: several, New: new},
		{In: []Type{value, fractions, boolean}, Out: several, New: new},
	}
}

// fractions is double precision[].
var fractions = Type{Name: "double precision[]", literal: listOf(float8Type), weight: 2,
	Match: func(dt arrow.DataType) bool { return dt.ID() == arrow.LIST && elementType(dt).ID() == arrow.FLOAT64 },
	cast: func(from arrow.DataType) arrow.DataType {
		if elem := elementType(from); elem != nil && (isNumber(elem) || elem.ID() == arrow.NULL) {
			return listOf(float8Type)
		}
		return nil
	}}

// A quantile keeps all values and sorts those of each group at the end.
type quantile struct {
	values      arrayAgg
	fractions   *anyValue // the group's fraction or fractions; nil for the median
	out         arrow.DataType
	descending  bool
	interpolate func(mem memory.Allocator, values arrow.Array, at []position) (arrow.Array, error) // nil to take values as they are
}

// A position is a place in sorted values: two rows, and how far it lies from the first towards the second. There is none if
// the first is below 0.
type position struct {
	from, to int
	part     float64
}

func newQuantile(interpolate func(memory.Allocator, arrow.Array, []position) (arrow.Array, error)) func(memory.Allocator, []arrow.DataType, arrow.DataType) Accumulator {
	return func(mem memory.Allocator, in []arrow.DataType, out arrow.DataType) Accumulator {
		s := &quantile{values: arrayAgg{mem: mem, out: listOf(in[0])}, out: out, interpolate: interpolate}
		if len(in) > 1 {
			s.fractions = &anyValue{mem: mem, out: in[1]}
		}
		return s
	}
}

func (s *quantile) Grow(n int) {
	s.values.Grow(n)
	if s.fractions != nil {
		s.fractions.Grow(n)
	}
}

func (s *quantile) Add(groups []uint32, args []Arg) error {
	if len(args) > 2 && len(groups) > 0 && !isNullAt(args[2], 0) {
		s.descending = boolsOf(args[2]).at(0)
	}
	if s.fractions != nil {
		if err := s.fractions.Add(groups, args[1:2]); err != nil {
			return err
		}
	}
	return s.values.Add(groups, args[:1])
}

func (s *quantile) Merge(other Accumulator, groups []uint32) error {
	o := other.(*quantile)
	s.descending = s.descending || o.descending
	if s.fractions != nil {
		if err := s.fractions.Merge(o.fractions, groups); err != nil {
			return err
		}
	}
	return s.values.Merge(&o.values, groups)
}

func (s *quantile) Result() (arrow.Array, error) {
	mem := s.values.mem
	values, places, starts, err := s.values.sorted()
	if err != nil {
		return nil, err
	}
	defer values.Release()
	group := func(g int) []int { return places[starts[g]:starts[g+1]] }
	if s.fractions == nil {
		at := make([]position, s.values.n)
		for g := range at {
			at[g], _ = s.locate(group(g), 0.5)
		}
		return s.valuesAt(mem, values, at)
	}
	wanted, err := s.fractions.Result()
	if err != nil {
		return nil, err
	}
	defer wanted.Release()
	if list, ok := s.out.(*arrow.ListType); ok && wanted.DataType().ID() == arrow.LIST {
		return s.lists(mem, list, values, wanted, group)
	}
	fractions := columnOf[float64](Arg{Array: wanted})
	at := make([]position, s.values.n)
	for g := range at {
		if at[g].from = -1; wanted.IsNull(g) {
			continue
		}
		if at[g], err = s.locate(group(g), fractions.at(g)); err != nil {
			return nil, err
		}
	}
	return s.valuesAt(mem, values, at)
}

// lists answers for several fractions a group.
func (s *quantile) lists(mem memory.Allocator, out *arrow.ListType, values, wanted arrow.Array, group func(g int) []int) (arrow.Array, error) {
	lists := listsOf(Arg{Array: wanted})
	fractions := columnOf[float64](Arg{Array: lists.elements})
	valid, ends := allValid(mem, s.values.n), make([]int32, s.values.n)
	var at []position
	for g := range ends {
		if wanted.IsNull(g) {
			valid.clear(g)
		} else {
			for from, to := lists.at(g); from < to; from++ {
				place := position{from: -1}
				if lists.elements.IsValid(from) {
					var err error
					if place, err = s.locate(group(g), fractions.at(from)); err != nil {
						valid.release()
						return nil, err
					}
				}
				at = append(at, place)
			}
		}
		ends[g] = int32(len(at))
	}
	elements, err := s.valuesAt(mem, values, at)
	if err != nil {
		valid.release()
		return nil, err
	}
	defer elements.Release()
	return gather(&Call{Mem: mem, Out: out}, valid, elements, firstRows(len(at)), ends)
}

// locate finds the fraction's position among a group's sorted rows.
func (s *quantile) locate(rows []int, fraction float64) (position, error) {
	p, err := place(len(rows), fraction, s.descending, s.interpolate == nil)
	if err == nil && p.from >= 0 {
		p.from, p.to = rows[p.from], rows[p.to]
	}
	return p, err
}

// place finds the fraction's position among n sorted values; a discrete one is that of one value.
func place(n int, fraction float64, descending, discrete bool) (position, error) {
	if !(fraction >= 0 && fraction <= 1) {
		return position{}, faultf(stateOutOfRange, "percentile value %g is not between 0 and 1", fraction)
	}
	if n == 0 {
		return position{from: -1}, nil
	}
	last := n - 1
	exact := fraction * float64(last)
	from, to := int(math.Floor(exact)), int(math.Ceil(exact))
	if discrete {
		from = max(int(math.Ceil(fraction*float64(n)))-1, 0)
		to = from
	}
	part := exact - math.Floor(exact)
	if descending {
		from, to = last-from, last-to
	}
	return position{from, to, part}, nil
}

func (s *quantile) valuesAt(mem memory.Allocator, values arrow.Array, at []position) (arrow.Array, error) {
	if s.interpolate != nil {
		return s.interpolate(mem, values, at)
	}
	rows := make([]int, len(at))
	for i, p := range at {
		rows[i] = p.from
	}
	return take(mem, values, rows)
}

func interpolateFloats(mem memory.Allocator, values arrow.Array, at []position) (arrow.Array, error) {
	return between(mem, arrow.GetValues[float64](values.Data(), 1), at)
}

// between has the values at positions.
func between(mem memory.Allocator, values []float64, at []position) (arrow.Array, error) {
	return fixedResult(mem, float8Type, len(at), func(i int) (float64, error) {
		switch p := at[i]; {
		case p.from < 0:
			return 0, errNull
		case p.from == p.to:
			return values[p.from], nil
		default:
			return values[p.from] + p.part*(values[p.to]-values[p.from]), nil
		}
	})
}

func interpolateIntervals(mem memory.Allocator, values arrow.Array, at []position) (arrow.Array, error) {
	from := columnOf[arrow.MonthDayNanoInterval](Arg{Array: values})
	return fixedResult(mem, intervalType, len(at), func(i int) (arrow.MonthDayNanoInterval, error) {
		p := at[i]
		if p.from < 0 {
			return arrow.MonthDayNanoInterval{}, errNull
		}
		if p.from == p.to {
			return from.at(p.from), nil
		}
		span, err := addIntervals(from.at(p.to), signedInterval(from.at(p.from), -1))
		if err != nil {
			return span, err
		}
		if span, err = scaleInterval(span, func(v float64) float64 { return v * p.part }); err != nil {
			return span, err
		}
		return addIntervals(from.at(p.from), span)
	})
}

func (s *quantile) Bytes() int64 {
	if s.fractions == nil {
		return s.values.Bytes()
	}
	return s.values.Bytes() + s.fractions.Bytes()
}

func (s *quantile) Release() {
	s.values.Release()
	if s.fractions != nil {
		s.fractions.Release()
	}
}

// sorted are all values one after the other, and the rows of those of each group that are not NULL, in order: group g has
// rows[starts[g]:starts[g+1]].
func (s *arrayAgg) sorted() (values arrow.Array, rows, starts []int, err error) {
	if len(s.batches) == 0 {
		return NullArray(s.mem, s.out.Elem(), 0), nil, make([]int, s.n+1), nil
	}
	if values, err = array.Concatenate(s.batches, s.mem); err != nil {
		return nil, nil, nil, err
	}
	all, bounds := byGroup(s.groups, s.n)
	rows, starts = all[:0], make([]int, s.n+1)
	compare := comparer(values, values)
	for g := range s.n {
		for _, row := range all[bounds[g]:bounds[g+1]] {
			if values.IsValid(row) {
				rows = append(rows, row)
			}
		}
		starts[g+1] = len(rows)
		slices.SortFunc(rows[starts[g]:], compare)
	}
	return values, rows, starts, nil
}

// A modeAgg keeps all values and looks for the longest run of equal ones in each group's order.
type modeAgg struct {
	arrayAgg
	descending bool
}

func newMode(mem memory.Allocator, in []arrow.DataType, _ arrow.DataType) Accumulator {
	return &modeAgg{arrayAgg: arrayAgg{mem: mem, out: listOf(in[0])}}
}

func (s *modeAgg) Add(groups []uint32, args []Arg) error {
	if len(args) > 1 && len(groups) > 0 && !isNullAt(args[1], 0) {
		s.descending = boolsOf(args[1]).at(0)
	}
	return s.arrayAgg.Add(groups, args[:1])
}

func (s *modeAgg) Merge(other Accumulator, groups []uint32) error {
	o := other.(*modeAgg)
	s.descending = s.descending || o.descending
	return s.arrayAgg.Merge(&o.arrayAgg, groups)
}

func (s *modeAgg) Result() (arrow.Array, error) {
	values, rows, starts, err := s.sorted()
	if err != nil {
		return nil, err
	}
	defer values.Release()
	compare := comparer(values, values)
	modes := make([]int, s.n)
	for g := range modes {
		modes[g] = s.longestRun(rows[starts[g]:starts[g+1]], compare)
	}
	return take(s.mem, values, modes)
}

// longestRun is the first row of the longest run of equal rows, of the last such run if the order descends; -1 without rows.
func (s *modeAgg) longestRun(rows []int, compare func(i, j int) int) int {
	best, longest := -1, 0
	for from := 0; from < len(rows); {
		to := from + 1
		for to < len(rows) && compare(rows[from], rows[to]) == 0 {
			to++
		}
		if n := to - from; n > longest || n == longest && s.descending {
			best, longest = rows[from], n
		}
		from = to
	}
	return best
}
