package udf

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// TestAggregateShapes holds every overload of every aggregate to what it answers for each group alone: with all rows
// added at once, in batches and slices, with a constant, and merged from several accumulators.
func TestAggregateShapes(t *testing.T) {
	set := Builtin()
	for _, f := range set.Aggregates() {
		t.Run(f.Name, func(t *testing.T) {
			random := rand.New(rand.NewPCG(3, 4))
			for _, impl := range f.Impls {
				for _, types := range sampleCalls(&Impl{In: impl.In}) {
					bound, err := set.Aggregate(f.Name, types)
					if err != nil {
						continue
					}
					t.Run(callText(f.Name, types), func(t *testing.T) { checkAggregate(t, bound, random) })
				}
			}
		})
	}
}

func checkAggregate(t *testing.T, f *AggregateFunc, random *rand.Rand) {
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	const n, groupCount = 100, 7 // the last group stays empty
	columns := make([]arrow.Array, len(f.In))
	for k, dt := range f.In {
		if columns[k] = aggregateSetting(mem, f.Name, k, dt, n); columns[k] == nil {
			columns[k] = finiteArray(mem, dt, n, random)
		}
		if f.Name == "jsonb_object_agg" && k == 0 {
			columns[k] = withoutNulls(t, mem, columns[k])
		}
		defer columns[k].Release()
	}
	groups := make([]uint32, n)
	for i := range groups {
		groups[i] = uint32(random.IntN(groupCount - 1))
	}
	want := make([]string, groupCount)
	for g := range want {
		var rows []int
		for i, of := range groups {
			if of == uint32(g) {
				rows = append(rows, i)
			}
		}
		args := make([]Arg, len(columns))
		for k, c := range columns {
			picked, err := take(mem, c, rows)
			if err != nil {
				t.Fatal(err)
			}
			defer picked.Release()
			args[k] = Arg{Array: picked}
		}
		want[g] = resultOf(t, f, mem, 1, func(state Accumulator) error { return state.Add(make([]uint32, len(rows)), args) })[0]
	}
	part := func(from, to int) ([]uint32, []Arg) {
		args := make([]Arg, len(columns))
		for k, c := range columns {
			args[k] = Arg{Array: array.NewSlice(c, int64(from), int64(to))}
		}
		return groups[from:to], args
	}
	add := func(state Accumulator, from, to int) error {
		groups, args := part(from, to)
		for _, a := range args {
			defer a.Release()
		}
		return state.Add(groups, args)
	}
	compare := func(what string, got []string) {
		t.Helper()
		if !slices.Equal(got, want) {
			t.Fatalf("%s: %q, not %q", what, got, want)
		}
	}
	compare("at once", resultOf(t, f, mem, groupCount, func(state Accumulator) error { return add(state, 0, n) }))
	compare("in batches", resultOf(t, f, mem, groupCount, func(state Accumulator) error {
		for from := 0; from < n; from += 9 {
			if err := add(state, from, min(from+9, n)); err != nil {
				return err
			}
		}
		return add(state, n, n)
	}))
	compare("growing", resultOf(t, f, mem, 1, func(state Accumulator) error {
		for from := range n {
			state.Grow(int(slices.Max(groups[:from+1])) + 1)
			if err := add(state, from, from+1); err != nil {
				return err
			}
		}
		state.Grow(groupCount)
		return nil
	}))
	compare("merged", resultOf(t, f, mem, groupCount, func(state Accumulator) error {
		for from := 0; from < n; from += 40 {
			if err := mergePart(f, mem, state, groups[from:min(from+40, n)], func(other Accumulator, mapped []uint32) error {
				_, args := part(from, min(from+40, n))
				for _, a := range args {
					defer a.Release()
				}
				return other.Add(mapped, args)
			}); err != nil {
				return err
			}
		}
		return nil
	}))
	checkConstantRows(t, f, mem, columns)
}

// mergePart aggregates rows into an accumulator of its own, whose groups are numbered as they come, and merges it.
func mergePart(f *AggregateFunc, mem memory.Allocator, state Accumulator, groups []uint32, add func(other Accumulator, mapped []uint32) error) error {
	other := f.Impl.New(mem, f.In, f.Out)
	defer other.Release()
	var order []uint32
	mapped := make([]uint32, len(groups))
	for i, g := range groups {
		at := slices.Index(order, g)
		if at < 0 {
			at = len(order)
			order = append(order, g)
		}
		mapped[i] = uint32(at)
	}
	other.Grow(len(order))
	if err := add(other, mapped); err != nil {
		return err
	}
	return state.Merge(other, order)
}

