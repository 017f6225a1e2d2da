package planner_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestManyJoins plans statements whose estimates lie one above the other, and whose joins may be ordered in more ways than can be looked at.
func TestManyJoins(t *testing.T) {
	p := newPlanner()
	chain := func(join string, n int) string {
		var b strings.Builder
		b.WriteString("EXPLAIN SELECT count(*) FROM clips c0")
		for i := 1; i <= n; i++ {
			fmt.Fprintf(&b, " %s clips c%d ON c%d.id = c%d.id AND c%d.movie_id = c%d.movie_id", join, i, i-1, i, i-1, i)
		}
		return b.String()
	}
	for _, join := range []string{"JOIN", "LEFT JOIN", "FULL JOIN"} {
		check(t, p, chain(join, 40))
	}
	groups := "clips"
	for range 20 {
		groups = "(SELECT id, movie_id FROM " + groups + " GROUP BY id, movie_id) AS g"
	}
	check(t, p, "EXPLAIN SELECT * FROM "+groups)
	var from, where []string
	for i := range 31 {
		from = append(from, fmt.Sprintf("clips c%d", i))
		for k := range i {
			where = append(where, fmt.Sprintf("c%d.id = c%d.id", k, i))
		}
	}
	check(t, p, "EXPLAIN SELECT 1 FROM "+strings.Join(from, ", ")+" WHERE "+strings.Join(where, " AND "))
}
