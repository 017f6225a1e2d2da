package exec_test

import (
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	pb "github.com/substrait-io/substrait-protobuf/go/substraitpb"

	"github.com/mediaflight/mediaflight/catalog/memtable"
	"github.com/mediaflight/mediaflight/exec"
	. "github.com/mediaflight/mediaflight/exec/exectest"
)

const (
	inner = pb.JoinRel_JOIN_TYPE_INNER
	outer = pb.JoinRel_JOIN_TYPE_OUTER
	left  = pb.JoinRel_JOIN_TYPE_LEFT
	right = pb.JoinRel_JOIN_TYPE_RIGHT
	semi  = pb.JoinRel_JOIN_TYPE_LEFT_SEMI
	anti  = pb.JoinRel_JOIN_TYPE_LEFT_ANTI
	mark  = pb.JoinRel_JOIN_TYPE_LEFT_MARK

	rightSemi = pb.JoinRel_JOIN_TYPE_RIGHT_SEMI
	rightAnti = pb.JoinRel_JOIN_TYPE_RIGHT_ANTI
)

// A row of the tables that joins are tried on: columns a and b, nil for NULL.
type pair struct{ a, b *int }

func (p pair) String() string { return valueText(p.a) + "|" + valueText(p.b) }

func valueText(v *int) string {
	if v == nil {
		return "NULL"
	}
	return fmt.Sprint(*v)
}

// randomPairs has values up to limit, a quarter of them NULL.
func randomPairs(r *rand.Rand, n, limit int) []pair {
	value := func() *int {
		if r.Intn(4) == 0 {
			return nil
		}
		v := r.Intn(limit)
		return &v
	}
	rows := make([]pair, n)
	for i := range rows {
		rows[i] = pair{value(), value()}
	}
	return rows
}

func tableOf(name string, dt arrow.DataType, rows []pair) *memtable.Table {
	var batches []string
	for batch := range slices.Chunk(rows, 7) {
		var texts []string
		for _, r := range batch {
			texts = append(texts, strings.ReplaceAll(fmt.Sprintf(`{"a": %s, "b": %s}`, valueText(r.a), valueText(r.b)), "NULL", "null"))
		}
		batches = append(batches, "["+strings.Join(texts, ",")+"]")
	}
	if batches == nil {
		batches = []string{"[]"}
	}
	return Table(name, []arrow.Field{Field("a", dt), Field("b", dt)}, batches...)
}

// truth is a value of SQL's logic.
type truth int

const (
	no truth = iota
	unknown
	yes
)

func equal(x, y *int) truth {
	switch {
	case x == nil || y == nil:
		return unknown
	case *x == *y:
		return yes
	}
	return no
}

func less(x, y *int) truth {
	switch {
	case x == nil || y == nil:
		return unknown
	case *x < *y:
		return yes
	}
	return no
}

func same(x, y *int) truth {
	if x == nil || y == nil {
		if x == y {
			return yes
		}
		return no
	}
	return equal(x, y)
}

func isNull(x *int) truth {
	if x == nil {
		return yes
	}
	return no
}

// joined is what a join comes to, by the book.
func joined(kind pb.JoinRel_JoinType, ls, rs []pair, on func(l, r pair) truth) []string {
	var out []string
	matched := make([]bool, len(rs))
	for _, l := range ls {
		best := no
		for i, r := range rs {
			is := on(l, r)
			best = max(best, is)
			if is == yes {
				matched[i] = true
				if kind == inner || kind == outer || kind == left || kind == right {
					out = append(out, l.String()+"|"+r.String())
				}
			}
		}
		switch {
		case kind == mark:
			out = append(out, l.String()+"|"+[]string{"false", "NULL", "true"}[best])
		case (kind == left || kind == outer) && best != yes:
			out = append(out, l.String()+"|NULL|NULL")
		case kind == semi && best == yes, kind == anti && best != yes:
			out = append(out, l.String())
		}
	}
	for i, r := range rs {
		switch {
		case (kind == right || kind == outer) && !matched[i]:
			out = append(out, "NULL|NULL|"+r.String())
		case kind == rightSemi && matched[i], kind == rightAnti && !matched[i]:
			out = append(out, r.String())
		}
	}
	return out
}

