package exec_test

import (
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"
	pb "github.com/substrait-io/substrait-protobuf/go/substraitpb"

	"github.com/mediaflight/mediaflight/catalog/memtable"
	"github.com/mediaflight/mediaflight/exec"
	. "github.com/mediaflight/mediaflight/exec/exectest"
	"github.com/mediaflight/mediaflight/udf"
)

var (
	labels = Table("labels", []arrow.Field{Field("id", arrow.PrimitiveTypes.Int64), Field("label", arrow.BinaryTypes.String), Field("owner", arrow.BinaryTypes.String)},
		`[{"id":1,"label":"cat","owner":"ann"},{"id":2,"label":"dog","owner":"bob"},{"id":3,"label":null,"owner":"ann"}]`,
		`[{"id":4,"label":"cat","owner":null},{"id":5,"label":"","owner":"bob"},{"id":6,"label":"cat","owner":"bob"},{"id":7,"label":null,"owner":null}]`)
	titles = Table("titles", []arrow.Field{Field("label", arrow.BinaryTypes.String), Field("title", arrow.BinaryTypes.String)},
		`[{"label":"cat","title":"Felis"},{"label":"cat","title":null},{"label":"dog","title":"Canis"},{"label":null,"title":"nobody's"},{"label":"cow","title":"Felis"}]`)
	labeled = memtable.NewCatalog(labels, titles)
)

// Each of these plans takes codes in another way; with text they come to the same rows, as Run sees.
func TestCodes(t *testing.T) {
	var p Plan
	scan := func() *pb.Rel { return p.Scan(labels, nil, 0, 1, 2) }
	isLabel := func(column int) *pb.Expression { return p.Call("equal", Col(1), Col(column)) }
	distinct := p.Measure("count", Col(2))
	distinct.Measure.Invocation = pb.AggregateFunction_AGGREGATION_INVOCATION_DISTINCT
	for name, c := range map[string]struct {
		plan []byte
		rows []string
	}{
		"scan":           {p.Bytes(scan(), "a", "b", "c"), []string{"1|cat|ann", "2|dog|bob", "3|NULL|ann", "4|cat|NULL", "5||bob", "6|cat|bob", "7|NULL|NULL"}},
		"filter":         {p.Bytes(p.Scan(labels, p.Call("like", Col(1), p.Text("c%")), 0, 1), "a", "b"), []string{"1|cat", "4|cat", "6|cat"}},
		"filter of NULL": {p.Bytes(p.Scan(labels, p.Call("is_null", Col(1)), 0, 1), "a", "b"), []string{"3|NULL", "7|NULL"}},
		"filter above a scan": {p.Bytes(Filter(Project(scan(), 3, Col(0), p.Call("upper", Col(1))), p.Call("equal", Col(1), p.Text("CAT"))), "a", "b"),
			[]string{"1|CAT", "4|CAT", "6|CAT"}},
		"two columns": {p.Bytes(Project(scan(), 3, p.Call("concat", Col(1), Col(2)), Col(1)), "a", "b"),
			[]string{"catann|cat", "dogbob|dog", "ann|NULL", "cat|cat", "bob|", "catbob|cat", "|NULL"}},
		"group": {p.Bytes(Aggregate(scan(), []*pb.Expression{Col(1)}, p.Measure("count"), p.Measure("count", Col(2)), p.Measure("max", Col(2))), "a", "b", "c", "d"),
			[]string{"cat|3|2|bob", "dog|1|1|bob", "NULL|2|1|ann", "|1|1|bob"}},
		"group by two": {p.Bytes(Aggregate(scan(), []*pb.Expression{Col(2), Col(1)}, p.Measure("sum", Col(0))), "a", "b", "c"),
			[]string{"ann|cat|1", "bob|dog|2", "ann|NULL|3", "NULL|cat|4", "bob||5", "bob|cat|6", "NULL|NULL|7"}},
		"group by a function":     {p.Bytes(Aggregate(scan(), []*pb.Expression{p.Call("length", Col(1))}, p.Measure("count")), "a", "b"), []string{"3|4", "NULL|2", "0|1"}},
		"different values":        {p.Bytes(Aggregate(scan(), []*pb.Expression{Col(1)}, distinct), "a", "b"), []string{"cat|2", "dog|1", "NULL|1", "|1"}},
		"different values of all": {p.Bytes(Aggregate(scan(), nil, distinct), "a"), []string{"2"}},
		"join": {p.Bytes(Join(inner, scan(), p.Scan(titles, nil, 0, 1), isLabel(3)), "a", "b", "c", "d", "e"),
			[]string{"1|cat|ann|cat|Felis", "1|cat|ann|cat|NULL", "2|dog|bob|dog|Canis", "4|cat|NULL|cat|Felis", "4|cat|NULL|cat|NULL", "6|cat|bob|cat|Felis", "6|cat|bob|cat|NULL"}},
		"group by right rows": {p.Bytes(Aggregate(Join(left, scan(), p.Scan(titles, nil, 0, 1), isLabel(3)), []*pb.Expression{Col(4)}, p.Measure("count")), "a", "b"),
			[]string{"Felis|3", "NULL|6", "Canis|1"}},
		"group by both": {p.Bytes(Aggregate(Join(outer, scan(), p.Scan(titles, nil, 0, 1), isLabel(3)), []*pb.Expression{Col(1), p.Call("upper", Col(4))}, p.Measure("count")), "a", "b", "c"),
			[]string{"cat|FELIS|3", "cat|NULL|3", "dog|CANIS|1", "NULL|NULL|2", "|NULL|1", "NULL|NOBODY'S|1", "NULL|FELIS|1"}},
		"rows with a match": {p.Bytes(Join(semi, scan(), p.Scan(titles, nil, 0, 1), isLabel(3)), "a", "b", "c"), []string{"1|cat|ann", "2|dog|bob", "4|cat|NULL", "6|cat|bob"}},
		"union":             {p.Bytes(Set(pb.SetRel_SET_OP_UNION_DISTINCT, p.Scan(labels, nil, 1), p.Scan(titles, nil, 0)), "a"), []string{"cat", "dog", "NULL", "", "cow"}},
		"sort": {p.Bytes(Sort(scan(), Key(p.Call("coalesce", Col(1), p.Text("bee")), AscLast), Key(Col(0), DescLast)), "a", "b", "c"),
			[]string{"5||bob", "7|NULL|NULL", "3|NULL|ann", "6|cat|bob", "4|cat|NULL", "1|cat|ann", "2|dog|bob"}},
	} {
		t.Run(name, func(t *testing.T) {
			Run(t, Case{Catalog: labeled, Plan: c.plan, Rows: c.rows, Order: name == "sort", Stops: true})
		})
	}
}

// The client gets the text that it was promised.
func TestResultsArePlain(t *testing.T) {
	var p Plan
	plan := p.Bytes(Filter(p.Scan(labels, nil, 0, 1, 2), p.Call("like", Col(1), p.Text("%a%"))), "a", "b", "c")
	query, err := exec.Compile(t.Context(), plan, exec.Env{Catalog: Encoded(labeled), Functions: udf.Builtin(), Mem: memory.DefaultAllocator})
	if err != nil {
		t.Fatal(err)
	}
	for batch, err := range query.Run(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		for i, c := range batch.Columns() {
			if c.DataType().ID() == arrow.DICTIONARY || !arrow.TypeEqual(c.DataType(), query.Schema().Field(i).Type) {
				t.Errorf("column %d is %s", i, c.DataType())
			}
		}
	}
}
