package udf

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// Sums of few groups are exact whatever the sizes of the values: those that fit into lanes, those that fit into 64 bits, and others.
func TestSumOfFewGroups(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, bits := range []int{1, 12, 39, 40, 41, 63, 64, 90, 110} {
		for _, groupCount := range []int{2, fewGroups, fewGroups + 1} {
			t.Run(fmt.Sprintf("%d bits, %d groups", bits, groupCount), func(t *testing.T) {
				const n = 3*laneRows + 5
				values, groups := make([]decimal128.Num, n), make([]uint32, n)
				want := make([]*big.Int, groupCount)
				for g := range want {
					want[g] = new(big.Int)
				}
				for i := range values {
					size := bits
					if i < laneRows { // the first run fits
						size = min(size, 20)
					}
					v := new(big.Int).Lsh(big.NewInt(1), uint(size))
					v.Sub(v, big.NewInt(random.Int64N(2)+1))
					if random.IntN(3) == 0 {
						v.Neg(v)
					}
					values[i], groups[i] = decimal128.FromBigInt(v), uint32(random.IntN(groupCount))
					if random.IntN(2) == 0 {
						groups[i] = 0
					}
					want[groups[i]].Add(want[groups[i]], v)
				}
				mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
				defer mem.AssertSize(t, 0)
				b := array.NewDecimal128Builder(mem, numericType(38, 2))
				b.AppendValues(values, nil)
				column := b.NewArray()
				b.Release()
				defer column.Release()
				got := sumsOf(t, mem, column, groups, groupCount)
				defer got.Release()
				for g, w := range want {
					if v := got.(*array.Decimal128).Value(g).BigInt(); v.Cmp(w) != 0 {
						t.Errorf("sum of group %d is %s, want %s", g, v, w)
					}
				}
			})
		}
	}
}

func TestBigintSumOfFewGroups(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	values := []int64{math.MaxInt64, math.MaxInt64, math.MinInt64, math.MinInt64, math.MinInt64, -1, 1, 5}
	b := array.NewInt64Builder(mem)
	b.AppendValues(values, nil)
	column := b.NewArray()
	b.Release()
	defer column.Release()
	got := sumsOf(t, mem, column, []uint32{0, 0, 1, 1, 1, 2, 2, 2}, 3)
	defer got.Release()
	for g, want := range []string{"18446744073709551614", "-27670116110564327424", "5"} {
		if v := got.(*array.Decimal128).Value(g).BigInt().String(); v != want {
			t.Errorf("sum of group %d is %s, want %s", g, v, want)
		}
	}
}

func sumsOf(t *testing.T, mem memory.Allocator, column arrow.Array, groups []uint32, groupCount int) arrow.Array {
	t.Helper()
	f, err := Builtin().Aggregate("sum", []arrow.DataType{column.DataType()})
	if err != nil {
		t.Fatal(err)
	}
	state := f.Impl.New(mem, f.In, f.Out)
	defer state.Release()
	state.Grow(groupCount)
	if err := state.Add(groups, []Arg{{Array: column}}); err != nil {
		t.Fatal(err)
	}
	sums, err := state.Result()
	if err != nil {
		t.Fatal(err)
	}
	return sums
}

// A mean that shares the states of a sum answers as one that has its own, and other aggregates do not share.
func TestShare(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	accumulator := func(name string, dt arrow.DataType) Accumulator {
		f, err := Builtin().Aggregate(name, []arrow.DataType{dt})
		if err != nil {
			t.Fatal(err)
		}
		return f.Impl.New(mem, f.In, f.Out)
	}
	random := rand.New(rand.NewPCG(5, 6))
	for _, dt := range []arrow.DataType{int2Type, int4Type, int8Type, float4Type, float8Type, numericType(12, 3)} {
		column := finiteArray(mem, dt, 50, random)
		sum, own, shared := accumulator("sum", dt), accumulator("avg", dt), accumulator("avg", dt)
		if !shared.(Sharer).Share(sum) {
			t.Fatalf("mean of %s does not share", dt)
		}
		if shared.(Sharer).Share(accumulator("min", dt)) {
			t.Errorf("mean of %s shares the states of a minimum", dt)
		}
		shared.(Sharer).Share(sum)
		groups := make([]uint32, 50)
		for i := range groups {
			groups[i] = uint32(random.IntN(3))
		}
		for _, state := range []Accumulator{sum, own} {
			state.Grow(4)
			if err := state.Add(groups, []Arg{{Array: column}}); err != nil {
				t.Fatal(err)
			}
		}
		want, err := own.Result()
		if err != nil {
			t.Fatal(err)
		}
		got, err := shared.Result()
		if err != nil {
			t.Fatal(err)
		}
		if !array.Equal(got, want) {
			t.Errorf("mean of %s is %s, want %s", dt, got, want)
		}
		for _, a := range []arrow.Array{column, want, got} {
			a.Release()
		}
	}
}

func BenchmarkFewGroups(b *testing.B) {
	const n = 1 << 15
	values, groups := make([]decimal128.Num, n), make([]uint32, n)
	for i := range values {
		values[i], groups[i] = decimal128.FromI64(rand.Int64N(1e9)), uint32(rand.IntN(4))
	}
	s := &decimalSum{}
	s.Grow(4)
	b.Run("lanes", func(b *testing.B) {
		for b.Loop() {
			sumNarrowDecimals(groups, values, func(l *lanes) { s.addLanes(l) })
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/value")
	})
	b.Run("one by one", func(b *testing.B) {
		for b.Loop() {
			for i, v := range values {
				s.states[groups[i]].add(v, 1)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/value")
	})
}
