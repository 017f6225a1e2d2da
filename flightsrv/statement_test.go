package flightsrv

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	pb "github.com/apache/arrow-go/v18/arrow/flight/gen/flight"

	"github.com/mediaflight/mediaflight/catalog"
)

// ask is a statement's rows in one line.
func ask(t *testing.T, c *flightsql.Client, sql string) string {
	t.Helper()
	return line(query(t, c, sql))
}

func line(table arrow.Table) string {
	var rows []string
	for _, row := range texts(table) {
		rows = append(rows, strings.Join(row, " "))
	}
	return strings.Join(rows, "; ")
}

func TestQuery(t *testing.T) {
	h := start(t, nil, clips(10, 2))
	c := h.dial(t)
	for sql, want := range map[string]string{
		"SELECT 1 AS one, 'x' AS x":                                   "1 x",
		"SELECT id, title FROM clips WHERE id < 4":                    "0 ; 1 clip ; 2 clip clip ; 3 (null)",
		"SELECT count(*), sum(id) FROM clips":                         "10 45",
		"SELECT id FROM clips ORDER BY id DESC LIMIT 2":               "9; 8",
		"SELECT id FROM clips ORDER BY embedding <-> '[8,9]' LIMIT 1": "4",
		"SELECT current_schema(), current_database()":                 "main mediaflight",
		"SELECT id FROM clips WHERE false":                            "",
	} {
		if got := ask(t, c, sql); got != want {
			t.Errorf("%s: %s\nwant %s", sql, got, want)
		}
	}
	for sql, ordered := range map[string]bool{"SELECT id FROM clips": false, "SELECT id FROM clips ORDER BY id": true} {
		info, err := c.Execute(t.Context(), sql)
		if err != nil || info.Ordered != ordered {
			t.Errorf("%s: ordered %v, %v", sql, info.Ordered, err)
		}
	}
	schema := query(t, c, "SELECT id, title FROM clips").Schema()
	m := schema.Field(0).Metadata
	if name, _ := (&flightsql.ColumnMetadata{Data: &m}).TypeName(); name != "bigint" {
		t.Errorf("type name %q", name)
	}
	if _, ok := m.GetValue(flightsql.RemarksKey); ok {
		t.Error("a result's column has remarks, which JDBC takes for its label")
	}
}

func TestErrorsPoint(t *testing.T) {
	c := start(t, nil, clips(1, 1)).dial(t)
	for sql, want := range map[string]string{
		"SELECT titel FROM clips":  "ERROR 42703: ",
		"SELECT * FROM klips":      "ERROR 42P01: ",
		"SELECT (1":                "ERROR 42601: ",
		"SELECT 1 / 0 FROM clips":  "ERROR 22012: ",
		"SET timezone = 'Nowhere'": "ERROR 22023: ",
		"SHOW nothing_at_all":      "ERROR 42704: ",
	} {
		err := run(t.Context(), c, sql)
		if !hasText(err, want) {
			t.Errorf("%s: %v, want %s", sql, err, want)
		}
	}
	if err := run(t.Context(), c, "SELECT titel\nFROM clips"); !hasText(err, "\nLINE 1: SELECT titel\n               ^\nHINT: ") {
		t.Errorf("%v", err)
	}
}

