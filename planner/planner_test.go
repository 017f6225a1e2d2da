package planner_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/mediaflight/mediaflight/planner"
	"github.com/mediaflight/mediaflight/planner/plantest"
	"github.com/mediaflight/mediaflight/udf"
)

func session() planner.Session {
	return planner.Session{Schema: "main", Optimize: true, Recall: 0.95, Env: udf.Env{Now: time.Unix(0, 0), Location: time.UTC}}
}

func newPlanner() *planner.Planner {
	return &planner.Planner{Catalog: plantest.Catalog(), Functions: udf.Builtin()}
}

// TestPlan runs the files of testdata: what a client is told of a statement before it runs.
func TestPlan(t *testing.T) {
	p := newPlanner()
	plantest.Run(t, "testdata", func(t *testing.T, c *plantest.Case) string {
		stmt, err := p.Plan(t.Context(), c.SQL, session())
		if err != nil {
			return plantest.Error(err)
		}
		if (stmt.Plan == nil) == (stmt.Command == nil) {
			t.Errorf("%s: plan of %d bytes and command %v", c.SQL, len(stmt.Plan), stmt.Command)
		}
		return describe(stmt)
	})
}

func describe(stmt *planner.Statement) string {
	lines := []string{stmt.Tag}
	if stmt.Ordered {
		lines[0] += " ordered"
	}
	if stmt.Explain != nil {
		lines = append(lines, fmt.Sprintf("explain analyze=%v json=%v verbose=%v", stmt.Explain.Analyze, stmt.Explain.JSON, stmt.Explain.Verbose))
	}
	if stmt.ReturnsRows() {
		lines = append(lines, fields("column", stmt.Schema)...)
	}
	lines = append(lines, fields("parameter", stmt.Params)...)
	for _, t := range stmt.Tables {
		lines = append(lines, fmt.Sprintf("table %s at %d", t.Name, t.Snapshot))
	}
	return strings.Join(lines, "\n")
}

func fields(what string, s *arrow.Schema) []string {
	var lines []string
	for _, f := range s.Fields() {
		line := what + " " + f.Name + " " + udf.TypeName(f.Type)
		if !f.Nullable {
			line += " not null"
		}
		lines = append(lines, line)
	}
	return lines
}

func TestStatedParameterTypes(t *testing.T) {
	s := session()
	s.Params = []arrow.DataType{arrow.PrimitiveTypes.Int16}
	stmt, err := newPlanner().Plan(t.Context(), "SELECT $1, id = $1 FROM clips", s)
	if err != nil {
		t.Fatal(err)
	}
	if got := stmt.Params.Field(0).Type; got.ID() != arrow.INT16 {
		t.Errorf("parameter is %s, not smallint as the client said", got)
	}
}

// TestWideParameters plans with whole numbers as Python states them, where functions take smaller ones.
func TestWideParameters(t *testing.T) {
	s := session()
	s.Params = []arrow.DataType{arrow.PrimitiveTypes.Int64}
	for _, c := range []struct{ sql, want string }{
		{"SELECT round(price, $1) FROM clips", "numeric(11,2)"},
		{"SELECT left(image_caption, $1) FROM clips", "text"},
		{"SELECT make_interval(days => $1)", "interval"},
		{"SELECT tags[$1] FROM clips", "text"},
		{"SELECT image_caption = $1 FROM clips", "error 42883 at 21: operator does not exist: text = bigint"},
		{"SELECT lower($1)", "error 42883 at 7: function lower(bigint) does not exist"},
	} {
		stmt, err := newPlanner().Plan(t.Context(), c.sql, s)
		got := ""
		if err != nil {
			got, _, _ = strings.Cut(plantest.Error(err), "\n")
		} else {
			got = udf.TypeName(stmt.Schema.Field(0).Type)
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.sql, got, c.want)
		}
	}
}

func BenchmarkPlan(b *testing.B) {
	p := newPlanner()
	vector := "[" + strings.TrimSuffix(strings.Repeat("0.125,", 3), ",") + "]"
	for name, sql := range map[string]string{
		"rows":      "SELECT id, image_caption FROM clips LIMIT 10",
		"filter":    "SELECT id, image_caption, NSFW_score FROM clips WHERE nsfw_score < 0.5 AND movie_id = 3",
		"neighbors": "SELECT id, image_caption FROM clips ORDER BY emb <=> '" + vector + "' LIMIT 10",
		"parameter": "SELECT id, image_caption FROM clips ORDER BY emb <=> $1 LIMIT 10",
		"join": "SELECT title, count(*) AS n FROM clips c JOIN movies m ON c.movie_id = m.id WHERE year > 1990 " +
			"GROUP BY title HAVING count(*) > 3 ORDER BY n DESC LIMIT 20",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := p.Plan(b.Context(), sql, session()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
