package files

import (
	"errors"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/extensions"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/udf"
)

var (
	real32  = arrow.PrimitiveTypes.Float32
	bigint  = arrow.PrimitiveTypes.Int64
	integer = arrow.PrimitiveTypes.Int32
	text    = arrow.BinaryTypes.String
	vector2 = arrow.FixedSizeListOfNonNullable(2, real32)
)

// from makes an array out of JSON, as arrow-go reads it.
func from(t *testing.T, mem memory.Allocator, typ arrow.DataType, values string) arrow.Array {
	t.Helper()
	a, _, err := array.FromJSON(mem, typ, strings.NewReader(values))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func jsonOf(t *testing.T, values arrow.Array) string {
	t.Helper()
	json, err := values.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(json), "\n", "")
}

// TestTypes turns values of every type that files have into what a new table has for it.
func TestTypes(t *testing.T) {
	dictionary := &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int8, ValueType: text}
	for _, c := range []struct {
		typ    arrow.DataType
		values string
		name   string
		want   string
	}{
		{arrow.PrimitiveTypes.Int8, `[-128, null]`, "integer", `[-128,null]`},
		{arrow.PrimitiveTypes.Uint8, `[255]`, "integer", `[255]`},
		{arrow.PrimitiveTypes.Int16, `[-32768]`, "integer", `[-32768]`},
		{arrow.PrimitiveTypes.Uint16, `[65535]`, "integer", `[65535]`},
		{arrow.PrimitiveTypes.Uint32, `[4294967295, null]`, "bigint", `[4294967295,null]`},
		{arrow.PrimitiveTypes.Uint64, `[18446744073709551615, null]`, "numeric(20,0)", `["18446744073709551615",null]`},
		{arrow.FixedWidthTypes.Float16, `[1.5, null]`, "real", `[1.5,null]`},
		{arrow.BinaryTypes.LargeString, `["a", null]`, "text", `["a",null]`},
		{arrow.BinaryTypes.StringView, `["a string of more than twelve bytes", null]`, "text", `["a string of more than twelve bytes",null]`},
		{arrow.BinaryTypes.LargeBinary, `["AP8=", null]`, "bytea", `["AP8=",null]`},
		{arrow.BinaryTypes.BinaryView, `["AP8="]`, "bytea", `["AP8="]`},
		{arrow.Null, `[null, null]`, "text", `[null,null]`},
		{dictionary, `["a", null, "b", "a"]`, "text", `["a",null,"b","a"]`},
		{arrow.FixedWidthTypes.Date64, `["1969-12-31", "2024-02-29"]`, "date", `["1969-12-31","2024-02-29"]`},
		{arrow.FixedWidthTypes.Time32s, `["12:30:15"]`, "time without time zone", `["12:30:15"]`},
		{arrow.FixedWidthTypes.Time64ns, `["12:30:15.123456789"]`, "time without time zone", `["12:30:15.123456"]`},
		{&arrow.TimestampType{Unit: arrow.Second}, `["2024-02-29 12:30:15"]`, "timestamp without time zone", `["2024-02-29T12:30:15"]`},
		{arrow.FixedWidthTypes.Timestamp_ns, `["1969-12-31 23:59:59.999999999Z"]`, "timestamp with time zone", `["1969-12-31T23:59:59.999999Z"]`},
		{&arrow.TimestampType{Unit: arrow.Millisecond, TimeZone: "Europe/Berlin"}, `["2024-02-29 12:30:15.001Z"]`, "timestamp with time zone", `["2024-02-29T12:30:15.001Z"]`},
		{&arrow.Decimal32Type{Precision: 5, Scale: 2}, `["1.50", null]`, "numeric(5,2)", `["1.5",null]`},
		{&arrow.Decimal64Type{Precision: 15, Scale: 2}, `["-1.50"]`, "numeric(15,2)", `["-1.5"]`},
		{&arrow.Decimal256Type{Precision: 38, Scale: 2}, `["-1.50"]`, "numeric(38,2)", `["-1.5"]`},
		{arrow.ListOf(arrow.PrimitiveTypes.Uint8), `[[1, null], null, []]`, "integer[]", `[[1,null],null,[]]`},
		{arrow.LargeListOf(arrow.BinaryTypes.LargeString), `[["a"], null, ["b", "c"]]`, "text[]", `[["a"],null,["b","c"]]`},
		{arrow.ListViewOf(bigint), `[[1], null, [2, 3]]`, "bigint[]", `[[1],null,[2,3]]`},
		{arrow.FixedSizeListOf(2, bigint), `[[1, 2], null]`, "bigint[]", `[[1,2],null]`},
		{arrow.FixedSizeListOf(2, arrow.FixedWidthTypes.Float16), `[[1.5, 2], null]`, "vector(2)", `[[1.5,2],null]`},
		{arrow.FixedSizeListOf(2, arrow.PrimitiveTypes.Float64), `[null, [1.5, 2]]`, "vector(2)", `[null,[1.5,2]]`},
		{arrow.StructOf(arrow.Field{Name: "a", Type: arrow.PrimitiveTypes.Uint8}, arrow.Field{Name: "v", Type: arrow.FixedSizeListOf(1, real32)}),
			`[{"a": 1, "v": [2]}]`, "struct(a integer, v real[])", `[{"a":1,"v":[2]}]`},
		{arrow.MapOf(text, arrow.PrimitiveTypes.Uint8), `[[{"key": "a", "value": 1}], null]`, "map(text, integer)", `[[{"key":"a","value":1}],null]`},
		{extensions.NewUUIDType(), `["6ba7b810-9dad-11d1-80b4-00c04fd430c8"]`, "uuid", `["6ba7b810-9dad-11d1-80b4-00c04fd430c8"]`},
		{extensions.NewBool8Type(), `[true, false]`, "integer", `[1,0]`},
		{arrow.FixedWidthTypes.Duration_ms, `["5ms", null]`, "bigint", `[5000,null]`},
	} {
		t.Run(c.typ.String(), func(t *testing.T) {
			mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
			defer mem.AssertSize(t, 0)
			values := from(t, mem, c.typ, c.values)
			defer values.Release()
			schema := arrow.NewSchema([]arrow.Field{{Name: "x", Type: c.typ, Nullable: true}}, nil)
			to, err := TableSchema(schema)
			if err != nil {
				t.Fatal(err)
			}
			if name := udf.TypeName(to.Field(0).Type); name != c.name {
				t.Errorf("a table has %s, want %s", name, c.name)
			}
			for _, part := range [][2]int{{0, values.Len()}, {values.Len() - 1, values.Len()}} {
				slice := array.NewSlice(values, int64(part[0]), int64(part[1]))
				defer slice.Release()
				batch := array.NewRecordBatch(schema, []arrow.Array{slice}, int64(slice.Len()))
				defer batch.Release()
				got, err := Convert(mem, batch, to)
				if err != nil {
					t.Fatal(err)
				}
				defer got.Release()
				json := jsonOf(t, got.Column(0))
				if part[0] == 0 && json != c.want {
					t.Errorf("got %s, want %s", json, c.want)
				}
				if part[0] > 0 && !strings.HasSuffix(c.want, json[1:]) {
					t.Errorf("the last row is %s, want the end of %s", json, c.want)
				}
			}
		})
	}
}

