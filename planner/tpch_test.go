package planner_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/catalog/memtable"
	"github.com/mediaflight/mediaflight/planner"
	"github.com/mediaflight/mediaflight/udf"
)

// The plans of TPC-H's queries 1 and 8 are to be made within 1 and 5 ms.
const (
	tpchQ1 = `SELECT l_returnflag, l_linestatus, sum(l_quantity) AS sum_qty, sum(l_extendedprice) AS sum_base_price,
  sum(l_extendedprice * (1 - l_discount)) AS sum_disc_price, sum(l_extendedprice * (1 - l_discount) * (1 + l_tax)) AS sum_charge,
  avg(l_quantity) AS avg_qty, avg(l_extendedprice) AS avg_price, avg(l_discount) AS avg_disc, count(*) AS count_order
FROM lineitem WHERE l_shipdate <= DATE '1998-12-01' - INTERVAL '90 days' GROUP BY l_returnflag, l_linestatus ORDER BY l_returnflag, l_linestatus`
	tpchQ8 = `SELECT o_year, sum(CASE WHEN nation = 'BRAZIL' THEN volume ELSE 0 END) / sum(volume) AS mkt_share FROM (
  SELECT extract(year FROM o_orderdate) AS o_year, l_extendedprice * (1 - l_discount) AS volume, n2.n_name AS nation
  FROM part, supplier, lineitem, orders, customer, nation n1, nation n2, region
  WHERE p_partkey = l_partkey AND s_suppkey = l_suppkey AND l_orderkey = o_orderkey AND o_custkey = c_custkey AND c_nationkey = n1.n_nationkey
    AND n1.n_regionkey = r_regionkey AND r_name = 'AMERICA' AND s_nationkey = n2.n_nationkey
    AND o_orderdate BETWEEN DATE '1995-01-01' AND DATE '1996-12-31' AND p_type = 'ECONOMY ANODIZED STEEL') AS all_nations
GROUP BY o_year ORDER BY o_year`
)

func BenchmarkPlanTPCH(b *testing.B) {
	p := &planner.Planner{Catalog: tpch(), Functions: udf.Builtin()}
	for _, q := range []struct{ name, sql string }{{"Q1", tpchQ1}, {"Q8", tpchQ8}} {
		b.Run(q.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := p.Plan(b.Context(), q.sql, session()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// tpch has the tables that the queries above read, without rows.
func tpch() catalog.Catalog {
	key, money, text, day := arrow.PrimitiveTypes.Int64, &arrow.Decimal128Type{Precision: 15, Scale: 2}, arrow.BinaryTypes.String, arrow.FixedWidthTypes.Date32
	var tables []*memtable.Table
	add := func(name string, columns string) {
		var fields []arrow.Field
		for column := range strings.FieldsSeq(columns) {
			var t arrow.DataType = text
			switch {
			case strings.HasSuffix(column, "key"):
				t = key
			case strings.HasSuffix(column, "date"):
				t = day
			case slices.Contains([]string{"l_quantity", "l_extendedprice", "l_discount", "l_tax"}, column):
				t = money
			}
			fields = append(fields, arrow.Field{Name: column, Type: t})
		}
		rows := array.NewRecordBuilder(memory.DefaultAllocator, arrow.NewSchema(fields, nil)).NewRecordBatch()
		tables = append(tables, memtable.New(catalog.Name{Schema: "main", Table: name}, rows))
	}
	add("lineitem", "l_orderkey l_partkey l_suppkey l_quantity l_extendedprice l_discount l_tax l_returnflag l_linestatus l_shipdate")
	add("orders", "o_orderkey o_custkey o_orderdate")
	add("customer", "c_custkey c_nationkey")
	add("part", "p_partkey p_type")
	add("supplier", "s_suppkey s_nationkey")
	add("nation", "n_nationkey n_name n_regionkey")
	add("region", "r_regionkey r_name")
	return memtable.NewCatalog(tables...)
}
