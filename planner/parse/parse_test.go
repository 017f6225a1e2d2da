package parse_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mediaflight/mediaflight/planner/parse"
	"github.com/mediaflight/mediaflight/planner/plantest"
)

// TestParse runs the files of testdata: rewrite writes the text that PostgreSQL's parser got, error what is wrong and the line
// with a caret under the place, split the statements of a script.
func TestParse(t *testing.T) {
	plantest.Run(t, "testdata", func(t *testing.T, c *plantest.Case) string {
		if c.Command == "split" {
			parts, err := parse.Split(c.SQL)
			if err != nil {
				return plantest.Error(err)
			}
			var lines []string
			for _, p := range parts {
				lines = append(lines, fmt.Sprintf("%d %q", p.Pos, p.Text))
			}
			return strings.Join(lines, "\n")
		}
		stmt, err := parse.Parse(c.SQL)
		if err != nil {
			return plantest.Error(err)
		}
		if c.Command != "rewrite" {
			t.Errorf("unexpected success: %s", c.SQL)
		}
		out := stmt.Text()
		if stmt.Describe {
			out += "\ndescribe"
		}
		return out
	})
}

// TestPositions finds every place of the parsed text in the user's text again.
func TestPositions(t *testing.T) {
	const sql = "SELECT [1, x] FROM t WHERE a =? AND é<=>? > [2] ORDER BY last"
	stmt, err := parse.Parse(sql)
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"SELECT", "x]", "FROM", "WHERE", "AND", "é<", "[2]", "ORDER", "last"} {
		at := strings.Index(stmt.Text(), word)
		if got, want := int(stmt.Pos(int32(at))), strings.Index(sql, word); got != want {
			t.Errorf("%q is at %d, not %d", word, want, got)
		}
	}
}

// TestQuoted tells which parts of a name are quoted.
func TestQuoted(t *testing.T) {
	const sql = `SELECT a."B" . c."d.""e".f FROM t`
	stmt, err := parse.Parse(sql)
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprint(stmt.Quoted(int32(strings.Index(sql, "a.")), 5))
	if want := "[false true false true false]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestFind finds names as whole words, with their quotes.
func TestFind(t *testing.T) {
	stmt, err := parse.Parse(`DROP TABLE mytable, "table", tab`)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]int32{"mytable": 11, "tab": 29, "able": -1} {
		if got := stmt.Find(name); got != want {
			t.Errorf("%s is at %d, not %d", name, got, want)
		}
	}
}