// TestJoin tries every kind of join on every kind of condition and compares with joined.
func TestJoin(t *testing.T) {
	var p Plan
	conditions := []struct {
		name string
		plan *pb.Expression
		on   func(l, r pair) truth
	}{
		{"equal", p.Call("equal", Col(0), Col(2)), func(l, r pair) truth { return equal(l.a, r.a) }},
		{"equal the other way", p.Call("equal", Col(3), Col(0)), func(l, r pair) truth { return equal(r.b, l.a) }},
		{"two keys", p.Call("and", p.Call("equal", Col(0), Col(2)), p.Call("equal", Col(1), Col(3))),
			func(l, r pair) truth { return min(equal(l.a, r.a), equal(l.b, r.b)) }},
		{"null safe", p.Call("is_not_distinct_from", Col(0), Col(2)), func(l, r pair) truth { return same(l.a, r.a) }},
		{"one key null safe", p.Call("and", p.Call("is_not_distinct_from", Col(0), Col(2)), p.Call("equal", Col(1), Col(3))),
			func(l, r pair) truth { return min(same(l.a, r.a), equal(l.b, r.b)) }},
		{"key and more", p.Call("and", p.Call("equal", Col(0), Col(2)), p.Call("lt", Col(1), Col(3))),
			func(l, r pair) truth { return min(equal(l.a, r.a), less(l.b, r.b)) }},
		{"no key", p.Call("lt", Col(0), Col(2)), func(l, r pair) truth { return less(l.a, r.a) }},
		{"each side apart", p.Call("or", p.Call("and", p.Call("is_null", Col(0)), p.Call("is_not_null", Col(3))), p.Call("lt", Col(1), Col(2))),
			func(l, r pair) truth { return max(min(isNull(l.a), no+yes-isNull(r.b)), less(l.b, r.a)) }},
		{"key and each side apart", p.Call("and", p.Call("equal", Col(0), Col(2)), p.Call("or", p.Call("is_null", Col(1)), p.Call("is_null", Col(3)))),
			func(l, r pair) truth { return min(equal(l.a, r.a), max(isNull(l.b), isNull(r.b))) }},
		{"nothing", p.Lit(boolean, "true"), func(pair, pair) truth { return yes }},
	}
	kinds := map[string]pb.JoinRel_JoinType{"inner": inner, "outer": outer, "left": left, "right": right, "semi": semi, "anti": anti, "mark": mark,
		"right semi": rightSemi, "right anti": rightAnti}
	r := rand.New(rand.NewSource(1))
	for _, size := range []struct {
		left, right, limit int
		types              []arrow.DataType
	}{
		{20, 16, 4, []arrow.DataType{bigint, arrow.PrimitiveTypes.Int16}},
		{8, 14, 50, []arrow.DataType{double}},
		{5, 0, 5, []arrow.DataType{bigint}},
		{0, 5, 5, []arrow.DataType{bigint}},
	} {
		ls, rs := randomPairs(r, size.left, size.limit), randomPairs(r, size.right, size.limit)
		for _, dt := range size.types {
			l, r := tableOf("l", dt, ls), tableOf("r", dt, rs)
			lake := memtable.NewCatalog(l, r)
			for _, c := range conditions {
				for name, kind := range kinds {
					t.Run(fmt.Sprintf("%s on %s, %d rows with %d of %s", name, c.name, size.left, size.right, dt), func(t *testing.T) {
						want := Case{Catalog: lake, Plan: joinPlan(&p, kind, l, r, c.plan)}
						if keyless := c.name == "no key" || c.name == "each side apart" || c.name == "nothing"; keyless && (kind == rightSemi || kind == rightAnti) {
							want.State = "0A000"
						} else {
							want.Rows, want.Stops = joined(kind, ls, rs, c.on), true
						}
						Run(t, want)
					})
				}
			}
		}
	}
}

// joinPlan joins two tables of two columns.
func joinPlan(p *Plan, kind pb.JoinRel_JoinType, l, r *memtable.Table, on *pb.Expression) []byte {
	names := []string{"a", "b", "c", "d"}
	switch kind {
	case semi, anti, rightSemi, rightAnti:
		names = names[:2]
	case mark:
		names = names[:3]
	}
	return p.Bytes(Join(kind, p.Scan(l, nil), p.Scan(r, nil), on), names...)
}

