package opt

import (
	"slices"
	"testing"
	"time"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/planner/bind"
	"github.com/mediaflight/mediaflight/planner/parse"
	"github.com/mediaflight/mediaflight/planner/plan"
	"github.com/mediaflight/mediaflight/planner/plantest"
	"github.com/mediaflight/mediaflight/udf"
)

// TestAggregateFromSummary optimizes over a table of five rows whose snapshot tells of its columns.
func TestAggregateFromSummary(t *testing.T) {
	binder := &bind.Binder{Catalog: plantest.Catalog(), Functions: udf.Builtin(), Schema: "main", Env: udf.Env{Location: time.UTC}}
	summaries := map[string]catalog.ColumnSummary{"id": {Low: 3, High: 90, Bounded: true}, "movie_id": {Nulls: 5}, "ok": {Nulls: 2}}
	for sql, want := range map[string]string{
		"SELECT count(*), min(id), max(id), count(ok), count(movie_id), max(movie_id) FROM clips": "values count#15, min, max#17, count#18, count#19, max#20 (5, 3, 90, 3, 0, NULL)",
		"SELECT max(i) FROM (SELECT id AS i FROM clips) c":                                        "values max (90)",
		"SELECT max(id + 1) FROM clips":                                                           "",
		"SELECT max(id) FILTER (WHERE ok) FROM clips":                                             "",
		"SELECT count(DISTINCT id) FROM clips":                                                    "",
		"SELECT min(id) FROM clips WHERE id > 3":                                                  "",
		"SELECT min(id), bool_and(ok) FROM clips":                                                 "",
		"SELECT min(image_caption), max(id) FROM clips":                                           "",
		"SELECT min(id) FROM clips GROUP BY movie_id":                                             "",
	} {
		parsed, err := parse.Parse(sql)
		if err != nil {
			t.Fatal(err)
		}
		bound, err := binder.Bind(t.Context(), parsed)
		if err != nil {
			t.Fatal(err)
		}
		told := transform(bound.Plan, func(n plan.Node) plan.Node {
			scan, ok := n.(*plan.Scan)
			if !ok {
				return n
			}
			told := *scan
			told.Rows = 5
			told.Summary = func(column int) (catalog.ColumnSummary, bool) {
				sum, known := summaries[scan.Source.Field(column).Name]
				return sum, known
			}
			return &told
		})
		o := &Optimizer{Functions: udf.Builtin(), Env: &udf.Env{Location: time.UTC}}
		got := plan.Format(o.Optimize(told))
		if fired := slices.Contains(o.fired, "aggregate_from_metadata"); fired != (want != "") {
			t.Errorf("%s:\n%s", sql, got)
		}

		if want != "" && got != want+"\n" {
			t.Errorf("%s: got\n%swant\n%s", sql, got, want)
		}
	}
}
