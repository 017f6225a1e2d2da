package exec_test

import (
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	pb "github.com/substrait-io/substrait-protobuf/go/substraitpb"

	"github.com/mediaflight/mediaflight/catalog/memtable"
	"github.com/mediaflight/mediaflight/exec"
	. "github.com/mediaflight/mediaflight/exec/exectest"
)

var (
	bigint  = arrow.PrimitiveTypes.Int64
	integer = arrow.PrimitiveTypes.Int32
	double  = arrow.PrimitiveTypes.Float64
	text    = arrow.BinaryTypes.String
	boolean = arrow.FixedWidthTypes.Boolean
)

// clips is a table in three batches.
var clips = Table("clips", []arrow.Field{{Name: "id", Type: bigint}, Field("title", text), Field("score", double)},
	`[{"id": 1, "title": "one", "score": 0.5}, {"id": 2, "title": null, "score": 0.25}, {"id": 3, "title": "three", "score": null}]`,
	`[{"id": 4, "title": "four", "score": 0.75}]`,
	`[{"id": 5, "title": "five", "score": 0.5}, {"id": 6, "title": "six", "score": 1}]`)

var lake = memtable.NewCatalog(clips)

func TestScan(t *testing.T) {
	var p Plan
	Run(t, Case{Catalog: lake, Plan: p.Bytes(p.Scan(clips, nil, 2, 0), "score", "id"), Order: true,
		Rows: []string{"0.5|1", "0.25|2", "NULL|3", "0.75|4", "0.5|5", "1|6"}})
}

func TestScanWithFilter(t *testing.T) {
	var p Plan
	filter := p.Call("and", p.Call("gt", Col(2), p.Lit(double, "0.3")), p.Call("lt", Col(0), p.Int(6)))
	Run(t, Case{Catalog: lake, Plan: p.Bytes(p.Scan(clips, filter, 0, 1), "id", "title"), Order: true,
		Rows: []string{"1|one", "4|four", "5|five"}})
}

func TestScanOfNoColumns(t *testing.T) {
	var p Plan
	plan := p.Bytes(Aggregate(p.Scan(clips, p.Call("is_not_null", Col(2)), 0), nil, p.Measure("count")), "count")
	Run(t, Case{Catalog: lake, Plan: plan, Rows: []string{"5"}})
}

func TestFilter(t *testing.T) {
	var p Plan
	// Where the first condition decides, the second must not be computed: it would divide by zero.
	condition := p.Call("or", p.Call("equal", Col(0), p.Int(2)), p.Call("gt", p.Call("divide", p.Int(10), p.Call("subtract", Col(0), p.Int(2))), p.Int(4)))
	Run(t, Case{Catalog: lake, Plan: p.Bytes(Filter(p.Scan(clips, nil, 0), condition), "id"), Order: true, Rows: []string{"2", "3", "4"}})
}

func TestProject(t *testing.T) {
	var p Plan
	plan := p.Bytes(Project(p.Scan(clips, nil, 0, 1), 2, p.Call("add", Col(0), p.Int(1)), Col(1), p.Text("x")), "a", "b", "c")
	Run(t, Case{Catalog: lake, Plan: plan, Order: true, Rows: []string{"2|one|x", "3|NULL|x", "4|three|x", "5|four|x", "6|five|x", "7|six|x"}})
}

func TestLimit(t *testing.T) {
	var p Plan
	Run(t, Case{Catalog: lake, Plan: p.Bytes(Fetch(p.Scan(clips, nil, 0), p.Int(2), p.Int(3)), "id"), Order: true, Stops: true, Rows: []string{"3", "4", "5"}})
}

// A limit over a scan reads about the rows that it passes on, and no other goroutine reads ahead of it.
func TestLimitReadsFirstRows(t *testing.T) {
	var p Plan
	table := benchTable(100_000)
	lake := memtable.NewCatalog(table)
	first := Project(p.Scan(table, nil, 0, 3), 2, Col(1), p.Call("add", Col(0), p.Int(1)))
	for _, c := range []struct {
		rel       *pb.Rel
		has, lack string
	}{
		{Fetch(first, p.Int(3), p.Int(10)), "rows 256 -> 256", "exchange"},
		{Fetch(first, p.Int(1000), p.Int(1000)), "rows 2000 -> 2000", "exchange"},
		{Fetch(first, nil, p.Int(50_000)), "exchange", "rows 256"},
		{Fetch(p.Scan(table, p.Call("gt", Col(0), p.Int(5)), 0, 3), nil, p.Int(10)), "exchange", "rows 256"},
	} {
		text := explained(t, p.Bytes(c.rel, "a", "b"), lake, exec.ExplainOptions{Analyze: true})
		if !strings.Contains(text, c.has) || strings.Contains(text, c.lack) {
			t.Errorf("want %q, not %q, in\n%s", c.has, c.lack, text)
		}
	}
}
