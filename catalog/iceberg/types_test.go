package iceberg

import (
	"context"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/extensions"
	"github.com/apache/iceberg-go"
	"github.com/apache/iceberg-go/table"

	"github.com/mediaflight/mediaflight/catalog"
)

// Every type comes back as it was stored, NULL too, but for smallint, which Iceberg does not have.
func TestTypes(t *testing.T) {
	nullable := func(name string, dt arrow.DataType) arrow.Field {
		return arrow.Field{Name: name, Type: dt, Nullable: true}
	}
	person := arrow.StructOf(nullable("name", arrow.BinaryTypes.String), nullable("age", arrow.PrimitiveTypes.Int32))
	fields := []arrow.Field{
		nullable("bool", arrow.FixedWidthTypes.Boolean),
		nullable("int", arrow.PrimitiveTypes.Int32),
		nullable("bigint", arrow.PrimitiveTypes.Int64),
		nullable("real", arrow.PrimitiveTypes.Float32),
		nullable("double", arrow.PrimitiveTypes.Float64),
		nullable("numeric9", &arrow.Decimal128Type{Precision: 9, Scale: 2}),
		nullable("numeric18", &arrow.Decimal128Type{Precision: 18, Scale: 0}),
		nullable("numeric38", &arrow.Decimal128Type{Precision: 38, Scale: 10}),
		nullable("text", arrow.BinaryTypes.String),
		nullable("bytea", arrow.BinaryTypes.Binary),
		nullable("fixed", &arrow.FixedSizeBinaryType{ByteWidth: 3}),
		nullable("date", arrow.FixedWidthTypes.Date32),
		nullable("time", arrow.FixedWidthTypes.Time64us),
		nullable("timestamp", timestamp),
		nullable("timestamptz", timestampTZ),
		nullable("uuid", extensions.NewUUIDType()),
		nullable("list", arrow.ListOf(arrow.PrimitiveTypes.Int64)),
		nullable("lists", arrow.ListOf(arrow.ListOf(arrow.BinaryTypes.String))),
		nullable("floats", arrow.ListOf(arrow.PrimitiveTypes.Float32)),
		nullable("struct", person),
		nullable("structs", arrow.ListOf(person)),
		nullable("map", arrow.MapOf(arrow.BinaryTypes.String, arrow.PrimitiveTypes.Int64)),
		nullable("vector", arrow.FixedSizeListOfNonNullable(3, arrow.PrimitiveTypes.Float32)),
	}
	values := map[string]string{
		"bool": `true`, "int": `-7`, "bigint": `9007199254740993`, "real": `1.5`, "double": `-0.1`,
		"numeric9": `"-1234567.89"`, "numeric18": `"123456789012345678"`, "numeric38": `"-1234567890123456789012345678.0123456789"`,
		"text": `"größe"`, "bytea": `"AP8="`, "fixed": `"AAEC"`, "date": `"1969-12-31"`, "time": `"23:59:59.999999"`,
		"timestamp": `"1969-12-31T23:59:59.999999"`, "timestamptz": `"2024-02-29T12:00:00.000001Z"`,
		"uuid": `"123e4567-e89b-12d3-a456-426614174000"`, "list": `[1, null, 3]`, "lists": `[["a"], [], null, [null]]`,
		"floats": `[1, null]`, "struct": `{"name": "Ada", "age": null}`, "structs": `[{"name": "Ada", "age": 36}, null]`,
		"map": `[{"key": "a", "value": 1}, {"key": "b", "value": null}]`, "vector": `[1, 2, 3]`,
	}
	for _, field := range fields {
		t.Run(field.Name, func(t *testing.T) {
			f := newFixture(t)
			name := catalog.Name{Schema: "main", Table: "t"}
			schema := arrow.NewSchema([]arrow.Field{field}, nil)
			made := f.create(name, catalog.Definition{Schema: schema})
			a, err := made.Append(t.Context())
			f.check(err)
			batch := f.batch(schema, `[{"`+field.Name+`":`+values[field.Name]+`},{}]`)
			defer batch.Release()
			f.check(a.Write(batch))
			_, err = a.Commit(t.Context())
			f.check(err)
			f.reopen()
			current := f.table(name).Current()
			if got := current.Schema().Field(0); !arrow.TypeEqual(got.Type, field.Type) {
				t.Errorf("type %s comes back as %s", field.Type, got.Type)
			}
			column := batch.Column(0)
			f.equal("values", f.rows(current, field.Name), column.ValueStr(0)+"\n"+column.ValueStr(1))
		})
	}
}

func TestSmallint(t *testing.T) {
	f := newFixture(t)
	made := f.create(pairs, catalog.Definition{Schema: arrow.NewSchema([]arrow.Field{{Name: "n", Type: arrow.PrimitiveTypes.Int16}}, nil)})
	if got := made.Definition().Schema.Field(0).Type; got != arrow.PrimitiveTypes.Int32 {
		t.Errorf("smallint is kept as %s", got)
	}
}

// Timestamps of nanoseconds are read to the microsecond.
func TestNanoseconds(t *testing.T) {
	f := newFixture(t)
	f.createPairs(map[string]string{"format-version": "3"})
	f.change(pairs, func(_ context.Context, tx *table.Transaction) error {
		return tx.UpdateSchema(true, false).AddColumn([]string{"at"}, iceberg.TimestampTzNsType{}, "", false, nil).Commit()
	})
	nanos := arrow.NewSchema([]arrow.Field{{Name: "at", Type: &arrow.TimestampType{Unit: arrow.Nanosecond, TimeZone: "UTC"}, Nullable: true}}, nil)
	f.foreignAppend(pairs, nanos, `[{"at":"2024-01-01T00:00:00.123456789Z"}]`)
	current := f.table(pairs).Current()
	got := f.rows(current, "at")
	f.equal("rows", got, "(null)\n(null)\n(null)\n(null)\n(null)\n(null)\n2024-01-01T00:00:00.123456Z")
	_, err := f.table(pairs).Append(t.Context())
	f.wantState("0A000", err)
}
