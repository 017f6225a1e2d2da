package opt

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/mediaflight/mediaflight/planner/bind"
	"github.com/mediaflight/mediaflight/planner/decorrelate"
	"github.com/mediaflight/mediaflight/planner/parse"
	"github.com/mediaflight/mediaflight/planner/plan"
	"github.com/mediaflight/mediaflight/planner/plantest"
	"github.com/mediaflight/mediaflight/udf"
)

// TestRules runs the files of testdata, one a rule. expect= and expect-not= name rules that must and must not fire; recall= is what the
// session allows searches by an index.
func TestRules(t *testing.T) {
	env := udf.Env{Now: time.Unix(0, 0), Location: time.UTC}
	functions := udf.Builtin()
	binder := &bind.Binder{Catalog: plantest.Catalog(), Functions: functions, Schema: "main", Env: env}
	plantest.Run(t, "testdata", func(t *testing.T, c *plantest.Case) string {
		parsed, err := parse.Parse(c.SQL)
		if err != nil {
			return plantest.Error(err)
		}
		stmt, err := binder.Bind(t.Context(), parsed)
		if err != nil {
			return plantest.Error(err)
		}
		o := &Optimizer{Functions: functions, Env: &env}
		if recall := c.Arg("recall"); recall != "" {
			if o.Recall, err = strconv.ParseFloat(recall, 64); err != nil {
				t.Fatal(err)
			}
		}
		independent, err := decorrelate.Plan(stmt.Plan)
		if err != nil {
			return plantest.Error(err)
		}
		node := o.Optimize(independent)
		if want := c.Arg("expect"); want != "" && !slices.Contains(o.fired, want) {
			t.Errorf("%s did not fire:\n%s", want, c.SQL)
		}
		if not := c.Arg("expect-not"); not != "" && slices.Contains(o.fired, not) {
			t.Errorf("%s fired:\n%s", not, c.SQL)
		}
		return plan.Format(node)
	})
}