// DDL and DML run when GetFlightInfo brings them, once, whether their answer is fetched or not, and fetching it again
// repeats it.
func TestChangesRunOnce(t *testing.T) {
	h := start(t, nil, clips(1, 1))
	c := h.dial(t)
	for _, sql := range []string{"CREATE SCHEMA media", "CREATE TABLE media.t (a bigint NOT NULL, b text)"} {
		if _, err := c.Execute(t.Context(), sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	info, err := c.Execute(t.Context(), "INSERT INTO media.t VALUES (1, 'x'), (2, 'y')")
	if err != nil {
		t.Fatal(err)
	}
	if got := ask(t, c, "SELECT count(*) FROM media.t"); got != "2" {
		t.Errorf("before the count is fetched: %s rows", got)
	}
	for range 2 {
		if got := line(fetch(t, c, info)); got != "2" {
			t.Errorf("count %s", got)
		}
	}
	if got := ask(t, c, "SELECT count(*) FROM media.t"); got != "2" {
		t.Errorf("after the count was fetched twice: %s rows", got)
	}
	if n, err := c.ExecuteUpdate(t.Context(), "INSERT INTO media.t SELECT a + 10, b FROM media.t"); err != nil || n != 2 {
		t.Errorf("update: %d, %v", n, err)
	}
	if n, err := c.ExecuteUpdate(t.Context(), "SELECT * FROM media.t"); err != nil || n != -1 {
		t.Errorf("a query as an update: %d, %v", n, err)
	}
	// GetSchema runs nothing.
	insert, err := wrap(&pb.CommandStatementQuery{Query: "INSERT INTO media.t VALUES (9, 'z')"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Client.GetSchema(t.Context(), &pb.FlightDescriptor{Type: pb.FlightDescriptor_CMD, Cmd: insert}); err != nil {
		t.Fatal(err)
	}
	if got := ask(t, c, "SELECT count(*), max(a) FROM media.t"); got != "4 12" {
		t.Errorf("at last %s", got)
	}
	for _, sql := range []string{"INSERT INTO media.t VALUES (NULL, 'x')", "CREATE TABLE media.t (a int)", "DROP SCHEMA media"} {
		if err := run(t.Context(), c, sql); err == nil {
			t.Errorf("%s: no error", sql)
		}
	}
	for _, sql := range []string{"COMMENT ON TABLE media.t IS 'of numbers'", "DROP TABLE media.t", "DROP TABLE IF EXISTS media.t", "DROP SCHEMA media"} {
		if err := run(t.Context(), c, sql); err != nil {
			t.Errorf("%s: %v", sql, err)
		}
	}
}

// A ticket pins what it reads: rows that come later are not in it.
func TestTicketPinsSnapshot(t *testing.T) {
	h := start(t, nil, clips(10, 1))
	c := h.dial(t)
	info, err := c.Execute(t.Context(), "SELECT id FROM clips")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.ExecuteUpdate(t.Context(), "INSERT INTO clips SELECT id + 100, title, embedding FROM clips"); err != nil {
		t.Fatal(err)
	}
	if n := fetch(t, h.dial(t), info).NumRows(); n != 10 {
		t.Errorf("the old ticket gave %d rows", n)
	}
	if n := query(t, c, "SELECT id FROM clips").NumRows(); n != 20 {
		t.Errorf("a new one gave %d rows", n)
	}
}

// A ticket for a table that has been dropped since is refused, and so is one for a table that took its name.
func TestTicketOfDroppedTable(t *testing.T) {
	h := start(t, nil, clips(10, 1))
	c := h.dial(t)
	info, err := c.Execute(t.Context(), "SELECT id FROM clips")
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct{ do, state string }{
		{"DROP TABLE clips", "42P01"},
		{"CREATE TABLE clips (x text)", "55000"},
	} {
		if err := run(t.Context(), c, step.do); err != nil {
			t.Fatal(err)
		}
		r, err := c.DoGet(t.Context(), info.Endpoint[0].Ticket)
		if err == nil {
			r.Next()
			err = r.Err()
			r.Release()
		}
		if !hasState(err, step.state) {
			t.Errorf("after %s: %v", step.do, err)
		}
	}
}

// The plan cache forgets a plan under all its names, and tickets of forgotten plans still run.
func TestPlanCacheForgets(t *testing.T) {
	h := start(t, nil, clips(10, 1))
	h.plans.limit = 2
	c := h.dial(t)
	first, err := c.Execute(t.Context(), "SELECT id FROM clips LIMIT 1")
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []string{"2", "3", "4"} {
		if got := query(t, c, "SELECT id FROM clips LIMIT "+n).NumRows(); fmt.Sprint(got) != n {
			t.Errorf("LIMIT %s gave %d rows", n, got)
		}
	}
	if a, b, c := h.plans.recent.Len(), len(h.plans.byKey), len(h.plans.byPlan); a != 2 || b != 2 || c != 2 {
		t.Errorf("%d plans are cached, %d by key, %d by plan", a, b, c)
	}
	if n := fetch(t, c, first).NumRows(); n != 1 {
		t.Errorf("the ticket of a forgotten plan gave %d rows", n)
	}
}

// Plans are cached, and never when they would answer otherwise.
func TestPlanCache(t *testing.T) {
	h := start(t, nil, clips(10, 1))
	c := h.dial(t)
	const sql = "SELECT count(*) FROM clips"
	for _, step := range []struct{ do, want string }{
		{"", "10"}, {"", "10"},
		{"INSERT INTO clips SELECT * FROM clips", "20"},
		{"CREATE SCHEMA other", "20"},
		{"CREATE TABLE other.clips (id bigint)", "20"},
		{"SET schema = other", "0"},
		{"INSERT INTO clips VALUES (1)", "1"},
		{"DROP TABLE other.clips", "20"},
		{"CREATE TABLE other.clips AS SELECT 1 AS x", "1"},
	} {
		if step.do != "" {
			if err := run(t.Context(), c, step.do); err != nil {
				t.Fatalf("%s: %v", step.do, err)
			}
		}
		if got := ask(t, c, sql); got != step.want {
			t.Errorf("after %q: %s, want %s", step.do, got, step.want)
		}
	}
	first := ask(t, c, "SELECT now()")
	time.Sleep(2 * time.Millisecond)
	if second := ask(t, c, "SELECT now()"); first == second {
		t.Error("now() stands still")
	}
	if n := h.plans.recent.Len(); n < 3 {
		t.Errorf("%d plans are cached", n)
	}
}

func TestExplain(t *testing.T) {
	c := start(t, nil, clips(10, 1)).dial(t)
	if got := ask(t, c, "EXPLAIN SELECT id FROM clips WHERE id > 3"); !strings.Contains(got, "clips") {
		t.Errorf("%s", got)
	}
	if got := ask(t, c, "EXPLAIN SELECT id FROM clips LIMIT 4"); !strings.Contains(got, "(about 4 rows)") {
		t.Errorf("%s", got)
	}
	if got := ask(t, c, "EXPLAIN ANALYZE SELECT id FROM clips LIMIT 4"); !strings.Contains(got, "rows=4 expected=4") {
		t.Errorf("%s", got)
	}
	if got := ask(t, c, "EXPLAIN ANALYZE SELECT id FROM clips WHERE id > 3"); !strings.Contains(got, "rows") {
		t.Errorf("%s", got)
	}
	if got := ask(t, c, "EXPLAIN (FORMAT JSON) SELECT id FROM clips"); !strings.HasPrefix(strings.TrimSpace(got), "[") && !strings.HasPrefix(strings.TrimSpace(got), "{") {
		t.Errorf("%s", got)
	}
}

func TestSubstrait(t *testing.T) {
	h := start(t, nil, clips(10, 1))
	c := h.dial(t)
	st, err := h.plan(t.Context(), &request{start: time.Now()}, "SELECT id FROM clips WHERE id < 3", nil)
	if err != nil {
		t.Fatal(err)
	}
	plan := flightsql.SubstraitPlan{Plan: st.Plan}
	info, err := c.ExecuteSubstrait(t.Context(), plan)
	if err != nil {
		t.Fatal(err)
	}
	if got := line(fetch(t, c, info)); got != "0; 1; 2" {
		t.Errorf("%s", got)
	}
	prepared, err := c.PrepareSubstrait(t.Context(), plan)
	if err != nil {
		t.Fatal(err)
	}
	if info, err = prepared.Execute(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := line(fetch(t, c, info)); got != "0; 1; 2" {
		t.Errorf("prepared: %s", got)
	}
	insert, err := h.plan(t.Context(), &request{start: time.Now()}, "INSERT INTO clips SELECT id + 10, title, embedding FROM clips", nil)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := c.ExecuteSubstraitUpdate(t.Context(), flightsql.SubstraitPlan{Plan: insert.Plan}); err != nil || n != 10 {
		t.Errorf("update: %d, %v", n, err)
	}
	if _, err := c.ExecuteSubstrait(t.Context(), flightsql.SubstraitPlan{Plan: []byte("nonsense")}); err == nil || hasState(err, "XX000") {
		t.Errorf("nonsense: %v", err)
	}
}

// Names that need quotes in SQL need none in paths, and come through tickets whole.
func TestOddNames(t *testing.T) {
	h := start(t, nil)
	c := h.dial(t)
	name := catalog.Name{Schema: "main", Table: `a "b" & c; 'd'`}
	if err := run(t.Context(), c, fmt.Sprintf("CREATE TABLE %q.\"a \"\"b\"\" & c; 'd'\" (\"x y\" bigint)", name.Schema)); err != nil {
		t.Fatal(err)
	}
	info, err := c.Client.GetFlightInfo(t.Context(), &pb.FlightDescriptor{Type: pb.FlightDescriptor_PATH, Path: []string{name.Table}})
	if err != nil {
		t.Fatal(err)
	}
	if table := fetch(t, c, info); table.Schema().Field(0).Name != "x y" {
		t.Errorf("%s", table.Schema())
	}
}
