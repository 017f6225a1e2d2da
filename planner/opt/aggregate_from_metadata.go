package opt

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/planner/plan"
)

// aggregateFromMetadata answers count, min and max of a whole table without reading it.
//
//	Aggregate(count(*), max(c), Scan)  =>  Values(rows of the snapshot, bound of c)
//
// The snapshot is pinned, so the numbers are those of the rows that a scan would find. Bounds are taken for exact where Iceberg does
// not let them be rounded: those of whole numbers, dates, times, timestamps and decimals, of files without deletes.
func aggregateFromMetadata(_ *Optimizer, n plan.Node) (plan.Node, bool) {
	agg, ok := n.(*plan.Aggregate)
	if !ok || len(agg.Groups) > 0 || len(agg.Measures) == 0 {
		return n, false
	}
	in := agg.Input
	var projects []*plan.Project
	for {
		p, ok := in.(*plan.Project)
		if !ok {
			break
		}
		projects, in = append(projects, p), p.Input
	}
	scan, ok := in.(*plan.Scan)
	if !ok || scan.Filter != nil || scan.Rows < 0 {
		return n, false
	}
	row := make([]plan.Expr, len(agg.Measures))
	for i, m := range agg.Measures {
		answer := fromMetadata(scan, projects, m)
		if answer == nil {
			return n, false
		}
		row[i] = answer
	}
	return &plan.Values{Cols: agg.Columns(), Rows: [][]plan.Expr{row}}, true
}

// fromMetadata is what an aggregate of all rows comes to; nil if that is not known.
func fromMetadata(scan *plan.Scan, projects []*plan.Project, m plan.Measure) *plan.Literal {
	if m.Filter != nil || m.Func != "count" && m.Func != "min" && m.Func != "max" {
		return nil
	}
	if m.Func == "count" && len(m.Args) == 0 {
		return literalOf(m.Type, scan.Rows)
	}
	if len(m.Args) != 1 || scan.Summary == nil || m.Distinct && m.Func == "count" {
		return nil
	}
	at := columnBelow(scan, projects, m.Args[0])
	if at < 0 {
		return nil
	}
	sum, known := scan.Summary(at)
	switch {
	case !known:
		return nil
	case m.Func == "count":
		return literalOf(m.Type, scan.Rows-sum.Nulls)
	case sum.Nulls == scan.Rows:
		return plan.OfNoRows(m)
	case !sum.Bounded || !arrow.TypeEqual(m.Type, scan.All[at].Type):
		return nil
	case m.Func == "min":
		return literalOf(m.Type, sum.Low)
	}
	return literalOf(m.Type, sum.High)
}

// columnBelow is the place of the table's column that an expression above projections is; -1 if it is none.
func columnBelow(scan *plan.Scan, projects []*plan.Project, e plan.Expr) int {
	for _, p := range projects {
		ref, ok := e.(*plan.Ref)
		if !ok {
			return -1
		}
		for _, item := range p.Items {
			if item.ID == ref.ID {
				e = item.Expr
			}
		}
	}
	if ref, ok := e.(*plan.Ref); ok {
		return columnAt(scan, ref.ID)
	}
	return -1
}

// literalOf is a value of a type whose values are whole numbers of some unit; nil for other types.
func literalOf(t arrow.DataType, v int64) *plan.Literal {
	b := array.NewBuilder(memory.DefaultAllocator, t)
	defer b.Release()
	switch b := b.(type) {
	case *array.Int32Builder:
		b.Append(int32(v))
	case *array.Int64Builder:
		b.Append(v)
	case *array.Date32Builder:
		b.Append(arrow.Date32(v))
	case *array.Time64Builder:
		b.Append(arrow.Time64(v))
	case *array.TimestampBuilder:
		b.Append(arrow.Timestamp(v))
	case *array.Decimal128Builder:
		b.Append(decimal128.FromI64(v))
	default:
		return nil
	}
	return &plan.Literal{Value: b.NewArray(), At: -1}
}
