package flightsrv

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql/schema_ref"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/catalog"
)

// lake is a harness with schemas, tables, comments and keys to be listed.
func lake(t *testing.T) *harness {
	h := start(t, nil, clips(10, 4))
	if err := h.tables.CreateSchema(t.Context(), catalog.Schema{Name: "media_2"}); err != nil {
		t.Fatal(err)
	}
	def := func(keys ...catalog.Key) catalog.Definition {
		return catalog.Definition{Keys: keys, Schema: arrow.NewSchema([]arrow.Field{
			{Name: "id", Type: arrow.PrimitiveTypes.Int64},
			{Name: "part", Type: arrow.PrimitiveTypes.Int32},
			{Name: "price", Type: &arrow.Decimal128Type{Precision: 10, Scale: 2}, Nullable: true},
		}, nil)}
	}
	titles := catalog.Name{Schema: "media_2", Table: "titles"}
	for name, d := range map[string]catalog.Definition{
		"titles": def(catalog.Key{Name: "titles_pkey", Kind: catalog.PrimaryKey, Columns: []string{"id", "part"}}),
		"shots": def(catalog.Key{Name: "shots_title", Kind: catalog.ForeignKey, Columns: []string{"id", "part"}, References: titles},
			catalog.Key{Name: "shots_clip", Kind: catalog.ForeignKey, Columns: []string{"id"},
				References: catalog.Name{Schema: "main", Table: "clips"}, RefColumns: []string{"id"}}),
		`odd "n%me`: def(),
	} {
		if _, err := h.tables.CreateTable(t.Context(), catalog.Name{Schema: "media_2", Table: name}, d); err != nil {
			t.Fatal(err)
		}
	}
	return h
}

