package flightsrv

import (
	"cmp"
	"context"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/extensions"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql/schema_ref"
	pb "github.com/apache/arrow-go/v18/arrow/flight/gen/flight"
)

// getXdbcTypeInfo lists the types of SQL as ODBC and JDBC describe them, ordered by their number there.
var getXdbcTypeInfo = metadataCommand(&pb.CommandGetXdbcTypeInfo{}, always[*pb.CommandGetXdbcTypeInfo](schema_ref.XdbcTypeInfo),
	func(_ context.Context, _ *Server, m *pb.CommandGetXdbcTypeInfo, b *batchBuilder) error {
		types := slices.Clone(xdbcTypes)
		slices.SortStableFunc(types, func(a, b xdbcType) int { return cmp.Compare(a.number, b.number) })
		for _, t := range types {
			if m.DataType == nil || *m.DataType == int32(t.number) {
				t.row(b)
			}
		}
		return nil
	})

// An xdbcType is one type as ODBC and JDBC describe it.
type xdbcType struct {
	name    string
	arrow   arrow.DataType
	number  pb.XdbcDataType
	convert int32 // of SqlSupportsConvert, -1 for none
	size    int32 // digits, characters or bytes; 0 without limit
	quoted  bool  // literals stand in quotes
	params  []string
	scales  []int32 // least and greatest digits behind the point
	radix   int32   // of the size
	subcode pb.XdbcDatetimeSubcode
}

// xdbcTypes are the types that a column may have. Lists, structs, maps and vectors have no number there, nor literals that
// ODBC could write.
var xdbcTypes = []xdbcType{
	{name: "boolean", arrow: arrow.FixedWidthTypes.Boolean, number: pb.XdbcDataType_XDBC_BIT, convert: int32(pb.SqlSupportsConvert_SQL_CONVERT_BIT), size: 1},
	{name: "bigint", arrow: arrow.PrimitiveTypes.Int64, number: pb.XdbcDataType_XDBC_BIGINT, convert: int32(pb.SqlSupportsConvert_SQL_CONVERT_BIGINT),
		size: 19, scales: []int32{0, 0}, radix: 10},
	{name: "bytea", arrow: arrow.BinaryTypes.Binary, number: pb.XdbcDataType_XDBC_VARBINARY, convert: int32(pb.SqlSupportsConvert_SQL_CONVERT_VARBINARY), quoted: true},
	{name: "numeric", arrow: &arrow.Decimal128Type{Precision: 38, Scale: 10}, number: pb.XdbcDataType_XDBC_NUMERIC,
		convert: int32(pb.SqlSupportsConvert_SQL_CONVERT_NUMERIC), size: 38, params: []string{"precision", "scale"}, scales: []int32{0, 38}, radix: 10},
	{name: "decimal", arrow: &arrow.Decimal128Type{Precision: 38, Scale: 10}, number: pb.XdbcDataType_XDBC_DECIMAL,
		convert: int32(pb.SqlSupportsConvert_SQL_CONVERT_DECIMAL), size: 38, params: []string{"precision", "scale"}, scales: []int32{0, 38}, radix: 10},
	{name: "integer", arrow: arrow.PrimitiveTypes.Int32, number: pb.XdbcDataType_XDBC_INTEGER, convert: int32(pb.SqlSupportsConvert_SQL_CONVERT_INTEGER),
		size: 10, scales: []int32{0, 0}, radix: 10},
	{name: "smallint", arrow: arrow.PrimitiveTypes.Int16, number: pb.XdbcDataType_XDBC_SMALLINT, convert: int32(pb.SqlSupportsConvert_SQL_CONVERT_SMALLINT),
		size: 5, scales: []int32{0, 0}, radix: 10},
	{name: "real", arrow: arrow.PrimitiveTypes.Float32, number: pb.XdbcDataType_XDBC_REAL, convert: int32(pb.SqlSupportsConvert_SQL_CONVERT_REAL), size: 24, radix: 2},
	{name: "double precision", arrow: arrow.PrimitiveTypes.Float64, number: pb.XdbcDataType_XDBC_DOUBLE,
		convert: int32(pb.SqlSupportsConvert_SQL_CONVERT_FLOAT), size: 53, radix: 2},
	{name: "interval", arrow: arrow.FixedWidthTypes.MonthDayNanoInterval, number: pb.XdbcDataType_XDBC_INTERVAL, convert: -1, quoted: true},
	{name: "text", arrow: arrow.BinaryTypes.String, number: pb.XdbcDataType_XDBC_VARCHAR, convert: int32(pb.SqlSupportsConvert_SQL_CONVERT_VARCHAR), quoted: true},
	{name: "uuid", arrow: extensions.NewUUIDType(), number: pb.XdbcDataType_XDBC_VARCHAR, convert: -1, size: 36, quoted: true},
	{name: "date", arrow: arrow.FixedWidthTypes.Date32, number: pb.XdbcDataType_XDBC_DATE, convert: int32(pb.SqlSupportsConvert_SQL_CONVERT_DATE),
		size: 10, quoted: true, subcode: pb.XdbcDatetimeSubcode_XDBC_SUBCODE_DATE},
	{name: "time without time zone", arrow: arrow.FixedWidthTypes.Time64us, number: pb.XdbcDataType_XDBC_TIME,
		convert: int32(pb.SqlSupportsConvert_SQL_CONVERT_TIME), size: 15, quoted: true, scales: []int32{0, 6}, subcode: pb.XdbcDatetimeSubcode_XDBC_SUBCODE_TIME},
	{name: "timestamp without time zone", arrow: &arrow.TimestampType{Unit: arrow.Microsecond}, number: pb.XdbcDataType_XDBC_TIMESTAMP,
		convert: int32(pb.SqlSupportsConvert_SQL_CONVERT_TIMESTAMP), size: 26, quoted: true, scales: []int32{0, 6},
		subcode: pb.XdbcDatetimeSubcode_XDBC_SUBCODE_TIMESTAMP},
	{name: "timestamp with time zone", arrow: arrow.FixedWidthTypes.Timestamp_us, number: pb.XdbcDataType_XDBC_TIMESTAMP,
		convert: int32(pb.SqlSupportsConvert_SQL_CONVERT_TIMESTAMP), size: 32, quoted: true, scales: []int32{0, 6},
		subcode: pb.XdbcDatetimeSubcode_XDBC_SUBCODE_TIMESTAMP_WITH_TIMEZONE},
}

