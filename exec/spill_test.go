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
	. "github.com/mediaflight/mediaflight/exec/exectest"
)

var (
	spillList  = arrow.ListOf(arrow.PrimitiveTypes.Int32)
	spillMoney = &arrow.Decimal128Type{Precision: 30, Scale: 2}
)

// spillTable has a column of each kind of key and of values, with NULLs.
func spillTable() *memtable.Table {
	r := rand.New(rand.NewSource(1))
	some := func(text string) string {
		if r.Intn(8) == 0 {
			return "null"
		}
		return text
	}
	var batches []string
	for range 3 {
		var rows []string
		for range 30 {
			rows = append(rows, fmt.Sprintf(`{"k": %s, "f": %s, "t": %s, "l": %s, "d": %s, "v": %d, "b": %s}`,
				some(fmt.Sprint(r.Intn(40))), some([]string{"0", "-0.0", "1.5", "-2"}[r.Intn(4)]), some(fmt.Sprintf(`"text %d"`, r.Intn(30))),
				some(fmt.Sprintf("[%d, null]", r.Intn(5))), some(fmt.Sprintf(`"%d.25"`, r.Intn(1000))), r.Intn(50), some(fmt.Sprint(r.Intn(2) == 0))))
		}
		batches = append(batches, "["+strings.Join(rows, ",")+"]")
	}
	return Table("mixed", []arrow.Field{Field("k", bigint), Field("f", double), Field("t", text), Field("l", spillList),
		Field("d", spillMoney), Field("v", integer), Field("b", arrow.FixedWidthTypes.Boolean)}, batches...)
}

// sameSpilled compares what a plan comes to in memory with what it comes to when it spills at once, and later. Thorough runs it in
// every way.
func sameSpilled(t *testing.T, table *memtable.Table, plan []byte, order, thorough bool) {
	t.Helper()
	c := Case{Catalog: memtable.NewCatalog(table), Plan: plan, Order: order}
	c.Rows = c.Collect(t)
	if len(c.Rows) < 3 {
		t.Fatalf("only %d rows", len(c.Rows))
	}
	for _, at := range []int64{1, 12_000} {
		c.Spills, c.SpillAt = true, at
		if thorough {
			t.Run(fmt.Sprint(at, " bytes"), func(t *testing.T) { Run(t, c) })
			continue
		}
		got, want := c.Collect(t), slices.Clone(c.Rows)
		if !order {
			slices.Sort(got)
			slices.Sort(want)
		}
		if !slices.Equal(got, want) {
			t.Errorf("beyond %d bytes got\n  %s\nwant\n  %s", at, strings.Join(got, "\n  "), strings.Join(want, "\n  "))
		}
	}
}

func TestSpilledAggregates(t *testing.T) {
	table := spillTable()
	double := func(p *Plan, e *pb.Expression) *pb.Expression { return p.Cast(e, double) }
	for name, measures := range map[string]func(p *Plan) []*pb.AggregateRel_Measure{
		"numbers": func(p *Plan) []*pb.AggregateRel_Measure {
			return []*pb.AggregateRel_Measure{p.Measure("count"), p.Measure("count", Col(2)), p.Measure("sum", Col(5)), p.Measure("avg", Col(4)), p.Measure("sum", Col(0)),
				p.Measure("min", Col(4)), p.Measure("max", Col(1)), p.Measure("bit_xor", Col(5)), p.Measure("bool_or", Col(6))}
		},
		"floats": func(p *Plan) []*pb.AggregateRel_Measure {
			return []*pb.AggregateRel_Measure{p.Measure("sum", Col(1)), p.Measure("avg", Col(1)), p.Measure("min", Col(1))}
		},
		"texts": func(p *Plan) []*pb.AggregateRel_Measure {
			return []*pb.AggregateRel_Measure{p.Measure("min", Col(2)), p.Measure("max", Col(2)), p.Measure("string_agg", Col(2), p.Text("+")), p.Measure("any_value", Col(2))}
		},
		"lists": func(p *Plan) []*pb.AggregateRel_Measure {
			return []*pb.AggregateRel_Measure{p.Measure("array_agg", Col(3)), p.Measure("array_agg", Col(5)), p.Measure("min", Col(3))}
		},
		"all values": func(p *Plan) []*pb.AggregateRel_Measure {
			return []*pb.AggregateRel_Measure{p.Measure("median", double(p, Col(5))), p.Measure("approx_count_distinct", Col(2)), p.Measure("arg_max", Col(2), Col(5))}
		},
		"different": func(p *Plan) []*pb.AggregateRel_Measure {
			var out []*pb.AggregateRel_Measure
			for _, m := range []*pb.AggregateRel_Measure{p.Measure("count", Col(2)), p.Measure("sum", Col(5)), p.Measure("count", Col(3))} {
				m.Measure.Invocation = pb.AggregateFunction_AGGREGATION_INVOCATION_DISTINCT
				out = append(out, m)
			}
			filtered := p.Measure("count")
			filtered.Filter = p.Call("gt", Col(5), p.Lit(integer, "20"))
			return append(out, filtered)
		},
		"in order": func(p *Plan) []*pb.AggregateRel_Measure {
			m := p.Measure("string_agg", Col(2), p.Text(","))
			m.Measure.Sorts = []*pb.SortField{Key(Col(5), DescLast)}
			return []*pb.AggregateRel_Measure{m, p.Measure("count")}
		},
	} {
		for keyName, key := range map[string][]int{"number": {0}, "float": {1}, "text": {2}, "list": {3}, "decimal and text": {4, 2}, "number and boolean": {0, 6}} {
			t.Run(name+" by "+keyName, func(t *testing.T) {
				var p Plan
				var exprs []*pb.Expression
				var names []string
				for _, k := range key {
					exprs, names = append(exprs, Col(k)), append(names, fmt.Sprint("k", k))
				}
				calls := measures(&p)
				for i := range calls {
					names = append(names, fmt.Sprint("m", i))
				}
				sameSpilled(t, table, p.Bytes(Aggregate(p.Scan(table, nil), exprs, calls...), names...), false, keyName == "text" && (name == "numbers" || name == "different"))
			})
		}
	}
}

func TestSpilledDistinct(t *testing.T) {
	table := spillTable()
	for _, columns := range [][]int{{0}, {2}, {3}, {0, 6}, {1, 2, 4}} {
		var p Plan
		var names []string
		for _, c := range columns {
			names = append(names, fmt.Sprint("c", c))
		}
		scan := p.Scan(table, nil, columns...)
		t.Run(fmt.Sprint(columns), func(t *testing.T) {
			sameSpilled(t, table, p.Bytes(Set(pb.SetRel_SET_OP_UNION_DISTINCT, scan, p.Scan(table, nil, columns...)), names...), false, len(columns) == 3)
		})
	}
}

func TestSpilledSort(t *testing.T) {
	table := spillTable()
	for _, by := range [][]string{{"0 asc last"}, {"1 desc first"}, {"2 asc first"}, {"3 desc last", "5 asc last"}, {"6 asc last", "4 desc last", "2 asc last"}} {
		var p Plan
		t.Run(strings.Join(by, ","), func(t *testing.T) {
			sameSpilled(t, table, p.Bytes(Sort(p.Scan(table, nil), parseKeys(by)...), "k", "f", "t", "l", "d", "v", "b"), true, len(by) == 3)
		})
	}
}
