package exec_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	pb "github.com/substrait-io/substrait-protobuf/go/substraitpb"

	"github.com/mediaflight/mediaflight/catalog/memtable"
	"github.com/mediaflight/mediaflight/exec"
	. "github.com/mediaflight/mediaflight/exec/exectest"
	"github.com/mediaflight/mediaflight/udf/substrait"
)

// seekers is a table of queries, one of them NULL, one without a direction, in two batches.
var seekers = Table("seekers", []arrow.Field{{Name: "id", Type: bigint}, Field("v", substrait.VectorOf(3)), Field("r", double)},
	`[{"id": 4, "v": [0.5, -0.25, 1], "r": 0.75}, {"id": 17, "v": null, "r": 2}]`,
	`[{"id": 90, "v": [0, 0, 0], "r": 1}, {"id": 3, "v": [-1, 0.5, 0.125], "r": null}, {"id": 5, "v": [9, 9, 9], "r": 1}]`)

var seekerRows = []struct{ id, v, r string }{
	{"4", "[0.5, -0.25, 1]", "0.75"}, {"17", "null", "2"}, {"90", "[0, 0, 0]", "1"}, {"3", "[-1, 0.5, 0.125]", "null"}, {"5", "[9, 9, 9]", "1"},
}

// TestNeighborJoinIsOneSearchARow holds a join to one exact search for each of its rows.
func TestNeighborJoinIsOneSearchARow(t *testing.T) {
	table := points(5)
	plain := memtable.NewCatalog(table, seekers)
	var p Plan
	r := rand.New(rand.NewPCG(11, 12))
	// A filter of the table's rows, with id, v and r of the row outside.
	filters := map[string]func(id, v, r *pb.Expression, metric string) *pb.Expression{
		"none":     func(_, _, _ *pb.Expression, _ string) *pb.Expression { return nil },
		"own":      func(_, _, _ *pb.Expression, _ string) *pb.Expression { return p.Call("equal", Col(2), p.Text("k3")) },
		"no match": func(_, _, _ *pb.Expression, _ string) *pb.Expression { return p.Call("lt", Col(0), p.Int(0)) },
		"another":  func(id, _, _ *pb.Expression, _ string) *pb.Expression { return p.Call("not_equal", Col(0), id) },
		"few": func(id, _, _ *pb.Expression, _ string) *pb.Expression {
			return p.Call("and", p.Call("lt", Col(0), id), p.Call("gt", Col(0), p.Int(1)))
		},
		"within": func(_, v, r *pb.Expression, metric string) *pb.Expression {
			return p.Call("lte", p.Call(metric, Col(1), v), r)
		},
		"within and another": func(id, v, r *pb.Expression, metric string) *pb.Expression {
			return p.Call("and", p.Call("not_equal", Col(0), id), p.Call("gt", r, p.Call(metric, v, Col(1))), p.Call("gt", Col(0), p.Int(1)))
		},
	}
	for _, metric := range []string{"l2_distance", "cosine_distance", "inner_product"} {
		for name, filter := range filters {
			for _, kind := range []pb.JoinRel_JoinType{inner, left} {
				for _, k := range []int64{0, 3, 40} {
					direction := AscLast
					if metric == "inner_product" {
						direction = DescFirst
					}
					var count *pb.Expression
					if k > 0 {
						count = p.Int(k)
					} else if !strings.HasPrefix(name, "within") || metric == "inner_product" {
						continue
					}
					skip := p.Int(k % 2)
					var want []string
					for _, row := range seekerRows {
						v := p.Lit(substrait.VectorOf(3), row.v)
						scan := p.Scan(table, filter(p.Lit(bigint, row.id), v, p.Lit(double, row.r), metric), 1, 0, 2)
						rel := Project(scan, 3, p.Lit(bigint, row.id), Col(2), p.Call(metric, v, Col(0)), p.Call("add", Col(1), p.Lit(bigint, row.id)))
						keys := []*pb.SortField{Key(p.Call("add", Col(2), p.Lit(double, "0")), direction)}
						if k == 40 {
							keys = append(keys, Key(Col(1), DescLast), Key(Col(3), DescLast))
						}
						found := answerTo(t, p.Bytes(Fetch(Sort(rel, keys...), skip, count), "a", "b", "c", "d"), exec.Env{Catalog: plain})
						if len(found) == 0 && kind == left {
							found = []string{row.id + "|NULL|NULL|NULL"}
						}
						want = append(want, found...)
					}
					scan := p.Scan(table, filter(Outer(0), Outer(1), Outer(2), metric), 1, 0, 2)
					rel := Project(scan, 3, Col(2), p.Call(metric, Outer(1), Col(0)), p.Call("add", Col(1), Outer(0)))
					keys := []*pb.SortField{Key(Col(1), direction)}
					if k == 40 {
						keys = append(keys, Key(Col(0), DescLast), Key(Col(2), DescLast))
					}
					fetch := Fetch(Sort(rel, keys...), skip, count)
					for _, recall := range []float64{0, 0.9} {
						if recall > 0 {
							Approximate(fetch, recall)
						}
						plan := p.Bytes(Project(Lateral(kind, p.Scan(seekers, nil, 0, 1, 2), fetch), 6, Col(0), Col(3), Col(4), Col(5)), "a", "b", "c", "d")
						covered := r.IntN(6)
						env := exec.Env{Catalog: &Indexed{Catalog: plain, Covered: covered}, Workers: 1 + r.IntN(3), Rows: 1 + r.IntN(90)}
						if got := answerTo(t, plan, env); !slices.Equal(got, want) {
							t.Fatalf("%s, filter %q, %s, k %d, recall %g, %d batches covered: got\n %s\nwant\n %s", metric, name, kind, k, recall, covered,
								strings.Join(got, "\n "), strings.Join(want, "\n "))
						}
					}
				}
			}
		}
	}
}

