package reader_test

import (
	"bytes"
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/catalog/parquet/reader"
)

// clustered has columns whose values lie together, so that there is something to prune, with NULLs and NaN among them.
func clustered(rows int) arrow.RecordBatch {
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "row", Type: arrow.PrimitiveTypes.Int64},
		{Name: "i32", Type: arrow.PrimitiveTypes.Int32, Nullable: true},
		{Name: "i64", Type: arrow.PrimitiveTypes.Int64, Nullable: true},
		{Name: "u32", Type: arrow.PrimitiveTypes.Uint32, Nullable: true},
		{Name: "f32", Type: arrow.PrimitiveTypes.Float32, Nullable: true},
		{Name: "f64", Type: arrow.PrimitiveTypes.Float64, Nullable: true},
		{Name: "flag", Type: arrow.FixedWidthTypes.Boolean, Nullable: true},
		{Name: "text", Type: arrow.BinaryTypes.String, Nullable: true},
		{Name: "bytes", Type: arrow.BinaryTypes.Binary, Nullable: true},
		{Name: "day", Type: arrow.FixedWidthTypes.Date32, Nullable: true},
		{Name: "at", Type: arrow.FixedWidthTypes.Timestamp_us, Nullable: true},
		{Name: "price", Type: &arrow.Decimal128Type{Precision: 12, Scale: 2}, Nullable: true},
		{Name: "big", Type: &arrow.Decimal128Type{Precision: 30, Scale: 2}, Nullable: true},
		{Name: "hash", Type: &arrow.FixedSizeBinaryType{ByteWidth: 4}, Nullable: true},
	}, nil)
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	r := rand.New(rand.NewPCG(7, 7))
	for i := range rows {
		level := i/50 - 20 // some values below zero
		for c, field := range b.Fields() {
			switch {
			case c > 0 && (i/100%7 == 3 || r.IntN(20) == 0):
				field.AppendNull()
			case c == 0:
				field.(*array.Int64Builder).Append(int64(i))
			default:
				appendLevel(field, level, r)
			}
		}
	}
	return b.NewRecordBatch()
}

// appendLevel appends a value that grows with level.
func appendLevel(b array.Builder, level int, r *rand.Rand) {
	switch b := b.(type) {
	case *array.Int32Builder:
		b.Append(int32(level))
	case *array.Int64Builder:
		b.Append(int64(level))
	case *array.Uint32Builder:
		b.Append(uint32(level))
	case *array.Float32Builder:
		if r.IntN(200) == 0 {
			b.Append(float32(math.NaN()))
		} else {
			b.Append(float32(level))
		}
	case *array.Float64Builder:
		if r.IntN(200) == 0 {
			b.Append(math.NaN())
		} else {
			b.Append(float64(level))
		}
	case *array.BooleanBuilder:
		b.Append(level > 10)
	case *array.StringBuilder:
		b.Append(fmt.Sprintf("%s %04d", bytes.Repeat([]byte("long "), level&31), level+100))
	case *array.BinaryBuilder:
		b.Append([]byte{byte(level * 5), 0xff, byte(level)})
	case *array.Date32Builder:
		b.Append(arrow.Date32(level))
	case *array.TimestampBuilder:
		b.Append(arrow.Timestamp(level))
	case *array.Decimal128Builder:
		_ = b.AppendValueFromString(fmt.Sprintf("%d.25", level))
	case *array.FixedSizeBinaryBuilder:
		b.Append([]byte{byte(level), byte(level), 0, 255})
	default:
		panic(fmt.Sprintf("%T", b))
	}
}

