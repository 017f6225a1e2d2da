package sql

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/mediaflight/mediaflight/clients/conn"
	"github.com/mediaflight/mediaflight/flightsrv"
)

// TestIndexesAgreeWithAllRows asks many kinds of searches by an index that is to find all rows, by one that need not, and by comparing all
// rows: the first and the last answers are the same, and the other one has as many rows. Among the vectors are some of every odd kind.
func TestIndexesAgreeWithAllRows(t *testing.T) {
	c := serve(t, func(*flightsrv.Config) {})
	must := func(sql string) []string {
		t.Helper()
		rows, err := answer(c, sql)
		if err != nil {
			t.Fatalf("%s\n%s", sql, conn.Message(err))
		}
		return rows
	}
	must("CREATE TABLE items (id int, kind int, e vector(12))")
	must("CREATE TABLE queries (q int, v vector(12))")
	element := func(row string, i int) string {
		return fmt.Sprintf("sin(%s * %d.37 + %d) * cos(%s * 0.%d1)", row, i*7+1, i, row, i+1)
	}
	vector := func(row string) string {
		parts := make([]string, 12)
		for i := range parts {
			parts[i] = element(row, i)
		}
		return "ARRAY[" + strings.Join(parts, ", ") + "]::real[]::vector(12)"
	}
	zero := "'[0,0,0,0,0,0,0,0,0,0,0,0]'"
	must("INSERT INTO items SELECT i, i % 50, " + vector("i") + " FROM generate_series(1, 4000) AS s(i)")
	must("INSERT INTO items SELECT 5000 + i, i, " + vector("17") + " FROM generate_series(1, 20) AS s(i)") // duplicates
	must("INSERT INTO items VALUES (6000, 1, NULL), (6001, 2, NULL), (6002, 1, " + zero + "), (6003, 2, " + zero + ")")
	nan := "ARRAY['NaN'::real, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]"
	must("INSERT INTO items VALUES (6004, 1, " + nan + "), (6005, 2, '[1e30,1e30,0,0,0,0,0,0,0,0,0,0]')")
	must("INSERT INTO queries SELECT i, " + vector("i * 1.01") + " FROM generate_series(1, 9) AS s(i)")
	must("INSERT INTO queries SELECT 17, " + vector("17"))
	must("INSERT INTO queries VALUES (20, NULL), (21, " + zero + "), (22, " + nan + ")")
	for _, class := range []string{"vector_l2_ops", "vector_cosine_ops", "vector_ip_ops"} {
		must("CREATE INDEX ON items USING ivf (e " + class + ")")
	}
	must("INSERT INTO items SELECT 7000 + i, i % 50, " + vector("i * 1.5") + " FROM generate_series(1, 300) AS s(i)") // not covered
	keys := []string{"e <-> %s", "e <=> %s", "e <#> %s", "e <-> %s NULLS FIRST", "cosine_similarity(e, %s) DESC", "cosine_similarity(e, %s) DESC NULLS LAST", "inner_product(e, %s) DESC NULLS LAST",
		"e <-> %s, id DESC", "e <=> %s, kind, id"}
	wheres := []string{"", "WHERE kind = 7", "WHERE kind < 40 AND id % 2 = 0", "WHERE id = 5003", "WHERE id >= 5999", "WHERE id < 0",
		"WHERE kind IN (SELECT q FROM queries)", "WHERE kind NOT IN (SELECT q FROM queries)", "WHERE e IS NOT NULL",
		"WHERE EXISTS (SELECT 1 FROM queries o WHERE o.q = kind)", "WHERE NOT EXISTS (SELECT 1 FROM queries o WHERE o.q = kind AND o.q < id % 9)"}
	limits := []string{"LIMIT 1", "LIMIT 10", "LIMIT 25 OFFSET 5", "LIMIT 0"}
	var searches []string
	for i, where := range wheres {
		for j, key := range keys {
			query := fmt.Sprintf("(SELECT v FROM queries WHERE q = %d)", []int{1, 5, 9, 17, 20, 21, 22}[(i*len(keys)+j)%7])
			searches = append(searches, fmt.Sprintf("SELECT id FROM items %s ORDER BY %s %s", where, fmt.Sprintf(key, query), limits[(i+j)%len(limits)]))
		}
	}
	for _, where := range wheres {
		searches = append(searches,
			fmt.Sprintf("SELECT i.id, o.q FROM items i JOIN queries o ON i.kind = o.q %s ORDER BY i.e <-> (SELECT v FROM queries WHERE q = 5), i.id LIMIT 7", where),
			fmt.Sprintf("SELECT i.id, o.q FROM items i LEFT JOIN queries o ON i.kind = o.q %s ORDER BY i.e <=> (SELECT v FROM queries WHERE q = 9), i.id LIMIT 5", where),
			fmt.Sprintf("SELECT i.id FROM items i, (SELECT v FROM queries WHERE q < 4) o %s ORDER BY i.e <#> o.v, i.id LIMIT 6", where))
		if strings.Contains(where, "SELECT") {
			continue
		}
		filter := strings.TrimPrefix(where, "WHERE ")
		if filter == "" {
			filter = "true"
		}
		searches = append(searches,
			fmt.Sprintf("SELECT q.q, n.id, n.distance FROM queries q, vector_search('items', 'e', q.v, 3, '%s', metric => 'l2') n ORDER BY 1, 2", filter),
			fmt.Sprintf("SELECT q.q, n.id FROM queries q, LATERAL (SELECT id FROM items %s ORDER BY e <=> q.v, id LIMIT 4) n ORDER BY q.q, n.id", where),
			fmt.Sprintf("SELECT q.q, n.id FROM queries q LEFT JOIN LATERAL (SELECT id FROM items %s ORDER BY e <-> q.v, id LIMIT 3 OFFSET 1) n ON true ORDER BY q.q, n.id", where))
	}
	for _, limit := range []string{"0", "0.2", "0.8", "2", "'NaN'"} {
		searches = append(searches, fmt.Sprintf("SELECT count(*), sum(id) FROM items WHERE e <-> (SELECT v FROM queries WHERE q = 17) <= %s", limit),
			fmt.Sprintf("SELECT count(*), sum(id) FROM items WHERE e <=> (SELECT v FROM queries WHERE q = 5) < %s AND id %% 2 = 1", limit),
			fmt.Sprintf("SELECT count(*), sum(id) FROM items WHERE %s > e <#> (SELECT v FROM queries WHERE q = 9) AND kind IN (SELECT q FROM queries)", limit),
			fmt.Sprintf("SELECT count(*), sum(id) FROM items WHERE e <-> (SELECT v FROM queries WHERE q = 22) < %s", limit),
			fmt.Sprintf("SELECT count(*), sum(id) FROM items WHERE e <-> (SELECT v FROM queries WHERE q = 20) < %s", limit),
			fmt.Sprintf("SELECT count(*), sum(id) FROM items WHERE cosine_similarity(e, (SELECT v FROM queries WHERE q = 3)) > %s AND kind < 30", limit))
	}
	for search, operator := range map[string]string{
		"SELECT id FROM items WHERE e <-> (SELECT v FROM queries WHERE q = 5) < 0.2 AND kind = 7": "vector range",
		"SELECT id FROM items WHERE e <=> (SELECT v FROM queries WHERE q = 5) <= 0.2":             "vector range",
		"DELETE FROM items WHERE e <=> (SELECT v FROM queries WHERE q = 5) <= 0.2":                "scan",
	} {
		if plan := strings.Join(must("EXPLAIN "+search), " "); !strings.Contains(plan, operator) || operator == "scan" && strings.Contains(plan, "vector range") {
			t.Errorf("%s is planned as %s, without %s", search, plan, operator)
		}
	}
	ask := func(mode, recall string) [][]string {
		must("SET vector_search = " + mode)
		must("SET target_recall = " + recall)
		var out [][]string
		for _, search := range searches {
			out = append(out, must(search))
		}
		return out
	}
	byIndex, loosely, all := ask("auto", "1"), ask("auto", "0.8"), ask("exact", "1")
	for i, search := range searches {
		if !slices.Equal(byIndex[i], all[i]) {
			t.Errorf("%s\nby index %v\nall rows %v", search, byIndex[i], all[i])
		}
		if len(loosely[i]) != len(all[i]) {
			t.Errorf("%s\n%d rows at a recall of 0.8, of %d", search, len(loosely[i]), len(all[i]))
		}
	}
}