func TestNeighborJoinLeavesNothing(t *testing.T) {
	table := points(4)
	lake := &Indexed{Catalog: memtable.NewCatalog(table, seekers), Covered: 3}
	var p Plan
	scan := p.Scan(table, p.Call("not_equal", Col(0), Outer(0)), 1, 0)
	rel := Project(scan, 2, p.Call("l2_distance", Col(0), Outer(1)), Col(1))
	for _, recall := range []float64{0, 0.9} {
		fetch := Fetch(Sort(rel, Key(Col(0), AscLast)), nil, p.Int(3))
		if recall > 0 {
			Approximate(fetch, recall)
		}
		plan := p.Bytes(Lateral(left, p.Scan(seekers, nil, 0, 1), fetch), "id", "v", "d", "neighbor")
		rows := answerTo(t, plan, exec.Env{Catalog: memtable.NewCatalog(table, seekers)})
		Run(t, Case{Catalog: lake, Plan: plan, Order: true, Rows: rows})
		Run(t, Case{Catalog: lake, Plan: plan, Memory: 64, State: "53200"})
	}
}

func TestExplainNeighborJoin(t *testing.T) {
	table := points(4)
	lake := &Indexed{Catalog: memtable.NewCatalog(table, seekers), Covered: 3}
	var p Plan
	scan := p.Scan(table, p.Call("and", p.Call("not_equal", Col(0), Outer(0)), p.Call("lt", p.Call("l2_distance", Col(1), Outer(1)), p.Lit(double, "2"))), 1, 0)
	fetch := Approximate(Fetch(Sort(Project(scan, 2, p.Call("l2_distance", Col(0), Outer(1)), Col(1)), Key(Col(0), AscLast)), nil, p.Int(3)), 0.9)
	plan := p.Bytes(Lateral(left, p.Scan(seekers, nil, 0, 1), fetch), "id", "v", "d", "neighbor")
	want := `neighbor left join 3 by l2_distance(at, v) below 2 by index by_at, recall 0.9 if id <> id
 ├── exchange workers=2
 │    └── scan main.seekers [id, v]
 └── scan main.points [at, _row_address]
`
	if got := explained(t, plan, lake, exec.ExplainOptions{}); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	analyzed := explained(t, plan, lake, exec.ExplainOptions{Analyze: true})
	if part := "index by_at: brute force (4 queries)"; !strings.Contains(analyzed, part) {
		t.Errorf("no %q in\n%s", part, analyzed)
	}
}
