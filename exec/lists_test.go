package exec_test

import (
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	pb "github.com/substrait-io/substrait-protobuf/go/substraitpb"

	"github.com/mediaflight/mediaflight/catalog/memtable"
	. "github.com/mediaflight/mediaflight/exec/exectest"
	"github.com/mediaflight/mediaflight/udf/substrait"
)

func TestUnnest(t *testing.T) {
	tags := Table("tags", []arrow.Field{Field("id", bigint), Field("tags", arrow.ListOf(text)), Field("sizes", arrow.ListOf(integer))},
		`[{"id": 1, "tags": ["a", null], "sizes": [7, 8, 9]}, {"id": 2, "tags": [], "sizes": null}]`,
		`[{"id": 3, "tags": null, "sizes": []}, {"id": 4, "tags": ["d"], "sizes": [1]}]`)
	lake := memtable.NewCatalog(tags)
	var p Plan
	unnest := func(lists []*pb.Expression, names []string, options ...string) []byte {
		return p.Bytes(p.Unnest(p.Scan(tags, nil), lists, options...), append([]string{"id", "tags", "sizes"}, names...)...)
	}
	Run(t, Case{Catalog: lake, Plan: unnest([]*pb.Expression{Col(1)}, []string{"tag"}), Order: true,
		Rows: []string{`1|["a",null]|[7,8,9]|a`, `1|["a",null]|[7,8,9]|NULL`, `4|["d"]|[1]|d`}})
	Run(t, Case{Catalog: lake, Plan: unnest([]*pb.Expression{Col(1), Col(2)}, []string{"tag", "size", "n"}, "ordinality", "outer"), Order: true,
		Rows: []string{`1|["a",null]|[7,8,9]|a|7|1`, `1|["a",null]|[7,8,9]|NULL|8|2`, `1|["a",null]|[7,8,9]|NULL|9|3`,
			`2|[]|NULL|NULL|NULL|NULL`, `3|NULL|[]|NULL|NULL|NULL`, `4|["d"]|[1]|d|1|1`}})
}

func TestRowFetch(t *testing.T) {
	var p Plan
	top := Fetch(Sort(p.Scan(clips, nil, 2, Address), Key(Col(0), DescLast)), nil, p.Int(3))
	Run(t, Case{Catalog: lake, Plan: p.Bytes(p.RowFetch(top, clips, 1, 0), "score", "title", "id"), Order: true,
		Rows: []string{"1|six|6", "0.75|four|4", "0.5|one|1"}})
}

func TestGenerateSeries(t *testing.T) {
	var p Plan
	series := func(rows []string, dt arrow.DataType, args ...string) {
		var exprs []*pb.Expression
		for i, a := range args {
			if i == 2 && dt.ID() == arrow.TIMESTAMP {
				dt = arrow.FixedWidthTypes.MonthDayNanoInterval
			}
			exprs = append(exprs, p.Lit(dt, a))
		}
		Run(t, Case{Catalog: lake, Plan: p.Bytes(p.TableFunction("generate_series", exprs...), "v"), Order: true, Rows: rows})
	}
	series([]string{"1", "2", "3"}, bigint, "1", "3")
	series([]string{"5", "3", "1"}, integer, "5", "1", "-2")
	series(nil, bigint, "3", "1")
	series(nil, bigint, "1", "null")
	series([]string{"9223372036854775806", "9223372036854775807"}, bigint, "9223372036854775806", "9223372036854775807")
	series([]string{"1", "1.5", "2"}, &arrow.Decimal128Type{Precision: 3, Scale: 1}, `"1.0"`, `"2.2"`, `"0.5"`)
	timestamp := &arrow.TimestampType{Unit: arrow.Microsecond}
	series([]string{"2024-01-31T00:00:00", "2024-02-29T00:00:00", "2024-03-29T00:00:00"}, timestamp,
		`"2024-01-31"`, `"2024-04-01"`, `{"months": 1, "days": 0, "nanoseconds": 0}`)
	zero := p.TableFunction("generate_series", p.Int(1), p.Int(2), p.Int(0))
	Run(t, Case{Catalog: lake, Plan: p.Bytes(zero, "v"), State: "22023"})
}

