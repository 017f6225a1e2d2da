package udf

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/compute"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// TestOracle compares kernels to arrow-go's compute on columns with NULLs, sliced so that bitmaps start within a byte.
func TestOracle(t *testing.T) {
	names := map[string]string{
		"add": "add", "subtract": "subtract", "multiply": "multiply", "equal": "equal", "not_equal": "not_equal", "lt": "less", "lte": "less_equal", "gt": "greater", "gte": "greater_equal",
		"and": "and_kleene", "or": "or_kleene",
	}
	set, random := Builtin(), rand.New(rand.NewPCG(9, 10))
	for name, oracle := range names {
		types := []arrow.DataType{int4Type, int8Type, float8Type, textType, dateType, timestampType}
		switch name {
		case "add", "subtract", "multiply":
			types = types[:3]
		case "and", "or":
			types = []arrow.DataType{boolType}
		}
		for _, dt := range types {
			f, err := set.Scalar(name, []arrow.DataType{dt, dt})
			if err != nil {
				t.Fatal(err)
			}
			for _, n := range []int{0, 1, 63, 64, 65, 1000} {
				a, b := smallArray(dt, n+5, random), smallArray(dt, n+5, random)
				x, y := array.NewSlice(a, 5, int64(n+5)), array.NewSlice(b, 3, int64(n+3))
				got, err := f.Eval(&Call{Mem: memory.DefaultAllocator, Rows: n, Out: f.Out, Env: testEnv}, []Arg{{Array: x}, {Array: y}})
				if err != nil {
					t.Fatalf("%s of %s: %v", name, dt, err)
				}
				want, err := compute.CallFunction(context.Background(), oracle, nil, &compute.ArrayDatum{Value: x.Data()}, &compute.ArrayDatum{Value: y.Data()})
				if err != nil {
					t.Fatalf("%s of %s: %v", oracle, dt, err)
				}
				if expected := want.(*compute.ArrayDatum).MakeArray(); !array.Equal(got, expected) {
					t.Errorf("%s of %d rows of %s:\n%v\n%v", name, n, dt, got, expected)
				}
			}
		}
	}
}

// smallArray makes values whose sums and products all types hold.
func smallArray(dt arrow.DataType, n int, random *rand.Rand) arrow.Array {
	small := finiteArray(memory.DefaultAllocator, int2Type, n, random)
	to := dt
	switch dt.ID() {
	case arrow.BOOL, arrow.DATE32:
		to = int4Type
	case arrow.TIMESTAMP:
		to = int8Type
	}
	between, err := Cast(&Call{Mem: memory.DefaultAllocator, Env: testEnv}, small, to)
	if err != nil {
		panic(err)
	}
	switch dt.ID() {
	case arrow.BOOL:
		if between, err = Cast(&Call{Mem: memory.DefaultAllocator, Env: testEnv}, between, dt); err != nil {
			panic(err)
		}
	case arrow.DATE32, arrow.TIMESTAMP:
		data := array.NewData(dt, between.Len(), between.Data().Buffers(), nil, between.NullN(), 0)
		between = array.MakeFromData(data)
	}
	return between
}