// row appends the type in the order of schema_ref.XdbcTypeInfo.
func (t xdbcType) row(b *batchBuilder) {
	column := 0
	next := func() array.Builder { column++; return b.Field(column - 1) }
	text := func(v string) {
		if f := next().(*array.StringBuilder); v == "" {
			f.AppendNull()
		} else {
			f.Append(v)
		}
	}
	number := func(v int32, known bool) {
		if f := next().(*array.Int32Builder); known {
			f.Append(v)
		} else {
			f.AppendNull()
		}
	}
	flag := func(v, known bool) {
		if f := next().(*array.BooleanBuilder); known {
			f.Append(v)
		} else {
			f.AppendNull()
		}
	}
	quote := ""
	if t.quoted {
		quote = "'"
	}
	isNumber, isDatetime := t.radix > 0, t.subcode != 0
	searchable, sqlType := pb.Searchable_SEARCHABLE_BASIC, t.number
	if t.arrow.ID() == arrow.STRING {
		searchable = pb.Searchable_SEARCHABLE_FULL
	}
	if isDatetime {
		sqlType = pb.XdbcDataType_XDBC_DATETIME // the verbose type, of which the subcode tells more
	}

	text(t.name)
	number(int32(t.number), true)
	number(t.size, t.size > 0)
	text(quote)
	text(quote)
	params := next().(*array.ListBuilder)
	params.Append(len(t.params) > 0)
	params.ValueBuilder().(*array.StringBuilder).AppendValues(t.params, nil)
	number(int32(pb.Nullable_NULLABILITY_NULLABLE), true)
	flag(t.arrow.ID() == arrow.STRING, true)
	number(int32(searchable), true)
	flag(false, isNumber) // unsigned
	flag(false, true)     // of fixed precision, as money is
	flag(false, isNumber) // auto increment
	text(t.name)
	for i := range 2 {
		if t.scales != nil {
			number(t.scales[i], true)
		} else {
			number(0, false)
		}
	}
	number(int32(sqlType), true)
	number(int32(t.subcode), isDatetime)
	number(t.radix, isNumber)
	number(0, false) // interval precision
	b.rows++
}
