package sql

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mediaflight/mediaflight/clients/conn"
	"github.com/mediaflight/mediaflight/exec/spill"
	"github.com/mediaflight/mediaflight/flightsrv"
	"github.com/mediaflight/mediaflight/integration/sql/random"
)

var (
	differential = flag.Duration("differential", 2*time.Second, "how long random queries are compared with PostgreSQL's answers")
	seed         = flag.Uint64("seed", 1, "of the first random queries")
)

// TestDifferential compares random queries with PostgreSQL, which psql finds by its own variables: PGHOST, PGPORT, PGUSER. Without it
// there is nothing to compare with. Nor is there where a random join takes either side too long.
func TestDifferential(t *testing.T) {
	if out, err := exec.Command("psql", "-X", "-c", "SELECT 1").CombinedOutput(); err != nil {
		t.Skipf("no PostgreSQL: %v: %s", err, out)
	}
	start := time.Now()
	queries, slow, failed := 0, 0, 0
	for round := *seed; time.Since(start) < *differential; round++ {
		t.Run(fmt.Sprintf("seed %d", round), func(t *testing.T) {
			n, late, differences := compareRound(t, round)
			queries += n
			slow += late
			failed += len(differences)
			for _, d := range differences {
				t.Error(d)
			}
		})
	}
	t.Logf("%d queries from seed %d on, %d took too long, %d differences", queries, *seed, slow, failed)
}

// tooLong is how long a query may take on either side; one that takes longer has the state timedOut and is not compared.
const (
	tooLong  = "3s"
	timedOut = "57014"
)

// compareRound runs the queries of a seed on both sides.
func compareRound(t *testing.T, seed uint64) (n, late int, differences []string) {
	g := random.New(seed)
	setup := append(slices.Clone(random.Schema), g.Rows()...)
	queries := make([]string, 200)
	for i := range queries {
		queries[i] = g.Query()
		if changes(i) {
			queries[i] = g.Change()
		}
	}
	want := postgres(t, setup, queries)
	c := serve(t, asSeed(t, seed))
	for _, sql := range append(setup, "SET statement_timeout = '"+tooLong+"'") {
		if _, err := answer(c, sql); err != nil {
			t.Fatal(err)
		}
	}
	for i, sql := range queries {
		if want[i].state == timedOut {
			late++
			if changes(i) {
				return i + 1 - late, late, differences // the tables are no longer the same
			}
			continue
		}
		rows, err := answer(c, sql)
		got := answered{rows: rows}
		if err != nil {
			got.state, got.message = "?????", conn.Message(err)
			if m := state.FindStringSubmatch(got.message); m != nil {
				got.state = m[1]
			}
		}
		d := difference(got, want[i])
		if got.state == timedOut {
			late++
		} else if d != "" {
			differences = append(differences, sql+"\n"+d)
		}
		if changes(i) && (d != "" || got.state == timedOut) {
			return i + 1 - late, late, differences
		}
	}
	return len(queries) - late, late, differences
}

// changes says which queries of a seed are changes.
func changes(i int) bool { return i%10 == 9 }

// asSeed has batches of seven rows, where few rows are many batches, and by turns operators that spill their rows.
func asSeed(t *testing.T, seed uint64) func(*flightsrv.Config) {
	folder, err := spill.Open(t.TempDir(), 0)
	if err != nil {
		t.Fatal(err)
	}
	return func(c *flightsrv.Config) {
		c.BatchRows = 7
		if at := []int64{0, 20_000, 0, 1}[seed%4]; at > 0 {
			c.Spill, c.SpillAt = folder, at
		}
	}
}

// An answered query has rows or failed with a state.
type answered struct {
	rows           []string
	state, message string
}

var state = regexp.MustCompile(`ERROR:? +(\w{5})`)

// postgres runs queries in a temporary schema of psql's session.
func postgres(t *testing.T, setup, queries []string) []answered {
	var script strings.Builder
	script.WriteString("\\set VERBOSITY sqlstate\n\\pset null NULL\n\\pset fieldsep ' | '\nSET timezone = 'UTC';\nSET statement_timeout = '" + tooLong + "';\nSET search_path = pg_temp;\n")
	for _, sql := range setup {
		script.WriteString(strings.Replace(sql, "CREATE TABLE", "CREATE TEMP TABLE", 1) + ";\n")
	}
	for i, sql := range queries {
		fmt.Fprintf(&script, "\\echo @@%d\n%s;\n", i, sql)
	}
	script.WriteString("\\echo @@end\n")
	psql := exec.Command("psql", "-X", "-q", "-A", "-t")
	psql.Env = append(os.Environ(), "PGOPTIONS=-c client_min_messages=error")
	psql.Stdin = strings.NewReader(script.String())
	text, err := psql.CombinedOutput()
	if err != nil {
		t.Fatalf("psql: %v: %s", err, text)
	}
	out := make([]answered, len(queries))
	at := -1
	for _, line := range strings.Split(strings.TrimSuffix(string(text), "\n"), "\n") {
		if number, ok := strings.CutPrefix(line, "@@"); ok {
			at++
			if number != "end" && number != strconv.Itoa(at) {
				t.Fatalf("psql's answers are out of step at %q", line)
			}
			continue
		}
		switch m := state.FindStringSubmatch(line); {
		case at < 0 || at >= len(out):
			t.Fatalf("psql: %s", line)
		case m != nil && strings.HasPrefix(line, "ERROR"):
			out[at].state = m[1]
		default:
			out[at].rows = append(out[at].rows, strings.TrimRight(line, " "))
		}
	}
	return out
}

// difference says how two answers differ; it is empty if they do not.
func difference(got, want answered) string {
	if got.state != want.state && (got.state == "" || want.state == "") { // of several errors each may find another one first
		return fmt.Sprintf("state %q %s, want %q", got.state, got.message, want.state)
	}
	if want.state != "" {
		return ""
	}
	a, b := normal(got.rows), normal(want.rows)
	if slices.Equal(a, b) {
		return ""
	}
	return fmt.Sprintf("got %d rows\n  %s\nwant %d\n  %s", len(a), strings.Join(onlyIn(a, b), "\n  "), len(b), strings.Join(onlyIn(b, a), "\n  "))
}

var fraction = regexp.MustCompile(`-?\d+\.\d+(e[+-]\d+)?`)

var zero = regexp.MustCompile(`(^|\| )-0( \||$)`)

// normal is rows in one order, with numbers of twelve digits. -0 is 0, because a group or a limit may show either of two that tie.
func normal(rows []string) []string {
	out := make([]string, len(rows))
	for i, row := range rows {
		out[i] = fraction.ReplaceAllStringFunc(row, func(s string) string {
			v, err := strconv.ParseFloat(s, 64)
			if err != nil {
				return s
			}
			return strconv.FormatFloat(v+0, 'g', 12, 64)
		})
		out[i] = zero.ReplaceAllString(out[i], "${1}0$2")
	}
	slices.Sort(out)
	return out
}

// onlyIn are the first rows of a that b lacks.
func onlyIn(a, b []string) []string {
	left := map[string]int{}
	for _, row := range b {
		left[row]++
	}
	var out []string
	for _, row := range a {
		if left[row]--; left[row] < 0 && len(out) < 4 {
			out = append(out, row)
		}
	}
	return out
}
