package bind_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/mediaflight/mediaflight/planner/bind"
	"github.com/mediaflight/mediaflight/planner/parse"
	"github.com/mediaflight/mediaflight/planner/plan"
	"github.com/mediaflight/mediaflight/planner/plantest"
	"github.com/mediaflight/mediaflight/udf"
)

// TestBind runs the files of testdata: bind writes the plan, type the columns of the result and the parameters, error what is
// wrong, command the command.
func TestBind(t *testing.T) {
	binder := &bind.Binder{Catalog: plantest.Catalog(), Functions: udf.Builtin(), Schema: "main",
		Env: udf.Env{Now: time.Unix(0, 0), Location: time.UTC}}
	plantest.Run(t, "testdata", func(t *testing.T, c *plantest.Case) string {
		parsed, err := parse.Parse(c.SQL)
		if err != nil {
			return plantest.Error(err)
		}
		stmt, err := binder.Bind(t.Context(), parsed)
		if err != nil {
			return plantest.Error(err)
		}
		switch c.Command {
		case "bind":
			return plan.Format(stmt.Plan)
		case "type":
			return types(stmt)
		case "command":
			text, err := json.Marshal(stmt.Command)
			if err != nil {
				t.Fatal(err)
			}
			return fmt.Sprintf("%s %T %s", stmt.Tag, stmt.Command, text)
		}
		t.Errorf("unexpected success: %s\n%s", c.Command, c.SQL)
		return ""
	})
}

func types(stmt *bind.Statement) string {
	var lines []string
	for _, c := range stmt.Plan.Columns() {
		line := c.Name + " " + udf.TypeName(c.Type)
		if !c.Nullable {
			line += " not null"
		}
		lines = append(lines, line)
	}
	for i, p := range stmt.Params {
		lines = append(lines, fmt.Sprintf("$%d %s", i+1, udf.TypeName(p)))
	}
	return strings.Join(lines, "\n")
}
