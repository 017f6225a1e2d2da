package substrait

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/extensions"
	"github.com/apache/arrow-go/v18/arrow/memory"
	proto "github.com/substrait-io/substrait-protobuf/go/substraitpb"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// declared holds the types that a plan declares.
type declared []string

func (d *declared) TypeAnchor(name string) uint32 {
	for i, n := range *d {
		if n == name {
			return uint32(i)
		}
	}
	*d = append(*d, name)
	return uint32(len(*d) - 1)
}

func (d *declared) TypeName(anchor uint32) (string, bool) {
	if int(anchor) >= len(*d) {
		return "", false
	}
	return (*d)[anchor], true
}

// values has a type a line and, as JSON, an array whose first value is to survive.
var values = []struct {
	dt   arrow.DataType
	json string
}{
	{arrow.FixedWidthTypes.Boolean, `[true]`},
	{arrow.PrimitiveTypes.Int8, `[-128]`},
	{arrow.PrimitiveTypes.Int16, `[-32768]`},
	{arrow.PrimitiveTypes.Int32, `[-2147483648]`},
	{arrow.PrimitiveTypes.Int64, `[-9223372036854775808]`},
	{arrow.PrimitiveTypes.Uint64, `[18446744073709551615]`},
	{arrow.PrimitiveTypes.Float32, `[1.5]`},
	{arrow.PrimitiveTypes.Float64, `[-0.1]`},
	{arrow.BinaryTypes.String, `["größe"]`},
	{arrow.BinaryTypes.String, `[""]`},
	{arrow.BinaryTypes.LargeString, `["big"]`},
	{arrow.BinaryTypes.Binary, `["AAEC/w=="]`},
	{&arrow.FixedSizeBinaryType{ByteWidth: 3}, `["AAEC"]`},
	{arrow.FixedWidthTypes.Date32, `["1969-12-31"]`},
	{arrow.FixedWidthTypes.Time64us, `["23:59:59.999999"]`},
	{&arrow.TimestampType{Unit: arrow.Microsecond}, `["1969-12-31 23:59:59.999999"]`},
	{UTC, `["2026-11-25 10:00:00.000001Z"]`},
	{&arrow.TimestampType{Unit: arrow.Nanosecond}, `["2026-11-25 10:00:00.000000001"]`},
	{arrow.FixedWidthTypes.MonthDayNanoInterval, `[{"months":-13,"days":40,"nanoseconds":-93784000000001}]`},
	{&arrow.Decimal128Type{Precision: 38, Scale: 4}, `["-1234567890123456789012345678901234.5678"]`},
	{extensions.NewUUIDType(), `["1b4e28ba-2fa1-11d2-883f-0016d3cca427"]`},
	{VectorOf(3), `[[1, -2, 0.5]]`},
	{ListOf(arrow.BinaryTypes.String, true), `[["a", null, ""]]`},
	{ListOf(arrow.PrimitiveTypes.Float32, false), `[[]]`},
	{arrow.MapOf(arrow.BinaryTypes.String, arrow.PrimitiveTypes.Int32), `[[{"key": "k", "value": 7}]]`},
	{arrow.StructOf(arrow.Field{Name: "label", Type: arrow.BinaryTypes.String, Nullable: true},
		arrow.Field{Name: "box", Type: VectorOf(2), Nullable: true}), `[{"label": "cat", "box": [0.5, 1]}]`},
	{arrow.Null, `[null]`},
}

func TestTypesAndLiteralsSurviveTheTrip(t *testing.T) {
	for _, v := range values {
		t.Run(fmt.Sprint(v.dt, v.json), func(t *testing.T) {
			mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
			defer mem.AssertSize(t, 0)
			var names declared
			for _, nullable := range []bool{true, false} {
				spelled, err := FromArrow(v.dt, nullable, &names)
				if err != nil {
					t.Fatal(err)
				}
				dt, null, err := ToArrow(spelled, &names)
				if err != nil {
					t.Fatal(err)
				}
				if !arrow.TypeEqual(dt, v.dt) || null != nullable {
					t.Errorf("got %s nullable %v, want %s nullable %v", dt, null, v.dt, nullable)
				}
			}
			for _, text := range []string{v.json, `[null]`} {
				want, _, err := array.FromJSON(mem, v.dt, strings.NewReader(text))
				if err != nil {
					t.Fatal(err)
				}
				defer want.Release()
				literal, err := LiteralFrom(want, &names)
				if err != nil {
					t.Fatal(err)
				}
				got, err := Literal(literal, &names, mem)
				if err != nil {
					t.Fatal(err)
				}
				defer got.Release()
				if !array.Equal(got, want) {
					t.Errorf("got %v, want %v", got, want)
				}
			}
		})
	}
}