func TestMetadata(t *testing.T) {
	h := lake(t)
	c := h.dial(t)
	str := func(s string) *string { return &s }
	type get func(context.Context) (*flight.FlightInfo, error)
	tables := func(o *flightsql.GetTablesOpts) get {
		return func(ctx context.Context) (*flight.FlightInfo, error) { return c.GetTables(ctx, o) }
	}
	schemas := func(o *flightsql.GetDBSchemasOpts) get {
		return func(ctx context.Context) (*flight.FlightInfo, error) { return c.GetDBSchemas(ctx, o) }
	}
	ref := func(schema, table string) flightsql.TableRef {
		return flightsql.TableRef{DBSchema: &schema, Table: table}
	}

	for _, test := range []struct {
		name   string
		get    get
		schema *arrow.Schema
		want   string
	}{
		{"catalogs", func(ctx context.Context) (*flight.FlightInfo, error) { return c.GetCatalogs(ctx) }, schema_ref.Catalogs, "mediaflight"},
		{"schemas", schemas(&flightsql.GetDBSchemasOpts{}), schema_ref.DBSchemas, "mediaflight main; mediaflight media_2"},
		{"schemas of a pattern", schemas(&flightsql.GetDBSchemasOpts{DbSchemaFilterPattern: str(`media\_%`)}), schema_ref.DBSchemas, "mediaflight media_2"},
		{"schemas of the catalog", schemas(&flightsql.GetDBSchemasOpts{Catalog: str("mediaflight"), DbSchemaFilterPattern: str("main")}), schema_ref.DBSchemas, "mediaflight main"},
		{"schemas without a catalog", schemas(&flightsql.GetDBSchemasOpts{Catalog: str("")}), schema_ref.DBSchemas, ""},
		{"tables", tables(&flightsql.GetTablesOpts{}), schema_ref.Tables,
			`mediaflight main clips TABLE; mediaflight media_2 odd "n%me TABLE; mediaflight media_2 shots TABLE; mediaflight media_2 titles TABLE`},
		{"tables of a pattern", tables(&flightsql.GetTablesOpts{TableNameFilterPattern: str(`odd "n\%me`)}), schema_ref.Tables, `mediaflight media_2 odd "n%me TABLE`},
		{"tables of a type", tables(&flightsql.GetTablesOpts{TableTypes: []string{"base table"}, TableNameFilterPattern: str("clips")}), schema_ref.Tables, "mediaflight main clips TABLE"},
		{"tables of another type", tables(&flightsql.GetTablesOpts{TableTypes: []string{"VIEW"}}), schema_ref.Tables, ""},
		{"tables of another catalog", tables(&flightsql.GetTablesOpts{Catalog: str("other")}), schema_ref.Tables, ""},
		{"table types", func(ctx context.Context) (*flight.FlightInfo, error) { return c.GetTableTypes(ctx) }, schema_ref.TableTypes, "SYSTEM TABLE; TABLE; VIEW"},
		{"primary keys", func(ctx context.Context) (*flight.FlightInfo, error) {
			return c.GetPrimaryKeys(ctx, ref("media_2", "titles"))
		}, schema_ref.PrimaryKeys,
			"mediaflight media_2 titles id 1 titles_pkey; mediaflight media_2 titles part 2 titles_pkey"},
		{"primary keys of no table", func(ctx context.Context) (*flight.FlightInfo, error) {
			return c.GetPrimaryKeys(ctx, ref("main", "titles"))
		}, schema_ref.PrimaryKeys, ""},
		{"exported keys", func(ctx context.Context) (*flight.FlightInfo, error) {
			return c.GetExportedKeys(ctx, ref("media_2", "titles"))
		}, schema_ref.ExportedKeys,
			"mediaflight media_2 titles id mediaflight media_2 shots id 1 shots_title titles_pkey 3 3; mediaflight media_2 titles part mediaflight media_2 shots part 2 shots_title titles_pkey 3 3"},
		{"imported keys", func(ctx context.Context) (*flight.FlightInfo, error) {
			return c.GetImportedKeys(ctx, ref("media_2", "shots"))
		}, schema_ref.ImportedKeys,
			"mediaflight main clips id mediaflight media_2 shots id 1 shots_clip (null) 3 3; mediaflight media_2 titles id mediaflight media_2 shots id 1 shots_title titles_pkey 3 3; mediaflight media_2 titles part mediaflight media_2 shots part 2 shots_title titles_pkey 3 3"},
		{"cross reference", func(ctx context.Context) (*flight.FlightInfo, error) {
			return c.GetCrossReference(ctx, ref("main", "clips"), ref("media_2", "shots"))
		}, schema_ref.CrossReference, "mediaflight main clips id mediaflight media_2 shots id 1 shots_clip (null) 3 3"},
	} {
		info, err := test.get(t.Context())
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		table := fetch(t, c, info)
		if !table.Schema().Equal(test.schema) {
			t.Errorf("%s: schema %s\nwant %s", test.name, table.Schema(), test.schema)
		}
		var got []string
		for _, row := range texts(table) {
			got = append(got, strings.Join(row, " "))
		}
		if strings.Join(got, "; ") != test.want {
			t.Errorf("%s: %s\nwant %s", test.name, strings.Join(got, "; "), test.want)
		}
	}
}

func TestTablesWithSchema(t *testing.T) {
	h := lake(t)
	c := h.dial(t)
	info, err := c.GetTables(t.Context(), &flightsql.GetTablesOpts{IncludeSchema: true})
	if err != nil {
		t.Fatal(err)
	}
	table := fetch(t, c, info)
	if !table.Schema().Equal(schema_ref.TablesWithIncludedSchema) {
		t.Errorf("schema %s", table.Schema())
	}
	cell := func(column, row int) arrow.Array { return table.Column(column).Data().Chunk(0) }
	serialized := cell(4, 0).(*array.Binary).Value(0)
	columns, err := flight.DeserializeSchema(serialized, memory.DefaultAllocator)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range columns.Fields() {
		m := flightsql.ColumnMetadata{Data: &f.Metadata}
		name, _ := m.TypeName()
		schema, _ := m.SchemaName()
		spec, _ := f.Metadata.GetValue(dbSchemaNameKey)
		of, _ := m.TableName()
		remarks, _ := m.Remarks()
		got = append(got, fmt.Sprint(f.Name, " ", name, " ", schema, " ", spec, " ", of, " ", f.Nullable, " ", remarks))
	}
	want := "id bigint main main clips false number of the clip; title text main main clips true ; embedding vector(4) main main clips true "
	if strings.Join(got, "; ") != want {
		t.Errorf("%s\nwant %s", strings.Join(got, "; "), want)
	}
}