func resultOf(t *testing.T, f *AggregateFunc, mem memory.Allocator, n int, run func(state Accumulator) error) []string {
	t.Helper()
	state := f.Impl.New(mem, f.In, f.Out)
	defer state.Release()
	state.Grow(n)
	if err := run(state); err != nil {
		t.Fatal(err)
	}
	if state.Bytes() < 0 {
		t.Fatal("less than no memory")
	}
	a, err := state.Result()
	if err != nil {
		t.Fatal(err)
	}
	defer a.Release()
	if !sameType(a.DataType(), f.Out) {
		t.Fatalf("result is %s, not %s", a.DataType(), f.Out)
	}
	texts := make([]string, a.Len())
	for i := range texts {
		texts[i] = shown(a, i)
		if v, err := strconv.ParseFloat(texts[i], 64); err == nil && isFloat(f.Out) {
			texts[i] = strconv.FormatFloat(v, 'g', 12, 64) // variances differ in their last digits by the way they are merged
		}
	}
	return texts
}

// checkConstantRows compares a constant argument to the same value repeated.
func checkConstantRows(t *testing.T, f *AggregateFunc, mem memory.Allocator, columns []arrow.Array) {
	t.Helper()
	if len(columns) == 0 {
		return
	}
	for _, at := range []int{0, 1, 2, 3} {
		constants, repeated := make([]Arg, len(columns)), make([]Arg, len(columns))
		for k, c := range columns {
			constants[k] = Arg{array.NewSlice(c, int64(at), int64(at+1)), true}
			defer constants[k].Release()
			rows, err := take(mem, c, slices.Repeat([]int{at}, 5))
			if err != nil {
				t.Fatal(err)
			}
			defer rows.Release()
			repeated[k] = Arg{Array: rows}
		}
		groups := []uint32{0, 1, 0, 1, 1}
		got := resultOf(t, f, mem, 2, func(state Accumulator) error { return state.Add(groups, constants) })
		want := resultOf(t, f, mem, 2, func(state Accumulator) error { return state.Add(groups, repeated) })
		if !slices.Equal(got, want) {
			t.Fatalf("constant: %q, not %q", got, want)
		}
	}
}

// withoutNulls has one of the column's values in each row that was NULL.
func withoutNulls(t *testing.T, mem memory.Allocator, column arrow.Array) arrow.Array {
	t.Helper()
	defer column.Release()
	rows, valid := make([]int, column.Len()), 0
	for valid < column.Len() && column.IsNull(valid) {
		valid++
	}
	for i := range rows {
		if rows[i] = i; column.IsNull(i) {
			rows[i] = valid
		}
	}
	picked, err := take(mem, column, rows)
	if err != nil {
		t.Fatal(err)
	}
	return picked
}

// aggregateSetting is an argument that every call gives the same: the fraction of a quantile, and whether an order descends.
func aggregateSetting(mem memory.Allocator, function string, k int, dt arrow.DataType, n int) arrow.Array {
	var text string
	switch {
	case k == 0 || !slices.Contains([]string{"quantile_cont", "quantile_disc", "mode", "approx_quantile"}, function):
		return nil
	case dt.ID() == arrow.BOOL:
		text = "true"
	case dt.ID() == arrow.LIST:
		text = "{0.25,NULL,1}"
	default:
		text = "0.25"
	}
	b := array.NewStringBuilder(mem)
	defer b.Release()
	for range n {
		b.Append(text)
	}
	texts := b.NewArray()
	defer texts.Release()
	a, err := Cast(&Call{Mem: mem, Rows: n, Out: dt, Env: testEnv}, texts, dt)
	if err != nil {
		panic(err)
	}
	return a
}

// finiteArray makes numbers whose sums are exact in any order, so that results can be compared to the last digit.
func finiteArray(mem memory.Allocator, dt arrow.DataType, n int, random *rand.Rand) arrow.Array {
	switch {
	case isFloat(dt):
		whole := finiteArray(mem, int2Type, n, random)
		defer whole.Release()
		a, err := Cast(&Call{Mem: mem, Env: testEnv}, whole, dt)
		if err != nil {
			panic(err)
		}
		return a
	case dt.ID() == arrow.INT16:
		b := array.NewInt16Builder(mem)
		defer b.Release()
		for range n {
			if random.IntN(6) == 0 {
				b.AppendNull()
			} else {
				b.Append(int16(random.IntN(200) - 100))
			}
		}
		return b.NewArray()
	}
	return randomArray(mem, dt, n, random)
}