func TestSubquery(t *testing.T) {
	var p Plan
	best := Scalar(Aggregate(p.Scan(clips, nil, 2), nil, p.Measure("max", Col(0))))
	Run(t, Case{Catalog: lake, Plan: p.Bytes(p.Scan(clips, p.Call("equal", Col(2), best), 0), "id"), Rows: []string{"6"}})

	none := Scalar(p.Scan(clips, p.Call("lt", Col(0), p.Int(0)), 1))
	Run(t, Case{Catalog: lake, Plan: p.Bytes(Project(p.Scan(clips, p.Call("equal", Col(0), p.Int(1)), 0), 1, none, Col(0)), "x", "id"), Rows: []string{"NULL|1"}})

	many := Scalar(p.Scan(clips, nil, 1))
	Run(t, Case{Catalog: lake, Plan: p.Bytes(Project(p.Scan(clips, nil, 0), 1, many), "x"), State: "21000"})
}

// frames is a table of vectors in three batches, one of them NULL.
var frames = Table("frames", []arrow.Field{{Name: "id", Type: bigint}, Field("embedding", substrait.VectorOf(2)), Field("label", text)},
	`[{"id": 1, "embedding": [0, 1], "label": "a"}, {"id": 2, "embedding": [3, 4], "label": "b"}]`,
	`[{"id": 3, "embedding": null, "label": "a"}, {"id": 4, "embedding": [1, 1], "label": "b"}]`,
	`[{"id": 5, "embedding": [0, 1], "label": "c"}, {"id": 6, "embedding": [-1, 0], "label": "a"}]`)

func TestVectorTopK(t *testing.T) {
	lake := memtable.NewCatalog(frames)
	var p Plan
	query := p.Lit(substrait.VectorOf(2), "[0, 1]")
	near := func(name string, filter *pb.Expression, direction pb.SortField_SortDirection, skip, count int64, rows ...string) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			scan := p.Scan(frames, filter, 2, 1, 0)
			plan := p.Bytes(Fetch(Sort(scan, Key(p.Call("l2_distance", Col(1), query), direction)), p.Int(skip), p.Int(count)), "label", "embedding", "id")
			wantOperator(t, plan, lake, "vector top-k")
			Run(t, Case{Catalog: lake, Plan: plan, Order: true, Rows: rows})
		})
	}
	near("nearest", nil, AscLast, 0, 3, "a|[0,1]|1", "c|[0,1]|5", "b|[1,1]|4")
	near("next", nil, AscLast, 2, 2, "b|[1,1]|4", "a|[-1,0]|6")
	near("farthest", nil, DescLast, 0, 2, "b|[3,4]|2", "a|[-1,0]|6")
	near("all", nil, AscLast, 4, 10, "b|[3,4]|2", "a|NULL|3")
	near("null first", nil, AscFirst, 0, 2, "a|NULL|3", "a|[0,1]|1")
	near("filtered", p.Call("equal", Col(2), p.Text("a")), AscLast, 0, 2, "a|[0,1]|1", "a|[-1,0]|6")

	// The distance may also be computed by a projection, and be given out.
	projected := Project(p.Scan(frames, nil, 0, 1), 2, Col(0), p.Call("l2_distance", query, Col(1)))
	plan := p.Bytes(Fetch(Sort(projected, Key(Col(1), AscLast)), nil, p.Int(3)), "id", "distance")
	wantOperator(t, plan, lake, "vector top-k")
	Run(t, Case{Catalog: lake, Plan: plan, Order: true, Rows: []string{"1|0", "5|0", "4|1"}})

}
