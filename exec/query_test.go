package exec_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	pb "github.com/substrait-io/substrait-protobuf/go/substraitpb"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/exec"
	. "github.com/mediaflight/mediaflight/exec/exectest"
	"github.com/mediaflight/mediaflight/udf"
)

// explained is a query's EXPLAIN.
func explained(t *testing.T, plan []byte, lake catalog.Catalog, opts exec.ExplainOptions) string {
	t.Helper()
	q, err := exec.Compile(t.Context(), plan, exec.Env{Catalog: lake, Functions: udf.Builtin(), Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	if opts.Analyze {
		for _, err := range q.Run(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	text, err := q.Explain(opts)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func wantOperator(t *testing.T, plan []byte, lake catalog.Catalog, name string) {
	t.Helper()
	if text := explained(t, plan, lake, exec.ExplainOptions{}); !strings.Contains(text, name) {
		t.Errorf("no %q in\n%s", name, text)
	}
}

func TestExplain(t *testing.T) {
	var p Plan
	scan := p.Scan(clips, p.Call("and", p.Call("gt", Col(0), p.Int(1)), p.Call("or", p.Call("is_null", Col(1)), p.Call("equal", Col(1), p.Text("it's")))), 0, 2)
	join := Join(left, scan, p.Scan(clips, nil, 0, 1), p.Call("and", p.Call("equal", Col(0), Col(2)), p.Call("lt", Col(1), p.Lit(double, "0.5"))))
	grouped := Aggregate(join, []*pb.Expression{Col(3)}, p.Measure("count"), p.Measure("max", Col(1)))
	plan := p.Bytes(Fetch(Sort(grouped, Key(Col(1), DescLast), Key(Col(0), AscLast)), p.Int(1), p.Int(10)), "title", "n", "best")
	want := `top-k 10 skip 1 by count desc nulls last, title
 └── aggregate count(*), max(score) group by title
      └── hash left join on id = id if score < 0.5
           ├── scan main.clips [id, score] where id > 1 AND (title IS NULL OR title = 'it''s')
           └── scan main.clips [id, title]
`
	if got := explained(t, plan, lake, exec.ExplainOptions{}); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	analyzed := explained(t, plan, lake, exec.ExplainOptions{Analyze: true})
	for _, part := range []string{"rows=1 batches=1", "rows 6 -> 1", "rows=6 batches=3", "total ", "memory="} {
		if !strings.Contains(analyzed, part) {
			t.Errorf("no %q in\n%s", part, analyzed)
		}
	}
	json := explained(t, plan, lake, exec.ExplainOptions{Analyze: true, JSON: true})
	for _, part := range []string{`"operator": "scan main.clips [id, title]"`, `"rows_read": 6`, `"peak_memory_bytes"`} {
		if !strings.Contains(json, part) {
			t.Errorf("no %q in\n%s", part, json)
		}
	}
}

func TestParameters(t *testing.T) {
	b := array.NewInt64Builder(memory.DefaultAllocator)
	b.Append(4)
	four := b.NewArray()
	var p Plan
	plan := p.Bytes(p.Scan(clips, p.Call("gt", Col(0), p.Param(1, bigint)), 0), "id")
	Run(t, Case{Catalog: lake, Plan: plan, Params: []arrow.Array{four}, Order: true, Rows: []string{"5", "6"}})
	Run(t, Case{Catalog: lake, Plan: plan, State: "08P01"})
	Run(t, Case{Catalog: lake, Plan: p.Bytes(p.Scan(clips, p.Call("equal", Col(1), p.Param(1, text)), 0), "id"), Params: []arrow.Array{four}, State: "22023"})
}

func TestMemoryLimit(t *testing.T) {
	var p Plan
	for name, rel := range map[string]*pb.Rel{
		"sort":      Sort(p.Scan(clips, nil, 0), Key(Col(0), AscLast)),
		"aggregate": Aggregate(p.Scan(clips, nil, 0), []*pb.Expression{Col(0)}),
		"join":      Join(semi, p.Scan(clips, nil, 0), p.Scan(clips, nil, 0), p.Call("equal", Col(0), Col(1))),
		"top-k":     Fetch(Sort(p.Scan(clips, nil, 0), Key(Col(0), AscLast)), nil, p.Int(5)),
	} {
		t.Run(name, func(t *testing.T) {
			Run(t, Case{Catalog: lake, Plan: p.Bytes(rel, "id"), Memory: 64, State: "53200"})
		})
	}
}

// TestCancel: whatever runs for long hears of the end of its context soon.
func TestCancel(t *testing.T) {
	var p Plan
	series := func(n int64) *pb.Rel { return p.TableFunction("generate_series", p.Int(1), p.Int(n)) }
	for name, rel := range map[string]*pb.Rel{
		"nested loop": Aggregate(Join(inner, series(1_000_000), series(1_000_000), p.Call("lt", p.Call("add", Col(0), Col(1)), p.Int(0))), nil, p.Measure("count")),
		"sort":        Sort(Project(series(20_000_000), 1, p.Call("md5", p.Cast(Col(0), text))), Key(Col(0), AscLast)),
		"series":      Aggregate(series(1<<40), nil, p.Measure("count")),
	} {
		t.Run(name, func(t *testing.T) {
			q, err := exec.Compile(t.Context(), p.Bytes(rel, "x"), exec.Env{Catalog: lake, Functions: udf.Builtin()})
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			var cancelled time.Time
			time.AfterFunc(100*time.Millisecond, func() { cancelled = time.Now(); cancel() })
			for _, err := range q.Run(ctx) {
				if !errors.Is(err, context.Canceled) {
					t.Fatalf("ended with %v", err)
				}
			}
			if late := time.Since(cancelled); late > 100*time.Millisecond {
				t.Errorf("ended %v after it was cancelled", late)
			}
		})
	}
}

// A decoded plan is shared by the runs of a query, which may be at once.
func TestPlanRunsAtOnce(t *testing.T) {
	var p Plan
	plan, err := exec.Decode(p.Bytes(Fetch(Sort(p.Scan(clips, p.Call("gt", Col(0), p.Param(1, bigint)), 0, 1), Key(Col(0), DescLast)), nil, p.Int(3)), "id", "title"))
	if err != nil {
		t.Fatal(err)
	}
	var runs sync.WaitGroup
	for least := range int64(4) {
		runs.Go(func() {
			b := array.NewInt64Builder(memory.DefaultAllocator)
			b.Append(least)
			q, err := plan.Compile(t.Context(), exec.Env{Catalog: lake, Functions: udf.Builtin(), Params: []arrow.Array{b.NewArray()}, Workers: 2})
			if err != nil {
				t.Error(err)
				return
			}
			for batch, err := range q.Run(t.Context()) {
				if err != nil || batch.NumRows() != 3 {
					t.Error(batch, err)
				}
			}
		})
	}
	runs.Wait()
}
