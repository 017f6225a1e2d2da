package exec_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	pb "github.com/substrait-io/substrait-protobuf/go/substraitpb"

	"github.com/mediaflight/mediaflight/catalog/memtable"
	"github.com/mediaflight/mediaflight/exec"
	. "github.com/mediaflight/mediaflight/exec/exectest"
	"github.com/mediaflight/mediaflight/udf"
	"github.com/mediaflight/mediaflight/udf/substrait"
)

// TestCompileRows holds a plan that runs for many rows of parameters to itself for one row after the other.
func TestCompileRows(t *testing.T) {
	table := points(4)
	lake := &Indexed{Catalog: memtable.NewCatalog(table), Covered: 3}
	var p Plan
	vector := substrait.VectorOf(3)
	near := func(direction, filter string) []byte {
		scan := p.Scan(table, map[string]*pb.Expression{"": nil, "constant": p.Call("lt", Col(0), p.Param(2, bigint)), "varies": p.Call("lt", Col(0), p.Param(3, bigint))}[filter], 1, Address)
		rel := Project(scan, 2, Col(1), p.Call("l2_distance", Col(0), p.Param(1, vector)))
		order := AscLast
		if direction == "farthest" {
			order = DescLast
		}
		top := Approximate(Fetch(Sort(rel, Key(Col(1), order)), nil, p.Int(5)), 0.9)
		return p.Bytes(p.RowFetch(Project(top, 2, Col(1), Col(0)), table, 0, 2), "d", "id", "kind")
	}
	plans := map[string][]byte{
		"together": near("nearest", ""), "farthest": near("farthest", ""), "same filter": near("nearest", "constant"), "other filter": near("nearest", "varies"),
		"no search": p.Bytes(p.Scan(table, p.Call("equal", Col(0), p.Param(3, bigint)), 0, 2), "id", "kind"),
	}
	params := rows(t, []arrow.Field{Field("v", vector), Field("a", bigint), Field("b", bigint)},
		`[{"v": [1, 2, 3], "a": 700, "b": 800}, {"v": [0, 0.5, -1], "a": 700, "b": 3}, {"v": null, "a": 700, "b": 900}, {"v": [-1, 0, 0.25], "a": 700, "b": 40}]`)
	for name, bytes := range plans {
		t.Run(name, func(t *testing.T) {
			plan, err := exec.Decode(bytes)
			if err != nil {
				t.Fatal(err)
			}
			var want []string
			for row := range params.NumRows() {
				want = append(want, answerTo(t, bytes, exec.Env{Catalog: lake, Params: params.NewSlice(row, row+1).Columns()})...)
			}
			mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
			defer mem.AssertSize(t, 0)
			q, err := plan.CompileRows(t.Context(), exec.Env{Catalog: lake, Functions: udf.Builtin(), Mem: mem, Workers: 2, Rows: 3}, params)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for batch, err := range q.Run(t.Context()) {
				if err != nil {
					t.Fatal(err)
				}
				if !batch.Schema().Equal(q.Schema()) {
					t.Errorf("batch of schema %s, want %s", batch.Schema(), q.Schema())
				}
				got = append(got, Text(batch)...)
			}
			if !slices.Equal(got, want) {
				t.Errorf("got\n %s\nwant\n %s", strings.Join(got, "\n "), strings.Join(want, "\n "))
			}
			text, err := q.Explain(exec.ExplainOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if together := strings.Contains(text, "neighbor join"); together != slices.Contains([]string{"together", "farthest", "same filter"}, name) {
				t.Errorf("together: %v in\n%s", together, text)
			}
		})
	}
	plan, err := exec.Decode(plans["together"])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := plan.CompileRows(t.Context(), exec.Env{Catalog: lake, Functions: udf.Builtin()}, rows(t, []arrow.Field{Field("v", text)}, `[{"v": "a"}, {"v": "b"}]`)); State(err) != "22023" {
		t.Errorf("a parameter of another type: %v", err)
	}
}

func rows(t *testing.T, fields []arrow.Field, json string) arrow.RecordBatch {
	t.Helper()
	batch, _, err := array.RecordFromJSON(memory.DefaultAllocator, arrow.NewSchema(fields, nil), strings.NewReader(json))
	if err != nil {
		t.Fatal(err)
	}
	return batch
}
