package flightsrv

import (
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// parameters is a batch of rows from JSON.
func parameters(t *testing.T, json string, types ...arrow.DataType) arrow.RecordBatch {
	t.Helper()
	fields := make([]arrow.Field, len(types))
	for i, dt := range types {
		fields[i] = arrow.Field{Name: string(rune('a' + i)), Type: dt, Nullable: true}
	}
	batch, _, err := array.RecordFromJSON(memory.DefaultAllocator, arrow.NewSchema(fields, nil), strings.NewReader(json))
	if err != nil {
		t.Fatal(err)
	}
	return batch
}

func TestPreparedQuery(t *testing.T) {
	h := start(t, nil, clips(10, 2))
	c := h.dial(t)
	p, err := c.Prepare(t.Context(), "SELECT id FROM clips WHERE id < $1 AND id <> $2 ORDER BY id")
	if err != nil {
		t.Fatal(err)
	}
	if p.DatasetSchema().NumFields() != 1 || p.DatasetSchema().Field(0).Name != "id" {
		t.Errorf("dataset %s", p.DatasetSchema())
	}
	if s := p.ParameterSchema(); s.NumFields() != 2 || s.Field(0).Name != "1" || !s.Field(0).Nullable || s.Field(0).Type.ID() != arrow.INT64 {
		t.Errorf("parameters %s", s)
	}
	if _, err := p.Execute(t.Context()); !hasState(err, undefinedBinding) {
		t.Errorf("unbound: %v", err)
	}
	for _, test := range []struct {
		json  string
		types []arrow.DataType
		want  string
	}{
		{`[{"a": 3, "b": 1}]`, []arrow.DataType{arrow.PrimitiveTypes.Int64, arrow.PrimitiveTypes.Int64}, "0; 2"},
		{`[{"a": 3, "b": 1}]`, []arrow.DataType{arrow.PrimitiveTypes.Int32, arrow.PrimitiveTypes.Int16}, "0; 2"},
		{`[{"a": "3", "b": "1"}]`, []arrow.DataType{arrow.BinaryTypes.String, arrow.BinaryTypes.String}, "0; 2"},
		{`[{"a": 3, "b": 1}]`, []arrow.DataType{arrow.PrimitiveTypes.Uint8, arrow.PrimitiveTypes.Uint64}, "0; 2"},
		{`[{"a": "3", "b": "1"}]`, []arrow.DataType{arrow.BinaryTypes.LargeString, arrow.BinaryTypes.StringView}, "0; 2"},
		{`[{"a": 2.5, "b": 1}]`, []arrow.DataType{arrow.PrimitiveTypes.Float64, arrow.PrimitiveTypes.Int64}, "0; 2"},
		{`[{"a": null, "b": 1}]`, []arrow.DataType{arrow.PrimitiveTypes.Int64, arrow.PrimitiveTypes.Int64}, ""},
		{`[{"a": 2, "b": 1}, {"a": 3, "b": 0}]`, []arrow.DataType{arrow.PrimitiveTypes.Int64, arrow.PrimitiveTypes.Int64}, "0; 1; 2"},
	} {
		rows := parameters(t, test.json, test.types...)
		p.SetParameters(rows)
		rows.Release()
		info, err := p.Execute(t.Context())
		if err != nil {
			t.Errorf("%s: %v", test.json, err)
			continue
		}
		if got := line(fetch(t, c, info)); got != test.want {
			t.Errorf("%s: %s, want %s", test.json, got, test.want)
		}
	}
	rows := parameters(t, `[{"a": 3}]`, arrow.PrimitiveTypes.Int64)
	p.SetParameters(rows)
	rows.Release()
	if _, err := p.Execute(t.Context()); !hasState(err, undefinedBinding) {
		t.Errorf("one parameter of two: %v", err)
	}
	rows = parameters(t, `[{"a": "three", "b": "1"}]`, arrow.BinaryTypes.String, arrow.BinaryTypes.String)
	p.SetParameters(rows)
	rows.Release()
	if _, err := p.Execute(t.Context()); !hasState(err, "22P02") {
		t.Errorf("text that is no number: %v", err)
	}
	if err := p.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestPreparedUpdate(t *testing.T) {
	h := start(t, nil)
	c := h.dial(t)
	if err := run(t.Context(), c, "CREATE TABLE t (a bigint NOT NULL, b text)"); err != nil {
		t.Fatal(err)
	}
	p, err := c.Prepare(t.Context(), "INSERT INTO t VALUES ($1, $2)")
	if err != nil {
		t.Fatal(err)
	}
	if p.DatasetSchema().NumFields() != 0 || p.ParameterSchema().NumFields() != 2 {
		t.Errorf("dataset %s, parameters %s", p.DatasetSchema(), p.ParameterSchema())
	}
	types := []arrow.DataType{arrow.PrimitiveTypes.Int64, arrow.BinaryTypes.String}
	rows := parameters(t, `[{"a": 1, "b": "x"}, {"a": 2, "b": null}, {"a": 3, "b": "z"}]`, types...)
	p.SetParameters(rows)
	rows.Release()
	if n, err := p.ExecuteUpdate(t.Context()); err != nil || n != 3 {
		t.Errorf("%d rows, %v", n, err)
	}
	if got := ask(t, c, "SELECT * FROM t ORDER BY a"); got != "1 x; 2 (null); 3 z" {
		t.Errorf("%s", got)
	}
	if table, err := h.tables.Table(t.Context(), tableT); err != nil || table.Current().ID() > 2 {
		t.Errorf("the three rows were %d commits", table.Current().ID())
	}
	// One bad row undoes them all.
	rows = parameters(t, `[{"a": 4, "b": "x"}, {"a": null, "b": "y"}]`, types...)
	p.SetParameters(rows)
	rows.Release()
	if _, err := p.ExecuteUpdate(t.Context()); !hasState(err, "23502") {
		t.Errorf("NULL in a NOT NULL column: %v", err)
	}
	if got := ask(t, c, "SELECT count(*) FROM t"); got != "3" {
		t.Errorf("after the failed batch: %s rows", got)
	}
	p.SetParameters(nil)
	if _, err := p.ExecuteUpdate(t.Context()); !hasState(err, undefinedBinding) {
		t.Errorf("unbound: %v", err)
	}
	if err := p.Close(t.Context()); err != nil {
		t.Fatal(err)
	}

	p, err = c.Prepare(t.Context(), "INSERT INTO t VALUES (7, 'no parameters')")
	if err != nil {
		t.Fatal(err)
	}
	if n, err := p.ExecuteUpdate(t.Context()); err != nil || n != 1 {
		t.Errorf("%d rows, %v", n, err)
	}
}

// Clients bind vectors as lists of any kind, and times in other units than ours.
func TestPreparedTypes(t *testing.T) {
	h := start(t, nil, clips(10, 2))
	c := h.dial(t)
	for _, test := range []struct {
		sql, json, want string
		dt              arrow.DataType
	}{
		{"SELECT id FROM clips ORDER BY embedding <-> $1 LIMIT 1", `[{"a": [8, 9]}]`, "4", arrow.ListOf(arrow.PrimitiveTypes.Float64)},
		{"SELECT id FROM clips ORDER BY embedding <-> $1 LIMIT 1", `[{"a": [8, 9]}]`, "4", arrow.FixedSizeListOf(2, arrow.PrimitiveTypes.Float32)},
		{"SELECT id FROM clips ORDER BY embedding <-> $1 LIMIT 1", `[{"a": "[8, 9]"}]`, "4", arrow.BinaryTypes.String},
		{"SELECT CAST($1 AS timestamp) = TIMESTAMP '2024-05-06 07:08:09.5'", `[{"a": 1714979289500}]`, "true", &arrow.TimestampType{Unit: arrow.Millisecond}},
		{"SELECT CAST($1 AS date) = DATE '2024-05-06'", `[{"a": "2024-05-06"}]`, "true", arrow.BinaryTypes.String},
		{"SELECT $1::numeric(10, 2)", `[{"a": "1.25"}]`, "1.25", &arrow.Decimal128Type{Precision: 5, Scale: 3}},
		{"SELECT count(*) FROM clips WHERE id = $1", `[{"a": null}]`, "0", arrow.Null},
		// The parameter is inferred as numeric(2,1), which would round the one and refuse the others.
		{"SELECT 1.5 = $1", `[{"a": "1.54"}]`, "false", &arrow.Decimal128Type{Precision: 3, Scale: 2}},
		{"SELECT $1 + 1.5", `[{"a": "100.25"}]`, "101.75", &arrow.Decimal128Type{Precision: 5, Scale: 2}},
		{"SELECT $1 + 1.5", `[{"a": 100}]`, "101.5", arrow.PrimitiveTypes.Int64},
	} {
		p, err := c.Prepare(t.Context(), test.sql)
		if err != nil {
			t.Errorf("%s: %v", test.sql, err)
			continue
		}
		p.SetParameters(parameters(t, test.json, test.dt))
		info, err := p.Execute(t.Context())
		if err != nil {
			t.Errorf("%s with %s: %v", test.sql, test.dt, err)
			continue
		}
		if got := line(fetch(t, c, info)); got != test.want {
			t.Errorf("%s with %s: %s, want %s", test.sql, test.dt, got, test.want)
		}
	}
}
