package exec_test

import (
	"errors"
	"fmt"
	"math/rand"
	"testing"

	pb "github.com/substrait-io/substrait-protobuf/go/substraitpb"
	"github.com/substrait-io/substrait-protobuf/go/substraitpb/extensions"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/mediaflight/mediaflight/catalog/memtable"
	"github.com/mediaflight/mediaflight/exec"
	. "github.com/mediaflight/mediaflight/exec/exectest"
	"github.com/mediaflight/mediaflight/udf"
)

// asOf has a left join choose the nearest match.
func asOf(l, r *pb.Rel, condition *pb.Expression) *pb.Rel {
	rel := Join(left, l, r, condition)
	nearest, err := anypb.New(wrapperspb.Bool(true))
	if err != nil {
		panic(err)
	}
	rel.GetJoin().AdvancedExtension = &extensions.AdvancedExtension{Enhancement: nearest}
	return rel
}

// TestAsOfJoin tries every inequality, alone and beside an equality whose keys repeat or do not.
func TestAsOfJoin(t *testing.T) {
	var p Plan
	conditions := []struct {
		name    string
		plan    *pb.Expression // of l.b and r.d
		forward bool
		on      func(l, r *int) truth
	}{
		{"at or before", p.Call("lte", Col(3), Col(1)), false, func(l, r *int) truth { return atMost(r, l) }},
		{"before", p.Call("gt", Col(1), Col(3)), false, func(l, r *int) truth { return less(r, l) }},
		{"at or after", p.Call("gte", Col(3), Col(1)), true, atMost},
		{"after", p.Call("lt", Col(1), Col(3)), true, less},
	}
	random := rand.New(rand.NewSource(5))
	for _, size := range []struct{ left, right, limit int }{{40, 120, 9}, {30, 12, 40}, {3, 0, 3}, {0, 3, 3}} {
		ls, rs := randomPairs(random, size.left, size.limit), distinctPairs(randomPairs(random, size.right, size.limit))
		l, r := tableOf("l", bigint, ls), tableOf("r", bigint, rs)
		for _, c := range conditions {
			for _, keyed := range []bool{true, false} {
				right, condition := p.Scan(r, nil), p.Call("and", p.Call("equal", Col(0), Col(2)), c.plan)
				matches := func(x, y pair) truth { return min(equal(x.a, y.a), c.on(x.b, y.b)) }
				if !keyed { // several right rows are equally near: they are told apart by nothing that is looked at
					condition = c.plan
					matches = func(x, y pair) truth { return c.on(x.b, y.b) }
				}
				var want []string
				for _, x := range ls {
					nearest := "NULL"
					var best *int
					for _, y := range rs {
						if matches(x, y) == yes && (best == nil || less(best, y.b) == yes != c.forward) {
							best, nearest = y.b, valueText(y.b)
						}
					}
					want = append(want, x.String()+"|"+nearest)
				}
				t.Run(fmt.Sprintf("%s/keyed=%t/%d rows with %d", c.name, keyed, size.left, size.right), func(t *testing.T) {
					plan := p.Bytes(Project(asOf(p.Scan(l, nil), right, condition), 4, Col(0), Col(1), Col(3)), "a", "b", "d")
					Run(t, Case{Catalog: memtable.NewCatalog(l, r), Plan: plan, Rows: want, Stops: true})
				})
			}
		}
	}
}

func distinctPairs(pairs []pair) []pair {
	seen := map[string]bool{}
	var out []pair
	for _, p := range pairs {
		if !seen[p.String()] {
			out = append(out, p)
		}
		seen[p.String()] = true
	}
	return out
}

// Conditions in which nothing says what is nearest are refused.
func TestAsOfJoinRefused(t *testing.T) {
	var p Plan
	l := tableOf("l", bigint, nil)
	lake := memtable.NewCatalog(l)
	for name, condition := range map[string]*pb.Expression{
		"equality":         p.Call("equal", Col(0), Col(2)),
		"two inequalities": p.Call("and", p.Call("lt", Col(0), Col(2)), p.Call("lt", Col(1), Col(3))),
		"between":          p.Call("and", p.Call("lt", Col(0), Col(2)), p.Call("lt", Col(2), Col(1))),
		"something else":   p.Call("and", p.Call("lt", Col(0), Col(2)), p.Call("not_equal", Col(1), Col(3))),
	} {
		plan := p.Bytes(asOf(p.Scan(l, nil), p.Scan(l, nil), condition), "a", "b", "c", "d")
		_, err := exec.Compile(t.Context(), plan, exec.Env{Catalog: lake, Functions: udf.Builtin()})
		var state interface{ SQLState() string }
		if !errors.As(err, &state) || state.SQLState() != "0A000" {
			t.Errorf("%s: %v", name, err)
		}
	}
}