// Types and literals travel as Arrow IPC, which a plan from outside may forge: each number in it in turn is a large one.
func TestForgedArrow(t *testing.T) {
	var names declared
	dt := arrow.StructOf(arrow.Field{Name: "a", Type: &arrow.TimestampType{Unit: arrow.Second, TimeZone: "UTC"}, Nullable: true})
	text, err := encodeArrowType(dt)
	if err != nil {
		t.Fatal(err)
	}
	row, _, err := array.FromJSON(memory.DefaultAllocator, arrow.ListOf(arrow.BinaryTypes.LargeString), strings.NewReader(`[["x", "y"]]`))
	if err != nil {
		t.Fatal(err)
	}
	literal, err := arrowLiteral(row, &names)
	if err != nil {
		t.Fatal(err)
	}
	var value wrapperspb.BytesValue
	if err := literal.GetUserDefined().GetValue().UnmarshalTo(&value); err != nil {
		t.Fatal(err)
	}
	schema, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	refused := 0
	for name, good := range map[string][]byte{"type": schema, "literal": value.Value} {
		for at := 0; at+4 <= len(good); at += 4 {
			for _, large := range []string{"\xff\xff\xff\x7f", "\xff\xff\xff\xff", "\x00\x00\x00\x08"} {
				bad := bytes.Clone(good)
				copy(bad[at:], large)
				if name == "type" {
					_, err = decodeArrowType(base64.StdEncoding.EncodeToString(bad))
				} else {
					_, err = ipcValue(bad, memory.DefaultAllocator)
				}
				if err != nil {
					refused++
				}
			}
		}
	}
	if refused < 300 {
		t.Errorf("%d were refused", refused)
	}
}

func TestBadTypesAndLiteralsAreErrors(t *testing.T) {
	var names declared
	user := func(name string, params ...*proto.Type_Parameter) *proto.Type {
		return userDefined(name, proto.Type_NULLABILITY_NULLABLE, &names, params...)
	}
	number := func(n int64) *proto.Type_Parameter {
		return &proto.Type_Parameter{Parameter: &proto.Type_Parameter_Integer{Integer: n}}
	}
	for name, bad := range map[string]*proto.Type{
		"nothing":         {},
		"nil":             nil,
		"other precision": {Kind: &proto.Type_PrecisionTimestamp_{PrecisionTimestamp: &proto.Type_PrecisionTimestamp{Precision: 9}}},
		"wide decimal":    {Kind: &proto.Type_Decimal_{Decimal: &proto.Type_Decimal{Precision: 39}}},
		"list of nothing": {Kind: &proto.Type_List_{List: &proto.Type_List{}}},
		"vector":          user(Vector),
		"vector(0)":       user(Vector, number(0)),
		"huge vector":     user(Vector, number(1<<40)),
		"arrow":           user(ArrowType, stringParameter("AAAA")),
		"not base64":      user(ArrowType, stringParameter("?")),
		"struct":          user(NamedStruct, stringParameter("a")),
		"undeclared":      {Kind: &proto.Type_UserDefined_{UserDefined: &proto.Type_UserDefined{TypeReference: 99}}},
	} {
		if dt, _, err := ToArrow(bad, &names); err == nil {
			t.Errorf("%s: read as %s", name, dt)
		}
	}
	short, err := userDefinedFrom(Vector, []byte{1, 2, 3}, &names, number(1))
	if err != nil {
		t.Fatal(err)
	}
	garbage, err := userDefinedFrom(ArrowType, []byte("not an IPC stream"), &names)
	if err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string]*proto.Expression_Literal{
		"nothing": {}, "nil": nil, "short vector": short, "garbage": garbage,
		"uuid":    {LiteralType: &proto.Expression_Literal_Uuid{Uuid: []byte{1}}},
		"decimal": {LiteralType: &proto.Expression_Literal_Decimal_{Decimal: &proto.Expression_Literal_Decimal{Precision: 3}}},
	} {
		if a, err := Literal(bad, &names, memory.DefaultAllocator); err == nil {
			t.Errorf("%s: read as %v", name, a)
		}
	}
}
