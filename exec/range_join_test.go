package exec_test

import (
	"fmt"
	"math/rand"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	pb "github.com/substrait-io/substrait-protobuf/go/substraitpb"

	"github.com/mediaflight/mediaflight/catalog/memtable"
	"github.com/mediaflight/mediaflight/exec"
	. "github.com/mediaflight/mediaflight/exec/exectest"
)

// atMost is x <= y.
func atMost(x, y *int) truth {
	if x == nil || y == nil {
		return unknown
	}
	return yes - less(y, x)
}

// TestRangeJoin tries every kind of join on inequalities, alone and beside equalities, and compares with joined. Intervals are
// of all sorts: many are empty or end before they begin, and a quarter of the bounds is NULL.
func TestRangeJoin(t *testing.T) {
	var p Plan
	and := func(args ...*pb.Expression) *pb.Expression { return p.Call("and", args...) }
	conditions := []struct {
		name string
		plan *pb.Expression
		on   func(l, r pair) truth
	}{
		{"overlap", and(p.Call("lt", Col(0), Col(3)), p.Call("lt", Col(2), Col(1))),
			func(l, r pair) truth { return min(less(l.a, r.b), less(r.a, l.b)) }},
		{"overlap with ends", and(p.Call("gte", Col(3), Col(0)), p.Call("lte", Col(2), Col(1))),
			func(l, r pair) truth { return min(atMost(l.a, r.b), atMost(r.a, l.b)) }},
		{"between", and(p.Call("gte", Col(0), Col(2)), p.Call("lt", Col(0), Col(3))),
			func(l, r pair) truth { return min(atMost(r.a, l.a), less(l.a, r.b)) }},
		{"around", and(p.Call("gt", Col(2), Col(0)), p.Call("lt", Col(2), Col(1))),
			func(l, r pair) truth { return min(less(l.a, r.a), less(r.a, l.b)) }},
		{"around and more", and(p.Call("gte", Col(2), Col(0)), p.Call("lte", Col(2), Col(1)), p.Call("not_equal", Col(0), Col(3))),
			func(l, r pair) truth {
				return min(atMost(l.a, r.a), atMost(r.a, l.b), yes-equal(l.a, r.b))
			}},
		{"three inequalities", and(p.Call("lt", Col(0), Col(2)), p.Call("lt", Col(0), Col(3)), p.Call("lt", Col(1), Col(3))),
			func(l, r pair) truth { return min(less(l.a, r.a), less(l.a, r.b), less(l.b, r.b)) }},
		{"key and order", and(p.Call("equal", Col(0), Col(2)), p.Call("lt", Col(1), Col(3))),
			func(l, r pair) truth { return min(equal(l.a, r.a), less(l.b, r.b)) }},
		{"null safe key and range", and(p.Call("is_not_distinct_from", Col(0), Col(2)), p.Call("lte", Col(0), Col(3)), p.Call("gte", Col(1), Col(3))),
			func(l, r pair) truth { return min(same(l.a, r.a), atMost(l.a, r.b), atMost(r.b, l.b)) }},
	}
	kinds := map[string]pb.JoinRel_JoinType{"inner": inner, "outer": outer, "left": left, "right": right, "semi": semi, "anti": anti, "mark": mark}
	r := rand.New(rand.NewSource(2))
	for _, size := range []struct{ left, right, limit int }{{25, 90, 12}, {9, 150, 2}, {3, 0, 3}, {0, 3, 3}} {
		ls, rs := randomPairs(r, size.left, size.limit), randomPairs(r, size.right, size.limit)
		l, r := tableOf("l", bigint, ls), tableOf("r", bigint, rs)
		lake := memtable.NewCatalog(l, r)
		for _, c := range conditions {
			for name, kind := range kinds {
				t.Run(fmt.Sprintf("%s/%s/%d rows with %d", name, c.name, size.left, size.right), func(t *testing.T) {
					Run(t, Case{Catalog: lake, Plan: joinPlan(&p, kind, l, r, c.plan), Rows: joined(kind, ls, rs, c.on), Stops: true})
				})
			}
		}
	}
}

