package exec_test

import (
	"fmt"
	"log/slog"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	pb "github.com/substrait-io/substrait-protobuf/go/substraitpb"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/catalog/memtable"
	"github.com/mediaflight/mediaflight/exec"
	. "github.com/mediaflight/mediaflight/exec/exectest"
	"github.com/mediaflight/mediaflight/udf"
	"github.com/mediaflight/mediaflight/udf/substrait"
)

// points is a table of vectors of three elements in batches of 400 rows: among random ones some are NULL, zero, the same as
// the one before, or not numbers.
func points(batches int) *memtable.Table {
	r := rand.New(rand.NewPCG(7, 8))
	schema := arrow.NewSchema([]arrow.Field{{Name: "id", Type: bigint}, Field("at", substrait.VectorOf(3)), Field("kind", text),
		{Name: "sure", Type: substrait.VectorOf(3)}}, nil)
	var records []arrow.RecordBatch
	for batch := range batches {
		b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
		v := make([]float32, 3)
		for row := range 400 {
			b.Field(0).(*array.Int64Builder).Append(int64(batch*400 + row))
			b.Field(2).(*array.StringBuilder).Append(fmt.Sprintf("k%d", r.IntN(20)))
			kind := r.IntN(100)
			switch {
			case kind < 3:
				clear(v)
			case kind < 6:
			case kind < 7:
				v = []float32{1, float32(math.NaN()), 2}
			default:
				v = []float32{float32(r.NormFloat64()), float32(r.NormFloat64()), float32(r.NormFloat64())}
			}
			for _, column := range []int{1, 3} {
				list := b.Field(column).(*array.FixedSizeListBuilder)
				if column == 1 && kind > 96 {
					list.AppendNull()
					continue
				}
				list.Append(true)
				list.ValueBuilder().(*array.Float32Builder).AppendValues(v, nil)
			}
		}
		records = append(records, b.NewRecordBatch())
	}
	return memtable.New(catalog.Name{Schema: "main", Table: "points"}, records...)
}

// answerTo runs a plan.
func answerTo(t *testing.T, plan []byte, env exec.Env) []string {
	t.Helper()
	env.Functions, env.Log = udf.Builtin(), slog.New(slog.DiscardHandler)
	q, err := exec.Compile(t.Context(), plan, env)
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for batch, err := range q.Run(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, Text(batch)...)
	}
	return rows
}

// TestIndexedSearchIsExactSearch holds a search by an index that finds everything to the search that measures every row, for
// all functions and orders, whatever part of the table the index covers.
func TestIndexedSearchIsExactSearch(t *testing.T) {
	table := points(5)
	kinds := Table("kinds", []arrow.Field{Field("kind", text)}, `[{"kind": "k1"}, {"kind": "k2"}, {"kind": null}, {"kind": "k1"}]`)
	plain := memtable.NewCatalog(table, kinds)
	remembered := exec.NewRowSets(1 << 20)
	var p Plan
	someKinds := func() *pb.Rel { return p.Scan(kinds, p.Call("is_not_null", Col(0)), 0) }
	kindIs := p.Call("equal", Col(2), p.Text("k3"))
	metric := ""
	query := p.Lit(substrait.VectorOf(3), "[0.5, -0.25, 1]")
	far := func(column int) *pb.Expression { return p.Call(metric, Col(column), query) }
	inputs := map[string]func(columns ...int) *pb.Rel{
		"all rows":     func(c ...int) *pb.Rel { return p.Scan(table, nil, c...) },
		"filter":       func(c ...int) *pb.Rel { return p.Scan(table, kindIs, c...) },
		"three rows":   func(c ...int) *pb.Rel { return p.Scan(table, p.Call("lt", Col(0), p.Int(3)), c...) },
		"no row":       func(c ...int) *pb.Rel { return p.Scan(table, p.Call("lt", Col(0), p.Int(-3)), c...) },
		"without NULL": func(c ...int) *pb.Rel { return p.Scan(table, p.Call("is_not_null", Col(1)), c...) },
		"only NULL":    func(c ...int) *pb.Rel { return p.Scan(table, p.Call("is_null", Col(1)), c...) },
		"within":       func(c ...int) *pb.Rel { return p.Scan(table, p.Call("lt", far(c[0]), p.Lit(double, "1.5")), c...) },
		"within and": func(c ...int) *pb.Rel {
			return p.Scan(table, p.Call("and", p.Call("gte", p.Lit(double, "0.8"), far(c[0])), kindIs), c...)
		},
		"within NULL": func(c ...int) *pb.Rel { return p.Scan(table, p.Call("lt", far(c[0]), p.Lit(double, "null")), c...) },
		"semi-join": func(c ...int) *pb.Rel {
			return Join(pb.JoinRel_JOIN_TYPE_LEFT_SEMI, p.Scan(table, nil, c...), someKinds(), p.Call("equal", Col(1), Col(len(c))))
		},
		"anti-join": func(c ...int) *pb.Rel {
			return Join(pb.JoinRel_JOIN_TYPE_LEFT_ANTI, p.Scan(table, p.Call("gt", Col(0), p.Int(50)), c...), someKinds(), p.Call("equal", Col(1), Col(len(c))))
		},
		"not in": func(c ...int) *pb.Rel {
			mark := Join(pb.JoinRel_JOIN_TYPE_LEFT_MARK, p.Scan(table, nil, c...), someKinds(), p.Call("equal", Col(1), Col(len(c))))
			return Filter(mark, p.Call("not", Col(len(c))))
		},
	}
	r := rand.New(rand.NewPCG(9, 10))
	for _, metric = range []string{"l2_distance", "cosine_distance", "negative_inner_product", "inner_product", "cosine_similarity", "l1_distance"} {
		for name, input := range inputs {
			for _, direction := range []pb.SortField_SortDirection{AscLast, AscFirst, DescLast, DescFirst} {
				for _, column := range []int{1, 3} {
					plan := func(recall float64, k int64) []byte {
						columns := []int{column, 2, 0}
						width := 3
						if name == "not in" {
							width++
						}
						d := p.Call(metric, Col(0), query)
						by := func(column int) *pb.Expression {
							if recall < 0 { // an order that is no search's
								return p.Call("add", Col(column), p.Lit(double, "0"))
							}
							return Col(column)
						}
						top := Fetch(Sort(Project(input(columns...), width, d, p.Call("add", Col(2), p.Int(1)), Col(2)), Key(by(0), direction)), p.Int(1), p.Int(k))
						if k%2 == 0 || name == "not in" { // nothing but the distance is computed
							rel := Project(input(columns...), width, d)
							rel.GetProject().Common.GetEmit().OutputMapping = []int32{2, int32(width), 1}
							top = Fetch(Sort(rel, Key(by(1), direction)), p.Int(1), p.Int(k))
						}
						if k == 40 { // rows that are equally far come in another order than the table's
							sort := top.GetFetch().Input.GetSort()
							sort.Sorts = append(sort.Sorts, Key(Col(2), DescLast))
						}
						if recall > 0 {
							Approximate(top, recall)
						}
						return p.Bytes(top, "a", "b", "c")
					}
					for _, k := range []int64{5, 40, 1200} {
						want := answerTo(t, plan(-1, k), exec.Env{Catalog: plain})
						if got := answerTo(t, plan(0, k), exec.Env{Catalog: plain, Workers: 2}); !slices.Equal(got, want) {
							t.Fatalf("%s, %s %s, column %d, k %d, exact: got\n %s\nwant\n %s", name, metric, direction, column, k, strings.Join(got, "\n "), strings.Join(want, "\n "))
						}
						covered, missing := r.IntN(6), r.IntN(4) == 0
						env := exec.Env{Catalog: &Indexed{Catalog: plain, Covered: covered, Missing: missing}, Workers: 1 + r.IntN(3), Rows: 1 + r.IntN(600)}
						if r.IntN(2) == 0 {
							env.RowSets = remembered
						}
						if got := answerTo(t, plan(0.9, k), env); !slices.Equal(got, want) {
							t.Fatalf("%s, %s %s, column %d, k %d, %d batches covered, missing %v: got\n %s\nwant\n %s", name, metric, direction, column, k,
								covered, missing, strings.Join(got, "\n "), strings.Join(want, "\n "))
						}
					}
				}
			}
		}
	}
}