// Whatever is pruned, no row that fulfills the predicate is lost.
func TestPruningLosesNothing(t *testing.T) {
	const rows = 4000
	data := clustered(rows)
	ops := map[string]catalog.Op{"=": catalog.Eq, "<>": catalog.NotEq, "<": catalog.Less, "<=": catalog.LessEq, ">": catalog.Greater,
		">=": catalog.GreaterEq, "in": catalog.In, "null": catalog.IsNull, "not null": catalog.IsNotNull}
	for _, writer := range []struct {
		name  string
		props []parquet.WriterProperty
	}{
		{"groups", []parquet.WriterProperty{parquet.WithMaxRowGroupLength(300)}},
		{"pages", []parquet.WriterProperty{parquet.WithPageIndexEnabled(true), parquet.WithDataPageSize(256), parquet.WithBatchSize(32), parquet.WithMaxRowGroupLength(2500)}},
		{"bloom", []parquet.WriterProperty{parquet.WithBloomFilterEnabled(true), parquet.WithStats(false), parquet.WithMaxRowGroupLength(300)}},
		{"nothing", []parquet.WriterProperty{parquet.WithStats(false)}},
	} {
		f := open(t, write(t, parquet.NewWriterProperties(writer.props...), data))
		columns := columnsOf(data.Schema())
		pruned := map[string]int64{}
		for c := 1; c < len(columns); c++ {
			for name, op := range ops {
				for _, at := range []int{-1, 0, 170, 1234, 2024, 3999} {
					values := predicateValues(t, data.Column(c), op, at)
					if values == nil {
						continue
					}
					stats := new(catalog.ScanStats)
					got := scan(t, f, reader.Spec{Columns: columns, Scan: catalog.Scan{
						Columns: []int{0}, Mem: memory.DefaultAllocator, Stats: stats, Prune: []catalog.Predicate{{Column: c, Op: op, Values: values}},
					}})
					seen := map[int64]bool{}
					if got != nil {
						for _, row := range got.Column(0).(*array.Int64).Int64Values() {
							seen[row] = true
						}
					}
					for row := range rows {
						if fulfills(data.Column(c), row, op, values) && !seen[int64(row)] {
							t.Fatalf("%s: row %d is lost by %s %s %v", writer.name, row, columns[c].Name, name, values)
						}
					}
					pruned[columns[c].Name+" "+name] += rows - int64(len(seen))
				}
			}
		}
		switch writer.name {
		case "nothing":
			for what, n := range pruned {
				if n > 0 {
					t.Errorf("%s pruned %d rows without statistics", what, n)
				}
			}
		case "bloom":
			for _, what := range []string{"i32 =", "i64 in", "text =", "bytes =", "day =", "at in", "hash ="} {
				if pruned[what] == 0 {
					t.Errorf("%s pruned nothing by bloom filters", what)
				}
			}
		default:
			for _, what := range []string{"i32 <", "i64 >", "u32 =", "f32 <", "f64 =", "flag =", "text <=", "text in", "bytes =", "day >=", "at <", "price =", "big >", "hash ="} {
				if pruned[what] == 0 {
					t.Errorf("%s: %s pruned nothing", writer.name, what)
				}
			}
		}
	}
}

// Ranges that pruning leaves, some with deleted rows and some without, come in the file's order.
func TestRangesInOrder(t *testing.T) {
	data := clustered(4000)
	f := open(t, write(t, parquet.NewWriterProperties(parquet.WithPageIndexEnabled(true), parquet.WithDataPageSize(256), parquet.WithBatchSize(32), parquet.WithDictionaryDefault(false)), data))
	two := parse(t, arrow.PrimitiveTypes.Int32, `[-18, 40]`)
	spec := reader.Spec{Columns: columnsOf(data.Schema()), Deleted: below(350), Scan: catalog.Scan{
		Columns: []int{0, 2, 7}, Mem: checked(t), Stats: new(catalog.ScanStats), Prune: []catalog.Predicate{{Column: 1, Op: catalog.In, Values: two}},
	}}
	got := scan(t, f, spec)
	defer got.Release()
	if spec.Scan.Stats.PagesPruned.Load() == 0 {
		t.Fatal("no page was pruned")
	}
	last := int64(-1)
	for i, row := range got.Column(0).(*array.Int64).Int64Values() {
		if row <= last || row < 350 && row%2 == 0 {
			t.Fatalf("row %d after row %d", row, last)
		}
		if row > 1000 && row < 2000 || !array.SliceEqual(got.Column(2), int64(i), int64(i+1), data.Column(7), row, row+1) {
			t.Fatalf("row %d: %s", row, got.Column(2).ValueStr(i))
		}
		last = row
	}
}