// Values of every type that has an order may be bounds.
func TestRangeJoinTypes(t *testing.T) {
	var p Plan
	r := rand.New(rand.NewSource(3))
	for _, c := range []struct {
		dt     arrow.DataType
		values []string // ascending, as JSON
	}{
		{arrow.PrimitiveTypes.Int16, []string{"-32768", "-1", "0", "7", "32767"}},
		{bigint, []string{"-9223372036854775808", "-1", "0", "9223372036854775806", "9223372036854775807"}},
		{double, []string{`"-Inf"`, "-1.5", "0", "1e300", `"+Inf"`, `"NaN"`}},
		{arrow.FixedWidthTypes.Date32, []string{`"1890-01-01"`, `"1969-12-31"`, `"1970-01-01"`, `"2038-01-20"`}},
		{arrow.FixedWidthTypes.Timestamp_us, []string{`"1890-01-01T00:00:00Z"`, `"1970-01-01T00:00:00Z"`, `"1970-01-01T00:00:00.000001Z"`}},
		{&arrow.Decimal128Type{Precision: 18, Scale: 2}, []string{`"-9999999999999999.99"`, `"-0.01"`, `"0.00"`, `"9999999999999999.99"`}},
		{&arrow.Decimal128Type{Precision: 38, Scale: 2}, []string{`"-123456789012345678901234567890.12"`, `"-0.01"`, `"0.01"`, `"123456789012345678901234567890.12"`}},
		{arrow.BinaryTypes.String, []string{`""`, `"a"`, `"a\u0000"`, `"aa"`, `"b"`, `"ß"`}},
	} {
		t.Run(c.dt.String(), func(t *testing.T) {
			ls, rs := randomPairs(r, 40, len(c.values)), randomPairs(r, 50, len(c.values))
			l, r := valueTable("l", c.dt, c.values, ls), valueTable("r", c.dt, c.values, rs)
			overlap := p.Call("and", p.Call("lt", Col(1), Col(5)), p.Call("lte", Col(4), Col(2)))
			var want []string
			for i, x := range ls {
				for j, y := range rs {
					if min(less(x.a, y.b), atMost(y.a, x.b)) == yes {
						want = append(want, fmt.Sprintf("%d|%d", i, j))
					}
				}
			}
			plan := p.Bytes(Project(Join(inner, p.Scan(l, nil), p.Scan(r, nil), overlap), 6, Col(0), Col(3)), "l", "r")
			Run(t, Case{Catalog: memtable.NewCatalog(l, r), Plan: plan, Rows: want})
		})
	}
}

// valueTable has rows of a number and two values, which pairs choose.
func valueTable(name string, dt arrow.DataType, values []string, pairs []pair) *memtable.Table {
	text := func(v *int) string {
		if v == nil {
			return "null"
		}
		return values[*v]
	}
	rows := make([]string, len(pairs))
	for i, p := range pairs {
		rows[i] = fmt.Sprintf(`{"id": %d, "a": %s, "b": %s}`, i, text(p.a), text(p.b))
	}
	half := len(rows) / 2
	return Table(name, []arrow.Field{Field("id", bigint), Field("a", dt), Field("b", dt)},
		"["+strings.Join(rows[:half], ",")+"]", "["+strings.Join(rows[half:], ",")+"]")
}

// Inequalities are shown as the ranges that they make.
func TestRangeJoinExplained(t *testing.T) {
	var p Plan
	l, r := tableOf("l", bigint, nil), Table("r", []arrow.Field{Field("c", bigint), Field("d", bigint)}, "[]")
	for want, condition := range map[string]*pb.Expression{
		"range join on a < d AND c < b":                p.Call("and", p.Call("lt", Col(0), Col(3)), p.Call("lt", Col(2), Col(1))),
		"range join on a <= c < b AND b < d if a <> d": p.Call("and", p.Call("not_equal", Col(0), Col(3)), p.Call("lt", Col(1), Col(3)), p.Call("lt", Col(2), Col(1)), p.Call("lte", Col(0), Col(2))),
		"nested loop join on a < (b + d)":              p.Call("lt", Col(0), p.Call("add", Col(1), Col(3))),
	} {
		plan := p.Bytes(Join(inner, p.Scan(l, nil), p.Scan(r, nil), condition), "a", "b", "c", "d")
		if text := explained(t, plan, memtable.NewCatalog(l, r), exec.ExplainOptions{}); !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}