func TestTypesThatTablesLack(t *testing.T) {
	for _, typ := range []arrow.DataType{
		arrow.FixedWidthTypes.MonthDayNanoInterval,
		arrow.FixedWidthTypes.MonthInterval,
		&arrow.Decimal256Type{Precision: 50, Scale: 2},
		arrow.StructOf(),
		arrow.ListOf(arrow.FixedWidthTypes.DayTimeInterval),
		arrow.RunEndEncodedOf(integer, integer),
		arrow.DenseUnionOf([]arrow.Field{{Name: "a", Type: integer}}, []arrow.UnionTypeCode{0}),
	} {
		_, err := TableSchema(arrow.NewSchema([]arrow.Field{{Name: "x", Type: typ}}, nil))
		var fault *Error
		if !errors.As(err, &fault) || fault.State != "0A000" || fault.Column != "x" || fault.Hint == "" {
			t.Errorf("%s: %v", typ, err)
		}
	}
}

// TestExisting turns values into the type of a column that is there.
func TestExisting(t *testing.T) {
	for _, c := range []struct {
		from   arrow.DataType
		values string
		to     arrow.DataType
		want   string // values or error
	}{
		{integer, `[1, null]`, bigint, `[1,null]`},
		{bigint, `[1, 3000000000]`, integer, `22003 row 2: column "x": integer out of range`},
		{arrow.PrimitiveTypes.Uint64, `[1, null]`, bigint, `[1,null]`},
		{arrow.PrimitiveTypes.Uint64, `[1, 18446744073709551615]`, bigint, `22003 row 2: column "x": bigint out of range`},
		{arrow.PrimitiveTypes.Float64, `[1, 2.5]`, integer, `22003 row 2: column "x": 2.5 does not fit integer without rounding`},
		{arrow.PrimitiveTypes.Float64, `[1, 2]`, integer, `[1,2]`},
		{arrow.PrimitiveTypes.Float64, `[0.1]`, real32, `[0.1]`},
		{real32, `[1.5]`, arrow.PrimitiveTypes.Float64, `[1.5]`},
		{integer, `[1]`, text, `["1"]`},
		{text, `["2024-01-01", "noon"]`, arrow.FixedWidthTypes.Date32, `22007 row 2: column "x": invalid input syntax for type date: "noon"`},
		{text, `["2024-01-01 12:00:00", "2024-01-01 12:00:00+02"]`, arrow.FixedWidthTypes.Timestamp_us, `["2024-01-01T12:00:00Z","2024-01-01T10:00:00Z"]`},
		{arrow.FixedWidthTypes.Boolean, `[true]`, arrow.FixedWidthTypes.Date32, `42804 column "x": the file has boolean, but the column is date`},
		{arrow.ListOf(arrow.PrimitiveTypes.Float64), `[[1, 2], null, [3, 4]]`, vector2, `[[1,2],null,[3,4]]`},
		{arrow.ListOf(arrow.PrimitiveTypes.Float64), `[[1, 2], [1, 2, 3]]`, vector2, `22000 row 2: column "x": 3 elements, but the column has 2`},
		{arrow.ListOf(real32), `[[1, 2], [1, null]]`, vector2, `22004 row 2: column "x": element 2 is NULL`},
		{arrow.ListOf(arrow.PrimitiveTypes.Float64), `[[1, 2], [1, 1e300]]`, vector2, `22003 row 2: column "x": 1e+300 is out of range for real`},
		{arrow.ListOf(integer), `[[1, 2]]`, vector2, `[[1,2]]`},
		{arrow.ListOf(text), `[["a", "b"]]`, vector2, `0A000 column "x": vectors are made of numbers, not utf8`},
		{arrow.FixedSizeListOf(3, real32), `[[1, 2, 3]]`, vector2, `22000 row 1: column "x": 3 elements, but the column has 2`},
		{vector2, `[[1, 2], null]`, arrow.ListOf(arrow.PrimitiveTypes.Float64), `[[1,2],null]`},
		{arrow.ListOf(bigint), `[[1], [], null, [2, 3000000000]]`, arrow.ListOf(integer), `22003 row 4: column "x": integer out of range`},
		{arrow.StructOf(arrow.Field{Name: "b", Type: integer}, arrow.Field{Name: "A", Type: integer}), `[{"b": 1, "A": 2}]`,
			arrow.StructOf(arrow.Field{Name: "a", Type: bigint, Nullable: true}, arrow.Field{Name: "b", Type: integer, Nullable: true}, arrow.Field{Name: "c", Type: integer, Nullable: true}),
			`[{"a":2,"b":1,"c":null}]`},
		{arrow.StructOf(arrow.Field{Name: "z", Type: integer}), `[{"z": 1}]`, arrow.StructOf(arrow.Field{Name: "a", Type: bigint}),
			`42703 column "x": the table does not have the file's column "z"`},
		{&arrow.FixedSizeBinaryType{ByteWidth: 16}, `["AAECAwQFBgcICQoLDA0ODw=="]`, extensions.NewUUIDType(), `["00010203-0405-0607-0809-0a0b0c0d0e0f"]`},
		{&arrow.DictionaryType{IndexType: integer, ValueType: text}, `["2024-01-01", null, "noon"]`, arrow.FixedWidthTypes.Date32,
			`22007 row 3: column "x": invalid input syntax for type date: "noon"`},
		{&arrow.TimestampType{Unit: arrow.Second}, `[1, 9223372036855]`, &arrow.TimestampType{Unit: arrow.Microsecond}, `22003 row 2: column "x": 9223372036855 is out of range for timestamp without time zone`},
	} {
		t.Run(c.from.String()+" to "+c.to.String(), func(t *testing.T) {
			mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
			defer mem.AssertSize(t, 0)
			values := from(t, mem, c.from, c.values)
			defer values.Release()
			batch := array.NewRecordBatch(arrow.NewSchema([]arrow.Field{{Name: "X", Type: c.from, Nullable: true}}, nil), []arrow.Array{values}, int64(values.Len()))
			defer batch.Release()
			result, err := Convert(mem, batch, arrow.NewSchema([]arrow.Field{{Name: "x", Type: c.to, Nullable: true}}, nil))
			var got string
			if fault := (*Error)(nil); errors.As(err, &fault) {
				got = fault.State + " " + fault.Error()
			} else if err != nil {
				got = err.Error()
			} else {
				got = jsonOf(t, result.Column(0))
				result.Release()
			}
			if got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}
