package flightsrv

import (
	"testing"
	"time"

	"github.com/mediaflight/mediaflight/planner"
	"github.com/mediaflight/mediaflight/udf"
)

// BenchmarkCachedPlan finds the plan of a statement that was planned before, and sees to it that its table is as it was then.
func BenchmarkCachedPlan(b *testing.B) {
	h := start(b, nil, clips(1000, 8))
	view := planner.Session{Schema: "main", Env: udf.Env{Now: time.Now(), Location: time.UTC}, Optimize: true}
	const sql = "SELECT a.id, count(*) FROM clips a JOIN clips b ON a.id = b.id WHERE b.id > 7 GROUP BY a.id ORDER BY 2 DESC LIMIT 10"
	statement, err := h.config.Planner.Plan(b.Context(), sql, view)
	if err != nil {
		b.Fatal(err)
	}
	h.plans.add(b.Context(), h.tables, h.plans.now(), keyOf(sql, view), statement)
	b.ReportAllocs()
	for b.Loop() {
		if found, ok := h.plans.find(b.Context(), h.tables, keyOf(sql, view)); !ok || found != statement {
			b.Fatal("the plan is not kept")
		}
	}
}