// TestIndexedSearchLeavesNothing behind, however it ends.
func TestIndexedSearchLeavesNothing(t *testing.T) {
	table := points(4)
	lake := &Indexed{Catalog: memtable.NewCatalog(table), Covered: 3, Warning: "a list is damaged"}
	var p Plan
	scan := p.Scan(table, p.Call("equal", Col(2), p.Text("k3")), 1, 0)
	plan := func(recall float64) []byte {
		rel := Project(scan, 2, p.Call("l2_distance", Col(0), p.Lit(substrait.VectorOf(3), "[0.5, -0.25, 1]")), Col(1))
		return p.Bytes(Approximate(Fetch(Sort(rel, Key(Col(0), AscLast)), nil, p.Int(70)), recall), "d", "id")
	}
	rows := answerTo(t, plan(1), exec.Env{Catalog: memtable.NewCatalog(table)})
	Run(t, Case{Catalog: lake, Plan: plan(0.9), Order: true, Rows: rows})
	Run(t, Case{Catalog: lake, Plan: plan(0.9), Memory: 64, State: "53200"})
	Run(t, Case{Catalog: lake, Plan: plan(0), State: "22023"})
}

func TestExplainIndexedSearch(t *testing.T) {
	table := points(4)
	lake := &Indexed{Catalog: memtable.NewCatalog(table), Covered: 3, Warning: "a list is damaged"}
	var p Plan
	scan := p.Scan(table, p.Call("equal", Col(2), p.Text("k3")), 1, Address)
	rel := Project(scan, 2, p.Call("l2_distance", Col(0), p.Lit(substrait.VectorOf(3), "[0.5, -0.25, 1]")), Col(1))
	plan := p.Bytes(Approximate(Fetch(Sort(rel, Key(Col(0), AscLast)), nil, p.Int(3)), 0.9), "d", "row")
	want := `project l2_distance(at, '[0.5,-0.25,1]'), _row_address
 └── vector top-k 3 by l2_distance(at, '[0.5,-0.25,1]') by index by_at, recall 0.9
      ├── scan main.points [_row_address] where kind = 'k3'
      └── scan main.points [at, _row_address] where kind = 'k3'
`
	if got := explained(t, plan, lake, exec.ExplainOptions{}); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	analyzed := explained(t, plan, lake, exec.ExplainOptions{Analyze: true})
	part := "index by_at: brute force; lists=1 probes=1 codes=1200 re-ranked=0 uncovered=28; choice of 100 rows; it is a test; warning: a list is damaged"
	if !strings.Contains(analyzed, part) {
		t.Errorf("no %q in\n%s", part, analyzed)
	}
	json := explained(t, plan, lake, exec.ExplainOptions{Analyze: true, JSON: true})
	for _, part := range []string{`"index": "by_at"`, `"brute force": 1`, `"codes": 1200`, `"rows_uncovered": 28`, `"rows_to_choose_from": 100`, `"warning": "a list is damaged"`} {
		if !strings.Contains(json, part) {
			t.Errorf("no %q in\n%s", part, json)
		}
	}
}