func TestXdbcTypeInfo(t *testing.T) {
	c := lake(t).dial(t)
	for _, test := range []struct {
		number *int32
		want   string
	}{
		{nil, "boolean, bigint, bytea, numeric, decimal, integer, smallint, real, double precision, interval, text, uuid, date, " +
			"time without time zone, timestamp without time zone, timestamp with time zone"},
		{ptr(int32(4)), "integer"},
		{ptr(int32(12)), "text, uuid"},
		{ptr(int32(2003)), ""},
	} {
		info, err := c.GetXdbcTypeInfo(t.Context(), test.number)
		if err != nil {
			t.Fatal(err)
		}
		table := fetch(t, c, info)
		if !table.Schema().Equal(schema_ref.XdbcTypeInfo) {
			t.Errorf("schema %s", table.Schema())
		}
		var names []string
		for _, row := range texts(table) {
			names = append(names, row[0])
		}
		if strings.Join(names, ", ") != test.want {
			t.Errorf("%v: %s", test.number, strings.Join(names, ", "))
		}
	}
}

func ptr[T any](v T) *T { return &v }

func TestSqlInfo(t *testing.T) {
	c := lake(t).dial(t)
	info, err := c.GetSqlInfo(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	table := fetch(t, c, info)
	if !table.Schema().Equal(schema_ref.SqlInfo) {
		t.Errorf("schema %s\nwant %s", table.Schema(), schema_ref.SqlInfo)
	}
	batch := table.Column(0).Data().Chunk(0).(*array.Uint32)
	var want []uint32
	for code := uint32(0); code <= 11; code++ {
		want = append(want, code)
	}
	want = append(want, 100, 101)
	for code := uint32(500); code <= 576; code++ {
		want = append(want, code)
	}
	if fmt.Sprint(batch.Uint32Values()) != fmt.Sprint(want) {
		t.Errorf("codes %v", batch.Uint32Values())
	}
	// The kinds of values that drivers decode by: sqlInfoOf says where they are not the specification's.
	kinds := table.Column(1).Data().Chunk(0).(*array.DenseUnion)
	var got strings.Builder
	for i := range kinds.Len() {
		fmt.Fprint(&got, kinds.TypeCode(i))
	}
	const wantKinds = "000111" + "00" + "3" + "111" + "33" + // 0-11, 100-101
		"111" + "2" + "0" + "2" + "1" + "2" + "44444" + "00" + // 500-514
		"11" + "5" + "1111" + "3" + "11" + "33" + "1" + "3" + "000" + "1" + "333" + "11" + "3" + "1" + "3" + // 515-540
		"222222222222222" + "1" + "22222" + // 541-561
		"2" + "1" + "3" + "11" + "33333" + "11111" // 562-576
	if got.String() != wantKinds {
		t.Errorf("kinds %s\nwant  %s", got.String(), wantKinds)
	}

	for _, test := range []struct {
		codes []flightsql.SqlInfo
		want  string
	}{
		{[]flightsql.SqlInfo{8}, "8"},
		{[]flightsql.SqlInfo{7, 6, 5, 4, 2, 1, 0}, "0 1 2 4 5 6 7"},
		{[]flightsql.SqlInfo{12345}, ""},
		{[]flightsql.SqlInfo{504, 504}, "504"},
	} {
		info, err := c.GetSqlInfo(t.Context(), test.codes)
		if err != nil {
			t.Fatal(err)
		}
		var codes []string
		for _, row := range texts(fetch(t, c, info)) {
			codes = append(codes, row[0])
		}
		if strings.Join(codes, " ") != test.want {
			t.Errorf("%v: %s", test.codes, codes)
		}
	}
}
