package sql

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mediaflight/mediaflight/catalog/iceberg"
	"github.com/mediaflight/mediaflight/clients/conn"
	"github.com/mediaflight/mediaflight/flightsrv"
)

// TestScreenedSearchesAgree asks a server that screens vectors by their codes, and one that does not, for the nearest rows of a
// table that changes: the answers are the same, distances too. Among the vectors are some of every odd kind.
func TestScreenedSearchesAgree(t *testing.T) {
	plain := serve(t, func(*flightsrv.Config) {})
	screened := serveTables(t, iceberg.Options{ScreenBytes: 1 << 20}, func(*flightsrv.Config) {})
	run := func(c *conn.Conn, sql string) []string {
		t.Helper()
		rows, err := answer(c, sql)
		if err != nil {
			t.Fatalf("%s\n%s", sql, conn.Message(err))
		}
		return rows
	}
	must := func(sql string) {
		t.Helper()
		run(plain, sql)
		run(screened, sql)
	}
	vector := func(row string) string {
		parts := make([]string, 12)
		for i := range parts {
			parts[i] = fmt.Sprintf("sin(%s * %d.37 + %d) * cos(%s * 0.%d1)", row, i*7+1, i, row, i+1)
		}
		return "ARRAY[" + strings.Join(parts, ", ") + "]::real[]::vector(12)"
	}
	const nan = "ARRAY['NaN'::real, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]"
	const large, zero = "'[1e30,1e30,0,0,0,0,0,0,0,0,0,0]'", "'[0,0,0,0,0,0,0,0,0,0,0,0]'"
	must("CREATE TABLE items (id int, kind int, e vector(12))")
	must("CREATE TABLE queries (q int, v vector(12))")
	must("INSERT INTO items SELECT i, i % 50, " + vector("i") + " FROM generate_series(1, 4000) AS s(i)")
	must("INSERT INTO items SELECT 5000 + i, i, " + vector("17") + " FROM generate_series(1, 20) AS s(i) UNION ALL SELECT 6002, 1, " + zero + "::vector(12) UNION ALL SELECT 6004, 1, " + nan +
		"::real[]::vector(12) UNION ALL SELECT 6005, 2, " + large + "::vector(12)")
	must("INSERT INTO queries SELECT i, " + vector("i * 1.01") + " FROM generate_series(1, 9) AS s(i)")
	must("INSERT INTO queries SELECT 17, " + vector("17"))
	must("INSERT INTO queries VALUES (20, NULL), (21, " + zero + "), (22, " + nan + "), (23, " + large + ")")

	keys := []string{"e <-> %s", "e <=> %s", "e <#> %s", "inner_product(e, %s) DESC NULLS LAST", "cosine_similarity(e, %s) DESC NULLS LAST", "e <-> %s, id DESC", "e <+> %s"}
	wheres := []string{"", "WHERE kind = 7", "WHERE kind < 40 AND id % 2 = 0", "WHERE id >= 4990", "WHERE id < 0", "WHERE kind IN (SELECT q FROM queries)"}
	var searches []string
	for _, where := range wheres {
		for i, key := range keys {
			for _, q := range []int{1, 9, 17, 20, 21, 22, 23} {
				query := fmt.Sprintf(key, fmt.Sprintf("(SELECT v FROM queries WHERE q = %d)", q))
				distance := strings.TrimSuffix(strings.TrimSuffix(query, ", id DESC"), " DESC NULLS LAST")
				searches = append(searches, fmt.Sprintf("SELECT id, %s FROM items %s ORDER BY %s LIMIT %d", distance, where, query, []int{1, 10, 25}[i%3]))
			}
		}
	}
	for _, limit := range []string{"0", "0.2", "0.8", "2", "'NaN'"} {
		searches = append(searches, fmt.Sprintf("SELECT id FROM items WHERE e <-> (SELECT v FROM queries WHERE q = 17) <= %s ORDER BY e <-> (SELECT v FROM queries WHERE q = 17) LIMIT 9", limit),
			fmt.Sprintf("SELECT id FROM items WHERE e <=> (SELECT v FROM queries WHERE q = 5) < %s AND id %% 2 = 1 ORDER BY e <=> (SELECT v FROM queries WHERE q = 5) LIMIT 9", limit))
	}
	for i := range 4 {
		searches = append(searches, fmt.Sprintf("SELECT q.q, n.id FROM queries q, LATERAL (SELECT id FROM items %s ORDER BY e <=> q.v, id LIMIT 4) n ORDER BY q.q, n.id", wheres[i]),
			fmt.Sprintf("SELECT q.q, n.id FROM queries q LEFT JOIN LATERAL (SELECT id FROM items %s ORDER BY e <-> q.v, id LIMIT 3 OFFSET 1) n ON q.q < 10 ORDER BY q.q, n.id", wheres[i]))
	}
	agree := func(after string) {
		t.Helper()
		for _, search := range searches {
			if got, want := run(screened, search), run(plain, search); !slices.Equal(got, want) {
				t.Errorf("after %s: %s\nscreened %v\nmeasured %v", after, search, got, want)
			}
		}
	}
	// screensRows searches until so many rows are screened: codes come in the background.
	screensRows := func(rows int) {
		t.Helper()
		want := fmt.Sprintf("screened=%d measured=", rows)
		text := ""
		for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
			text = strings.Join(run(screened, "EXPLAIN ANALYZE SELECT id FROM items ORDER BY e <=> (SELECT v FROM queries WHERE q = 1) LIMIT 10"), "\n")
			if strings.Contains(text, want) {
				return
			}
		}
		t.Errorf("no %s in\n%s", want, text)
	}

	agree("the rows' coming")
	screensRows(4023)
	agree("the rows' coding")
	must("DELETE FROM items WHERE id % 10 = 3 OR id BETWEEN 900 AND 1800")
	screensRows(2810)
	agree("a delete")
	must("UPDATE items SET e = " + vector("id + 7") + " WHERE id BETWEEN 2000 AND 2100")
	agree("an update")
	must("INSERT INTO items VALUES (9000, 1, NULL), (9001, 2, NULL), (9002, 1, " + zero + ")") // a file that is not coded
	agree("an insert")
	must("ALTER TABLE items RENAME COLUMN e TO f")
	must("ALTER TABLE items RENAME COLUMN f TO e")
	must("DELETE FROM items WHERE kind <> 7")
	agree("the last delete")

	text := strings.Join(run(screened, "EXPLAIN ANALYZE SELECT id FROM items ORDER BY e <-> (SELECT v FROM queries WHERE q = 5) LIMIT 1"), "\n")
	if !strings.Contains(text, "screened=") {
		t.Errorf("nothing is screened at the end\n%s", text)
	}
	for _, search := range []string{"e <+> (SELECT v FROM queries WHERE q = 5)", "e <-> (SELECT v FROM queries WHERE q = 21)", "e <-> (SELECT v FROM queries WHERE q = 5) DESC"} {
		if text := strings.Join(run(screened, "EXPLAIN ANALYZE SELECT id FROM items ORDER BY "+search+" LIMIT 1"), "\n"); strings.Contains(text, "screened=") {
			t.Errorf("ORDER BY %s is screened\n%s", search, text)
		}
	}
}