func TestCross(t *testing.T) {
	var p Plan
	few := Fetch(Sort(p.Scan(clips, nil, 0), Key(Col(0), AscLast)), nil, p.Int(2))
	plan := p.Bytes(Cross(p.Scan(clips, p.Call("gt", Col(0), p.Int(4)), 0), few), "a", "b")
	Run(t, Case{Catalog: lake, Plan: plan, Rows: []string{"5|1", "5|2", "6|1", "6|2"}})
}

// A join has the scan below it drop the rows that cannot match.
func TestJoinFiltersScan(t *testing.T) {
	var p Plan
	big := Filter(Project(p.Scan(clips, p.Call("lt", Col(0), p.Int(6))), 3, Col(1), Col(0)), p.Call("gt", Col(1), p.Int(0)))
	small := p.Scan(clips, p.Call("gt", Col(0), p.Int(4)), 0)
	plan := p.Bytes(Join(inner, big, small, p.Call("equal", Col(1), Col(2))), "title", "id", "other")
	Run(t, Case{Catalog: lake, Plan: plan, Rows: []string{"five|5|5"}})
	text := explained(t, plan, lake, exec.ExplainOptions{Analyze: true})
	for _, part := range []string{"where id < 6 joined by id", "rows 6 -> 1"} {
		if !strings.Contains(text, part) {
			t.Errorf("no %q in\n%s", part, text)
		}
	}
	// So does one whose key is a right column of a join in between: it is equal to a left one.
	between := Join(inner, p.Scan(clips, nil, 0, 1), p.Scan(clips, nil, 0, 2), p.Call("equal", Col(0), Col(2)))
	plan = p.Bytes(Join(semi, between, small, p.Call("equal", Col(2), Col(4))), "id", "title", "other", "score")
	Run(t, Case{Catalog: lake, Plan: plan, Rows: []string{"5|five|5|0.5", "6|six|6|1"}})
	if text := explained(t, plan, lake, exec.ExplainOptions{Analyze: true}); strings.Count(text, "rows 6 -> 2") != 3 {
		t.Errorf("the scans were not both filtered:\n%s", text)
	}
	// A condition without columns is one too.
	Run(t, Case{Catalog: lake, Plan: p.Bytes(p.Scan(clips, p.Lit(boolean, "false"), 0), "id")})
}

// Whatever a join has scans on both sides of another one drop, the answer is that of the one after the other.
func TestJoinFiltersJoin(t *testing.T) {
	r := rand.New(rand.NewSource(2))
	ls, rs, keys := randomPairs(r, 40, 20), randomPairs(r, 40, 20), randomPairs(r, 6, 20)
	l, rows, few := tableOf("l", bigint, ls), tableOf("r", bigint, rs), tableOf("few", bigint, keys)
	lake := memtable.NewCatalog(l, rows, few)
	there := map[string]bool{}
	for _, f := range keys {
		there[valueText(f.a)] = f.a != nil
	}
	for _, kind := range []pb.JoinRel_JoinType{inner, left, right, outer, semi, anti, mark, rightSemi, rightAnti} {
		for column := range 4 {
			if column > 1 && (kind == semi || kind == anti || kind == mark || kind == rightSemi || kind == rightAnti) {
				break
			}
			var want []string
			for _, row := range joined(kind, ls, rs, func(l, r pair) truth { return equal(l.a, r.a) }) {
				if there[strings.Split(row, "|")[column]] {
					want = append(want, row)
				}
			}
			var p Plan
			between := Join(kind, p.Scan(l, nil), p.Scan(rows, nil), p.Call("equal", Col(0), Col(2)))
			width := 4
			switch kind {
			case semi, anti, rightSemi, rightAnti:
				width = 2
			case mark:
				width = 3
			}
			plan := p.Bytes(Join(semi, between, p.Scan(few, nil, 0), p.Call("equal", Col(column), Col(width))), []string{"a", "b", "c", "d"}[:width]...)
			t.Run(fmt.Sprint(kind, column), func(t *testing.T) { Run(t, Case{Catalog: lake, Plan: plan, Rows: want}) })
		}
	}
}
