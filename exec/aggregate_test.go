package exec_test

import (
	"fmt"
	"math/rand"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	pb "github.com/substrait-io/substrait-protobuf/go/substraitpb"

	"github.com/mediaflight/mediaflight/catalog/memtable"
	. "github.com/mediaflight/mediaflight/exec/exectest"
)

func TestAggregateOfEverything(t *testing.T) {
	var p Plan
	plan := p.Bytes(Aggregate(p.Scan(clips, nil, 0, 1, 2), nil,
		p.Measure("count"), p.Measure("count", Col(1)), p.Measure("sum", Col(0)), p.Measure("min", Col(2)), p.Measure("max", Col(1))),
		"a", "b", "c", "d", "e")
	Run(t, Case{Catalog: lake, Plan: plan, Rows: []string{"6|5|21|0.25|three"}})
}

func TestAggregateOfNothing(t *testing.T) {
	var p Plan
	none := p.Call("lt", Col(0), p.Int(0))
	Run(t, Case{Catalog: lake, Rows: []string{"0|NULL"},
		Plan: p.Bytes(Aggregate(p.Scan(clips, none, 0), nil, p.Measure("count"), p.Measure("sum", Col(0))), "a", "b")})
	Run(t, Case{Catalog: lake, Plan: p.Bytes(Aggregate(p.Scan(clips, none, 0), []*pb.Expression{Col(0)}, p.Measure("count")), "a", "b")})
}

func TestAggregateByKey(t *testing.T) {
	var p Plan
	plan := p.Bytes(Aggregate(p.Scan(clips, nil, 0, 2), []*pb.Expression{Col(1)}, p.Measure("count"), p.Measure("sum", Col(0))), "k", "n", "s")
	// Groups come in the order of their first rows, whoever computed them.
	Run(t, Case{Catalog: lake, Plan: plan, Order: true, Rows: []string{"0.5|2|6", "0.25|1|2", "NULL|1|3", "0.75|1|4", "1|1|6"}})
}

func TestAggregateWithFilter(t *testing.T) {
	var p Plan
	count := p.Measure("count")
	count.Filter = p.Call("gt", Col(1), p.Lit(double, "0.4"))
	plan := p.Bytes(Aggregate(p.Scan(clips, nil, 0, 2), nil, count, p.Measure("count")), "n", "all")
	Run(t, Case{Catalog: lake, Plan: plan, Rows: []string{"4|6"}})
}

func TestAggregateOfDistinct(t *testing.T) {
	var p Plan
	distinct := p.Measure("sum", Col(1))
	distinct.Measure.Invocation = pb.AggregateFunction_AGGREGATION_INVOCATION_DISTINCT
	plan := p.Bytes(Aggregate(p.Scan(clips, nil, 0, 2), nil, distinct, p.Measure("sum", Col(1))), "a", "b")
	Run(t, Case{Catalog: lake, Plan: plan, Rows: []string{"2.5|3"}})
}

func TestAggregateInOrder(t *testing.T) {
	var p Plan
	agg := p.Measure("string_agg", Col(1), p.Text(","))
	agg.Measure.Sorts = []*pb.SortField{Key(Col(1), DescLast)}
	plan := p.Bytes(Aggregate(p.Scan(clips, nil, 0, 1), []*pb.Expression{p.Call("gt", Col(0), p.Int(3))}, agg), "k", "s")
	Run(t, Case{Catalog: lake, Plan: plan, Order: true, Rows: []string{"false|three,one", "true|six,four,five"}})
}

// TestAggregateOfMany compares sums with those of a Go map.
func TestAggregateOfMany(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	sums := map[string]int{}
	var batches []string
	for range 8 {
		var rows []string
		for range 60 {
			k, x, v := r.Intn(100), r.Intn(3), r.Intn(100)
			sums[fmt.Sprintf("key %d|%d", k, x)] += v
			rows = append(rows, fmt.Sprintf(`{"k": "key %d", "x": %d, "v": %d}`, k, x, v))
		}
		batches = append(batches, "["+strings.Join(rows, ",")+"]")
	}
	many := Table("many", []arrow.Field{Field("k", text), Field("x", integer), Field("v", bigint)}, batches...)
	var want []string
	for k, v := range sums {
		want = append(want, fmt.Sprintf("%s|%d", k, v))
	}
	var p Plan
	plan := p.Bytes(Aggregate(p.Scan(many, nil), []*pb.Expression{Col(0), Col(1)}, p.Measure("sum", Col(2))), "k", "x", "s")
	Run(t, Case{Catalog: memtable.NewCatalog(many), Plan: plan, Rows: want})
}

func TestUnion(t *testing.T) {
	var p Plan
	low, high := p.Scan(clips, p.Call("lt", Col(0), p.Int(3)), 2), p.Scan(clips, p.Call("gt", Col(0), p.Int(4)), 2)
	Run(t, Case{Catalog: lake, Plan: p.Bytes(Set(pb.SetRel_SET_OP_UNION_ALL, low, high), "x"), Order: true, Rows: []string{"0.5", "0.25", "0.5", "1"}})
	Run(t, Case{Catalog: lake, Plan: p.Bytes(Set(pb.SetRel_SET_OP_UNION_DISTINCT, low, high), "x"), Order: true, Rows: []string{"0.5", "0.25", "1"}})
}
