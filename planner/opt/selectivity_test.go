package opt

import (
	"math"
	"testing"
	"time"

	"github.com/mediaflight/mediaflight/planner/bind"
	"github.com/mediaflight/mediaflight/planner/parse"
	"github.com/mediaflight/mediaflight/planner/plan"
	"github.com/mediaflight/mediaflight/planner/plantest"
	"github.com/mediaflight/mediaflight/udf"
)

// TestSelectivity estimates conditions on a table of 1,000 rows whose ids lie between 0 and 100, with 4 different captions.
func TestSelectivity(t *testing.T) {
	binder := &bind.Binder{Catalog: plantest.Catalog(), Functions: udf.Builtin(), Schema: "main", Env: udf.Env{Location: time.UTC}}
	for cond, want := range map[string]float64{
		"id >= 40":                               600,
		"id >= 40 AND id < 50":                   100,
		"id BETWEEN 40 AND 50 AND id > 20":       100,
		"50 > id AND 40 <= id":                   100,
		"id > 60 AND id < 50":                    0, // at least leastShare, rounded
		"image_caption = 'a'":                    250,
		"image_caption = 'a' AND id >= 50":       125,
		"image_caption IN ('a', 'b') AND id < 1": 5,
	} {
		parsed, err := parse.Parse("SELECT id FROM clips WHERE " + cond)
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
			told.Rows = 1000
			name := func(column int) string { return scan.Source.Field(column).Name }
			told.Bounds = func(column int) (int64, int64, bool) { return 0, 100, name(column) == "id" }
			told.Distinct = func(column int) (float64, bool) { return 4, name(column) == "image_caption" }
			return &told
		})
		o := &Optimizer{Functions: udf.Builtin(), Env: &udf.Env{Location: time.UTC}}
		if got := (estimates{}).rows(o.Optimize(told)); math.Round(got) != want {
			t.Errorf("%s: %g rows, want %g", cond, got, want)
		}
	}
}
