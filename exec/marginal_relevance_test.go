package exec_test

import (
	"testing"

	"github.com/mediaflight/mediaflight/catalog/memtable"
	. "github.com/mediaflight/mediaflight/exec/exectest"
	"github.com/mediaflight/mediaflight/udf/substrait"
)

func TestMarginalRelevance(t *testing.T) {
	lake := memtable.NewCatalog(frames)
	var p Plan
	rerank := func(metric, query, k, lambda string) []byte {
		rel := p.Rerank(p.Scan(frames, nil, 1, 0), metric, Col(0), p.Lit(substrait.VectorOf(2), query), p.Lit(bigint, k), p.Lit(double, lambda))
		return p.Bytes(rel, "embedding", "id", "score")
	}
	// By likeness alone: the order of distances, the first of two equal ones first, without the row that has no vector.
	Run(t, Case{Catalog: lake, Order: true, Plan: rerank("l2_distance", "[0, 1]", "null", "1"), Rows: []string{
		"[0,1]|1|0", "[0,1]|5|0", "[1,1]|4|-1", "[-1,0]|6|-1.4142135623730951", "[3,4]|2|-4.242640687119285"}})
	// Row 1 is the query itself, so that by half of each all others are as good: they come in the table's order.
	Run(t, Case{Catalog: lake, Order: true, Plan: rerank("l2_distance", "[0, 1]", "4", "0.5"), Rows: []string{
		"[0,1]|1|0", "[3,4]|2|0", "[1,1]|4|0", "[0,1]|5|0"}})
	// What differs most from the first row counts more than what is like the query.
	Run(t, Case{Catalog: lake, Order: true, Plan: rerank("cosine_distance", "[0, 1]", "2", "0.25"), Rows: []string{"[0,1]|1|0.25", "[-1,0]|6|0"}})
	Run(t, Case{Catalog: lake, Plan: rerank("l2_distance", "[0, 1]", "0", "0.5")})
	Run(t, Case{Catalog: lake, Plan: rerank("l2_distance", "null", "3", "0.5")})
	Run(t, Case{Catalog: lake, Plan: rerank("cosine_distance", "[0, 0]", "3", "0.5")})
	Run(t, Case{Catalog: lake, Plan: rerank("l2_distance", "[0, 1]", "3", "1.5"), State: "22023"})
	Run(t, Case{Catalog: lake, Plan: rerank("l2_distance", "[0, 1]", "-1", "0.5"), State: "2201W"})
	Run(t, Case{Catalog: lake, Plan: rerank("l2_distance", "[0, 1]", "3", "0.5"), Memory: 64, State: "53200"})
	Run(t, Case{Catalog: lake, Plan: rerank("inner_product", "[0, 1]", "3", "0.5"), State: "0A000"})
}
