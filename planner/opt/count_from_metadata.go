package opt

import (
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/planner/plan"
)

// countFromMetadata answers count(*) of a whole table without reading it.
//
//	Aggregate(count(*), Scan)  =>  Values(rows of the snapshot)
//
// The snapshot is pinned, so the number is that of the rows that a scan would find.
func countFromMetadata(_ *Optimizer, n plan.Node) (plan.Node, bool) {
	agg, ok := n.(*plan.Aggregate)
	if !ok || len(agg.Groups) > 0 || len(agg.Measures) != 1 {
		return n, false
	}
	m := agg.Measures[0]
	if m.Func != "count" || len(m.Args) > 0 || m.Filter != nil {
		return n, false
	}
	in := agg.Input
	for {
		p, ok := in.(*plan.Project)
		if !ok {
			break
		}
		in = p.Input
	}
	scan, ok := in.(*plan.Scan)
	if !ok || scan.Filter != nil || scan.Rows < 0 {
		return n, false
	}
	b := array.NewInt64Builder(memory.DefaultAllocator)
	b.Append(scan.Rows)
	rows := &plan.Literal{Value: b.NewArray(), At: -1}
	return &plan.Values{Cols: []plan.Column{m.Column}, Rows: [][]plan.Expr{{rows}}}, true
}
