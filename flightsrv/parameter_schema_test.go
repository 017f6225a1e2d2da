package flightsrv

import (
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/extensions"
)

func TestParameterSchema(t *testing.T) {
	params := arrow.NewSchema([]arrow.Field{
		{Name: "p", Type: arrow.PrimitiveTypes.Int64},
		{Name: "p", Type: arrow.FixedWidthTypes.Time64us},
		{Name: "p", Type: &arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: "UTC"}},
		{Name: "p", Type: arrow.FixedWidthTypes.MonthDayNanoInterval},
		{Name: "p", Type: extensions.NewUUIDType()},
	}, nil)
	for agent, want := range map[string][]arrow.DataType{
		"grpc-go/1.80.0": {arrow.PrimitiveTypes.Int64, arrow.FixedWidthTypes.Time64us, &arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: "UTC"},
			arrow.FixedWidthTypes.MonthDayNanoInterval, extensions.NewUUIDType()},
		"grpc-java-netty/1.71.0": {arrow.PrimitiveTypes.Int64, arrow.FixedWidthTypes.Time32ms, &arrow.TimestampType{Unit: arrow.Millisecond, TimeZone: "UTC"},
			arrow.BinaryTypes.String, arrow.BinaryTypes.String},
	} {
		got := (&request{agent: agent}).parameterSchema(params)
		for i, f := range got.Fields() {
			if !arrow.TypeEqual(f.Type, want[i]) || f.Name != string(rune('1'+i)) || !f.Nullable {
				t.Errorf("%s: %s, want %s", agent, f, want[i])
			}
		}
	}
	if n := (&request{}).parameterSchema(nil).NumFields(); n != 0 {
		t.Errorf("no parameters are %d", n)
	}
}