// A below is every second row deleted, before a row.
type below int64

func (b below) Contains(row int64) bool { return row < int64(b) && row%2 == 0 }
func (b below) Any(from, to int64) bool { return (from+1)/2*2 < min(to, int64(b)) }
func (b below) Count(from, to int64) int64 {
	return (max(min(to, int64(b)), from)+1)/2 - (from+1)/2
}

// predicateValues makes a predicate's values of the value in a row; row -1 stands for NULL or, in floats, NaN.
func predicateValues(t *testing.T, column arrow.Array, op catalog.Op, at int) arrow.Array {
	if op == catalog.IsNull || op == catalog.IsNotNull {
		if at != 0 {
			return nil
		}
		return array.NewSlice(column, 0, 0)
	}
	if at < 0 {
		switch column.DataType().ID() {
		case arrow.FLOAT32, arrow.FLOAT64:
			for i := range column.Len() {
				if column.IsValid(i) && column.ValueStr(i) == "NaN" {
					return array.NewSlice(column, int64(i), int64(i+1))
				}
			}
		}
		return array.MakeArrayOfNull(memory.DefaultAllocator, column.DataType(), 1)
	}
	if op == catalog.In {
		parts := []arrow.Array{array.NewSlice(column, int64(at), int64(at+1)), array.NewSlice(column, 1000, 1001)}
		values, err := array.Concatenate(parts, memory.DefaultAllocator)
		if err != nil {
			t.Fatal(err)
		}
		return values
	}
	return array.NewSlice(column, int64(at), int64(at+1))
}

// fulfills decides a predicate for one row, with PostgreSQL's NaN: equal to itself and greater than every number.
func fulfills(column arrow.Array, row int, op catalog.Op, values arrow.Array) bool {
	switch {
	case op == catalog.IsNull:
		return column.IsNull(row)
	case op == catalog.IsNotNull:
		return column.IsValid(row)
	case column.IsNull(row):
		return false
	}
	for v := range values.Len() {
		if values.IsNull(v) {
			continue
		}
		order := order(column, row, values, v)
		var ok bool
		switch op {
		case catalog.Eq, catalog.In:
			ok = order == 0
		case catalog.NotEq:
			ok = order != 0
		case catalog.Less:
			ok = order < 0
		case catalog.LessEq:
			ok = order <= 0
		case catalog.Greater:
			ok = order > 0
		case catalog.GreaterEq:
			ok = order >= 0
		}
		if ok {
			return true
		}
	}
	return false
}

func order(a arrow.Array, i int, b arrow.Array, j int) int {
	number := func(a arrow.Array, i int) float64 {
		switch a := a.(type) {
		case *array.Int32:
			return float64(a.Value(i))
		case *array.Int64:
			return float64(a.Value(i))
		case *array.Uint32:
			return float64(a.Value(i))
		case *array.Float32:
			return float64(a.Value(i))
		case *array.Float64:
			return a.Value(i)
		case *array.Date32:
			return float64(a.Value(i))
		case *array.Timestamp:
			return float64(a.Value(i))
		case *array.Decimal128:
			return a.Value(i).ToFloat64(2)
		case *array.Boolean:
			if a.Value(i) {
				return 1
			}
			return 0
		}
		panic(fmt.Sprintf("%T", a))
	}
	switch a := a.(type) {
	case *array.String:
		return cmp.Compare(a.Value(i), b.(*array.String).Value(j))
	case *array.Binary:
		return bytes.Compare(a.Value(i), b.(*array.Binary).Value(j))
	case *array.FixedSizeBinary:
		return bytes.Compare(a.Value(i), b.(*array.FixedSizeBinary).Value(j))
	}
	x, y := number(a, i), number(b, j)
	switch {
	case math.IsNaN(x) && math.IsNaN(y):
		return 0
	case math.IsNaN(x):
		return 1
	case math.IsNaN(y):
		return -1
	}
	return cmp.Compare(x, y)
}
