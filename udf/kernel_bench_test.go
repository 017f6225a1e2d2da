package udf

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// BenchmarkKernels evaluates the functions that filters and measures are made of over batches of 8192 rows, with columns
// and with a constant on the right.
func BenchmarkKernels(b *testing.B) {
	set := Builtin()
	for _, c := range []struct {
		name string
		in   []arrow.DataType
	}{
		{"equal", []arrow.DataType{int8Type, int8Type}},
		{"lt", []arrow.DataType{int4Type, int4Type}},
		{"lt", []arrow.DataType{float8Type, float8Type}},
		{"lt", []arrow.DataType{numericType(15, 2), numericType(15, 2)}},
		{"equal", []arrow.DataType{textType, textType}},
		{"add", []arrow.DataType{int8Type, int8Type}},
		{"multiply", []arrow.DataType{int4Type, int4Type}},
		{"multiply", []arrow.DataType{float8Type, float8Type}},
		{"multiply", []arrow.DataType{numericType(15, 2), numericType(15, 2)}},
		{"divide", []arrow.DataType{numericType(15, 2), numericType(15, 2)}},
		{"and", []arrow.DataType{boolType, boolType}},
		{"like", []arrow.DataType{textType, textType}},
		{"lower", []arrow.DataType{textType}},
		{"year", []arrow.DataType{dateType}},
	} {
		f, err := set.Scalar(c.name, c.in)
		if err != nil {
			b.Fatal(err)
		}
		for _, isConst := range []bool{false, true} {
			if isConst && len(c.in) < 2 {
				continue
			}
			shape := "columns"
			if isConst {
				shape = "constant"
			}
			b.Run(fmt.Sprintf("%s/%s/%s", c.name, plainName(c.in[0]), shape), func(b *testing.B) { benchmarkCall(b, f, c.in, isConst) })
		}
	}
}

func benchmarkCall(b *testing.B, f *ScalarFunc, in []arrow.DataType, isConst bool) {
	const rows = 8192
	random := rand.New(rand.NewPCG(5, 6))
	args := make([]Arg, len(in))
	for k, dt := range in {
		n := rows
		if isConst && k == 1 {
			n = 1
		}
		a := benchmarkArray(dt, n, random)
		defer a.Release()
		args[k] = Arg{a, n == 1}
	}
	call := &Call{Mem: &keptMemory{}, Rows: rows, Out: f.Out, Env: testEnv, Context: context.Background()}
	for b.Loop() {
		a, err := f.Eval(call, args)
		if err != nil {
			b.Fatal(err)
		}
		a.Release()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/rows, "ns/row")
}

// A keptMemory hands out freed memory again, as the executor's pool does.
type keptMemory struct{ free map[int][][]byte }

func (m *keptMemory) Allocate(size int) []byte {
	if list := m.free[size]; len(list) > 0 {
		m.free[size] = list[:len(list)-1]
		return list[len(list)-1]
	}
	return memory.DefaultAllocator.Allocate(size)
}

func (m *keptMemory) Reallocate(size int, b []byte) []byte {
	larger := m.Allocate(size)
	copy(larger, b)
	m.Free(b)
	return larger
}

func (m *keptMemory) Free(b []byte) {
	if m.free == nil {
		m.free = make(map[int][][]byte)
	}
	m.free[len(b)] = append(m.free[len(b)], b)
}

// benchmarkArray makes values other than 0 and NULL that no function fails on.
func benchmarkArray(dt arrow.DataType, n int, random *rand.Rand) arrow.Array {
	texts := make([]string, n)
	for i := range texts {
		texts[i] = fmt.Sprint(random.IntN(30000) + 1)
	}
	switch dt.ID() {
	case arrow.STRING:
		for i := range texts {
			texts[i] = "%caption " + texts[i] + "%"
		}
	case arrow.BOOL:
		for i := range texts {
			texts[i] = fmt.Sprint(i%3 == 0)
		}
	case arrow.DATE32:
		for i := range texts {
			texts[i] = string(appendDate(nil, int64(random.IntN(20000))))
		}
	}
	a := textArray(texts)
	defer a.Release()
	cast, err := Cast(&Call{Mem: memory.DefaultAllocator, Env: testEnv}, a, dt)
	if err != nil {
		panic(err)
	}
	return cast
}

// BenchmarkAggregates adds batches of 8192 rows to 1 and to 1000 groups.
func BenchmarkAggregates(b *testing.B) {
	set := Builtin()
	for _, c := range []struct {
		name string
		in   arrow.DataType
	}{
		{"sum", int4Type}, {"sum", int8Type}, {"sum", float8Type}, {"sum", numericType(15, 2)}, {"avg", float4Type}, {"min", int8Type}, {"max", textType}, {"stddev_samp", float8Type}, {"count", int4Type},
	} {
		for _, groups := range []int{1, 1000} {
			b.Run(fmt.Sprintf("%s/%s/%d", c.name, plainName(c.in), groups), func(b *testing.B) {
				f, err := set.Aggregate(c.name, []arrow.DataType{c.in})
				if err != nil {
					b.Fatal(err)
				}
				const rows = 8192
				random := rand.New(rand.NewPCG(7, 8))
				values := benchmarkArray(c.in, rows, random)
				defer values.Release()
				of := make([]uint32, rows)
				for i := range of {
					of[i] = uint32(random.IntN(groups))
				}
				state := f.Impl.New(memory.DefaultAllocator, f.In, f.Out)
				defer state.Release()
				state.Grow(groups)
				for b.Loop() {
					if err := state.Add(of, []Arg{{Array: values}}); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/rows, "ns/row")
			})
		}
	}
}

func textArray(texts []string) arrow.Array {
	b := array.NewStringBuilder(memory.DefaultAllocator)
	defer b.Release()
	b.AppendValues(texts, nil)
	return b.NewArray()
}
