package planner_test

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mediaflight/mediaflight/planner"
)

// seeds are the statements of all text tests.
func seeds(t testing.TB) []string {
	files, err := filepath.Glob("*/testdata/*")
	if err != nil || len(files) == 0 {
		t.Fatal("no tests to take statements from", err)
	}
	var out []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // a folder
		}
		for _, block := range strings.Split(string(text), "\n\n") {
			sql, _, ok := strings.Cut(block, "\n----")
			if _, body, more := strings.Cut(sql, "\n"); ok && more {
				out = append(out, body)
			}
		}
	}
	return out
}

// FuzzPlan plans whatever bytes: the answer is a plan or an error with a state, never a panic.
func FuzzPlan(f *testing.F) {
	for _, sql := range seeds(f) {
		f.Add(sql)
	}
	p := newPlanner()
	f.Fuzz(func(t *testing.T, sql string) { check(t, p, sql) })
}

func check(t *testing.T, p *planner.Planner, sql string) {
	t.Helper()
	defer func() {
		if r := recover(); r != nil {
			t.Fatalf("panic in %q: %v", sql, r)
		}
	}()
	_, err := p.Plan(t.Context(), sql, session())
	var stated interface{ SQLState() string }
	if err != nil && (!errors.As(err, &stated) || len(stated.SQLState()) != 5) {
		t.Errorf("no state: %v\n%s", err, sql)
	}
}

// TestMutated plans statements out of order: words of all tests put together and taken apart at random.
func TestMutated(t *testing.T) {
	statements := seeds(t)
	var words []string
	for _, sql := range statements {
		words = append(words, strings.Fields(sql)...)
	}
	p := newPlanner()
	random := rand.New(rand.NewPCG(1, 2))
	for range 5000 {
		parts := strings.Fields(statements[random.IntN(len(statements))])
		for range 1 + random.IntN(3) {
			at := random.IntN(len(parts))
			switch random.IntN(3) {
			case 0:
				parts[at] = words[random.IntN(len(words))]
			case 1:
				parts = append(parts[:at:at], parts[at+1:]...)
			default:
				parts = append(parts[:at:at], append([]string{words[random.IntN(len(words))]}, parts[at:]...)...)
			}
			if len(parts) == 0 {
				break
			}
		}
		check(t, p, strings.Join(parts, " "))
	}
}

// TestDeep plans statements that nest deeper than any stack.
func TestDeep(t *testing.T) {
	p := newPlanner()
	for _, piece := range []struct{ before, middle, after string }{
		{"(", "1", ")"}, {"", "1", "+1"}, {"NOT ", "true", ""}, {"- ", "1", ""}, {"abs(", "1", ")"}, {"(SELECT ", "1", ")"},
		{"ARRAY[", "1", "]"}, {"[", "1", "]"}, {"CASE WHEN true THEN ", "1", " END"}, {"", "1", "::int"}, {"", "1", "[1]"}, {"", "a", ".a"},
		{"", "1", " UNION SELECT 1"}, {"", "1", " IS NULL"}, {"", "1", " IN (1"}, {"ROW(", "1", ")"}, {"", "1", " AND 1=1 OR 2=2"},
		{"", "1, 2", " UNION SELECT 1, 2"}, {"", "1", " WHERE 1=1 AND 2=2 UNION ALL SELECT 1"}, {"CASE WHEN true AND ", "true", " THEN true END"},
		{"", "1 FROM people", " JOIN people ON 1=1 AND 2=2"}, {"1 IN (", "1", ", 1)"}, {"", "1", ", 1"}, {"", "1", " OR 2=2"},
	} {
		for _, n := range []int{100, 450, 1900, 5000, 30_000} {
			check(t, p, "SELECT "+strings.Repeat(piece.before, n)+piece.middle+strings.Repeat(piece.after, n))
		}
	}
	check(t, p, "WITH a AS (SELECT 1 AS x)"+cascade(40)+" SELECT count(*) FROM a40")
	check(t, p, "SELECT * FROM "+strings.Repeat("clips CROSS JOIN ", 3000)+"clips")
}

// cascade doubles a WITH query so many times.
func cascade(n int) string {
	var b strings.Builder
	last := "a"
	for i := range n {
		next := "a" + string(rune('0'+(i+1)/10)) + string(rune('0'+(i+1)%10))
		b.WriteString(", " + next + " AS (SELECT l.x FROM " + last + " l, " + last + " r)")
		last = next
	}
	return b.String()
}
