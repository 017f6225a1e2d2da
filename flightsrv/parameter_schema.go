package flightsrv

import (
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/extensions"
)

// parameterSchema is a prepared statement's parameters as the client is told: named by their numbers, nullable.
func (r *request) parameterSchema(params *arrow.Schema) *arrow.Schema {
	if params == nil {
		return arrow.NewSchema(nil, nil)
	}
	fields := make([]arrow.Field, params.NumFields())
	for i, f := range params.Fields() {
		t := f.Type
		if strings.HasPrefix(r.agent, "grpc-java") {
			t = bindableInJava(t)
		}
		fields[i] = arrow.Field{Name: strconv.Itoa(i + 1), Type: t, Nullable: true, Metadata: typeMetadata(f.Type).Metadata()}
	}
	return arrow.NewSchema(fields, nil)
}

// bindableInJava is the type that JDBC's driver is told of a parameter, by which alone it decides what to send. It writes
// milliseconds into times and timestamps of whatever unit, knows no interval, and takes a UUID for sixteen bytes that no
// setString may set. What is bound is cast to the parameter's own type, as from any client.
func bindableInJava(t arrow.DataType) arrow.DataType {
	switch t := t.(type) {
	case *arrow.TimestampType:
		return &arrow.TimestampType{Unit: arrow.Millisecond, TimeZone: t.TimeZone}
	case *arrow.Time64Type:
		return arrow.FixedWidthTypes.Time32ms
	case *arrow.MonthDayNanoIntervalType, *extensions.UUIDType:
		return arrow.BinaryTypes.String
	}
	return t
}
