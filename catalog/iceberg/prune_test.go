package iceberg

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/extensions"

	"github.com/mediaflight/mediaflight/catalog"
)

// Each append is a file.
func TestPruning(t *testing.T) {
	f := newFixture(t)
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "n", Type: arrow.PrimitiveTypes.Int32, Nullable: true},
		{Name: "x", Type: arrow.PrimitiveTypes.Float64, Nullable: true},
		{Name: "s", Type: arrow.BinaryTypes.String, Nullable: true},
		{Name: "d", Type: &arrow.Decimal128Type{Precision: 10, Scale: 2}, Nullable: true},
		{Name: "b", Type: arrow.FixedWidthTypes.Boolean, Nullable: true},
		{Name: "t", Type: &arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: "UTC"}, Nullable: true},
		{Name: "u", Type: extensions.NewUUIDType(), Nullable: true},
		{Name: "day", Type: arrow.FixedWidthTypes.Date32, Nullable: true},
	}, nil)
	name := catalog.Name{Schema: "main", Table: "p"}
	table := f.create(name, catalog.Definition{Schema: schema})
	long := strings.Repeat("m", 40)
	f.append(table, `[{"n":1,"x":1,"s":"a","d":"-5.00","b":false,"t":"2024-01-01T00:00:00Z","day":"2024-01-01","u":"00000000-0000-0000-0000-000000000001"},
		{"n":3,"x":2,"s":"c","d":"-1.50","b":false,"t":"2024-01-31T00:00:00Z","day":"2024-01-31"}]`)
	f.append(table, `[{"n":5,"x":-3,"s":"`+long+`","d":"2.25","b":true,"t":"2024-02-01T00:00:00Z","day":"2024-02-01","u":"f0000000-0000-0000-0000-000000000001"}, {}]`)
	f.append(table, `[{}]`)
	snapshot := f.table(name).Current().(*Snapshot)
	plan, err := snapshot.plan(t.Context())
	f.check(err)

	ops := map[string]catalog.Op{"=": catalog.Eq, "<>": catalog.NotEq, "<": catalog.Less, "<=": catalog.LessEq, ">": catalog.Greater,
		">=": catalog.GreaterEq, "in": catalog.In, "null": catalog.IsNull, "not-null": catalog.IsNotNull}
	for _, test := range []struct {
		column, op string
		values     []any
		want       string // the files that are kept
	}{
		{"n", "=", []any{3}, "0"},
		{"n", "=", []any{4}, ""},
		{"n", "<", []any{1}, ""},
		{"n", "<=", []any{1}, "0"},
		{"n", ">", []any{3}, "1"},
		{"n", ">=", []any{6}, ""},
		{"n", "<>", []any{5}, "0"},
		{"n", "in", []any{0, 2}, "0"},
		{"n", "in", []any{7, nil}, ""},
		{"n", "=", []any{nil}, ""},
		{"n", "null", nil, "1 2"},
		{"n", "not-null", nil, "0 1"},
		{"x", "<", []any{0}, "1"},
		{"x", ">", []any{100}, "0 1"}, // NaN may be there, and is greater
		{"x", "=", []any{1.5}, "0"},
		{"s", "=", []any{"b"}, "0"},
		{"s", ">=", []any{"d"}, "1"},
		{"s", "=", []any{long}, "1"},
		{"s", ">", []any{long}, "1"}, // the upper bound is a longer word's prefix
		{"s", ">", []any{"n"}, ""},
		{"d", "<", []any{"-5.00"}, ""},
		{"d", "<", []any{"0.00"}, "0"},
		{"d", ">", []any{"-1.50"}, "1"},
		{"b", "=", []any{true}, "1"},
		{"t", "<", []any{"2024-01-15T00:00:00Z"}, "0"},
		{"u", ">", []any{"f0000000-0000-0000-0000-000000000000"}, "1"},
		{"u", "=", []any{"10000000-0000-0000-0000-000000000000"}, ""},
		{"day", ">", []any{"2024-01-31"}, "1"},
	} {
		t.Run(fmt.Sprint(test.column, " ", test.op, " ", test.values), func(t *testing.T) {
			column := schema.FieldIndices(test.column)[0]
			p := catalog.Predicate{Column: column, Op: ops[test.op]}
			if test.values != nil {
				text, err := json.Marshal(test.values)
				f.check(err)
				p.Values, _, err = array.FromJSON(f.mem, schema.Field(column).Type, strings.NewReader(string(text)))
				f.check(err)
				defer p.Values.Release()
			}
			var kept []string
			for i, file := range plan.files {
				if !snapshot.refuted(file, []catalog.Predicate{p}) {
					kept = append(kept, strconv.Itoa(i))
				}
			}
			f.equal("files kept", strings.Join(kept, " "), test.want)
		})
	}
}

func TestNaNPruning(t *testing.T) {
	f := newFixture(t)
	schema := arrow.NewSchema([]arrow.Field{{Name: "x", Type: arrow.PrimitiveTypes.Float64}}, nil)
	name := catalog.Name{Schema: "main", Table: "p"}
	table := f.create(name, catalog.Definition{Schema: schema})
	b := array.NewFloat64Builder(f.mem)
	defer b.Release()
	b.AppendValues([]float64{1, math.NaN()}, nil)
	column := b.NewArray()
	defer column.Release()
	batch := array.NewRecordBatch(schema, []arrow.Array{column}, 2)
	defer batch.Release()
	a, err := table.Append(t.Context())
	f.check(err)
	f.check(a.Write(batch))
	_, err = a.Commit(t.Context())
	f.check(err)

	b.Append(math.NaN())
	nan := b.NewArray()
	defer nan.Release()
	b.Append(2)
	two := b.NewArray()
	defer two.Release()
	b.Append(1) // both bounds of the file
	one := b.NewArray()
	defer one.Release()
	for _, p := range []catalog.Predicate{
		{Op: catalog.Eq, Values: nan}, {Op: catalog.In, Values: nan}, {Op: catalog.Greater, Values: two}, {Op: catalog.GreaterEq, Values: two},
		{Op: catalog.GreaterEq, Values: nan}, {Op: catalog.NotEq, Values: two}, {Op: catalog.NotEq, Values: one}, {Op: catalog.Greater, Values: one},
	} {
		got := f.scan(f.table(name).Current(), catalog.Scan{Prune: []catalog.Predicate{p}}, "x")
		if !strings.HasPrefix(got, "1 files, 0 pruned") {
			t.Errorf("operator %d: %s", p.Op, got)
		}
	}
}
