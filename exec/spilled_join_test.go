package exec_test

import (
	"fmt"
	"math/rand"
	"testing"

	pb "github.com/substrait-io/substrait-protobuf/go/substraitpb"

	"github.com/mediaflight/mediaflight/catalog/memtable"
	. "github.com/mediaflight/mediaflight/exec/exectest"
)

// A join whose right side does not fit goes on in partitions, and its answer stays the same.
func TestJoinSpills(t *testing.T) {
	var p Plan
	r := rand.New(rand.NewSource(4))
	ls, rs := randomPairs(r, 12, 150), randomPairs(r, 500, 150) // so that partitions have no left rows, too
	l, held := tableOf("l", bigint, ls), tableOf("r", bigint, rs)
	lake := memtable.NewCatalog(l, held)
	conditions := []struct {
		name string
		plan *pb.Expression
		on   func(l, r pair) truth
	}{
		{"equal", p.Call("equal", Col(0), Col(2)), func(l, r pair) truth { return equal(l.a, r.a) }},
		{"key and more", p.Call("and", p.Call("equal", Col(0), Col(2)), p.Call("lt", Col(1), Col(3))),
			func(l, r pair) truth { return min(equal(l.a, r.a), less(l.b, r.b)) }},
		{"two keys, null safe", p.Call("and", p.Call("is_not_distinct_from", Col(0), Col(2)), p.Call("is_not_distinct_from", Col(1), Col(3))),
			func(l, r pair) truth { return min(same(l.a, r.a), same(l.b, r.b)) }},
	}
	for _, c := range conditions {
		for name, kind := range map[string]pb.JoinRel_JoinType{"inner": inner, "outer": outer, "left": left, "right": right, "semi": semi, "anti": anti,
			"right semi": rightSemi, "right anti": rightAnti} {
			if c.name != "equal" && kind != inner && kind != outer {
				continue
			}
			plan := joinPlan(&p, kind, l, held, c.plan)
			t.Run(fmt.Sprintf("%s on %s", name, c.name), func(t *testing.T) {
				Run(t, Case{Catalog: lake, Plan: plan, Memory: 9 << 10, Spills: true, Rows: joined(kind, ls, rs, c.on), Stops: true})
			})
		}
	}
	plan := joinPlan(&p, inner, l, held, conditions[0].plan)
	Run(t, Case{Catalog: lake, Plan: plan, Memory: 9 << 10, State: "53200"})
	// Rows of one key cannot be split.
	all := p.Bytes(Join(inner, Project(p.Scan(l, nil), 2, p.Int(1)), Project(p.Scan(held, nil), 2, p.Int(1)), p.Call("equal", Col(0), Col(1))), "a", "b")
	Run(t, Case{Catalog: lake, Plan: all, Memory: 4 << 10, Spills: true, State: "53200"})
}
