package opt

import (
	"slices"

	"github.com/mediaflight/mediaflight/planner/plan"
)

// pruneColumns drops what no node above needs: columns that scans read, expressions that projections compute, measures of
// groups.
//
//	Project(a, Scan(a, b, c) where b > 0)  =>  Project(a, Scan(a) where b > 0)
//
// A filter in a scan reads its columns by itself. The columns of the root stay as they are.
func pruneColumns(_ *Optimizer, n plan.Node) (plan.Node, bool) {
	out := prune(n, plan.IDs(n))
	if !sameColumns(out, n) {
		out = &plan.Project{Input: out, Items: refs(n.Columns())}
	}
	return out, true
}

func sameColumns(a, b plan.Node) bool {
	return slices.EqualFunc(a.Columns(), b.Columns(), func(a, b plan.Column) bool { return a.ID == b.ID })
}

// prune is the node with at least the columns wanted.
func prune(n plan.Node, want plan.IDSet) plan.Node {
	switch n := n.(type) {
	case *plan.Scan:
		out := *n
		out.Read = slices.DeleteFunc(slices.Clone(n.Read), func(i int) bool { return !want[n.All[i].ID] })
		return &out
	case *plan.Values:
		return pruneValues(n, want)
	case *plan.TableFunction, *plan.WorkingTable, *plan.Shared: // other uses of shared rows may want what this one does not
		return n
	case *plan.Recursion:
		return n.WithInputs([]plan.Node{exactly(n.Base), exactly(n.Step)})
	case *plan.Project:
		items := slices.DeleteFunc(slices.Clone(n.Items), func(i plan.Item) bool { return !want[i.ID] })
		return pruneInput(&plan.Project{Input: n.Input, Items: items}, plan.IDSet{})
	case *plan.Aggregate:
		measures := slices.DeleteFunc(slices.Clone(n.Measures), func(m plan.Measure) bool { return !want[m.ID] })
		if len(measures) == 0 && len(n.Groups) == 0 {
			measures = n.Measures[:min(1, len(n.Measures))]
		}
		return pruneInput(&plan.Aggregate{Input: n.Input, Groups: n.Groups, Measures: measures}, plan.IDSet{})
	case *plan.Window:
		calls := slices.DeleteFunc(slices.Clone(n.Calls), func(c plan.WindowCall) bool { return !want[c.ID] })
		if len(calls) == 0 {
			return prune(n.Input, want)
		}
		return pruneInput(&plan.Window{Input: n.Input, Partition: n.Partition, Order: n.Order, Calls: calls}, want)
	case *plan.Join:
		need := withRefs(want, n)
		return n.WithInputs([]plan.Node{prune(n.Left, need), prune(n.Right, need)})
	case *plan.NearestJoin:
		return pruneNearest(n, want)
	case *plan.Union:
		return pruneUnion(n, want)
	case *plan.Write:
		return n.WithInputs([]plan.Node{exactly(n.Input)})
	}
	return pruneInput(n, want)
}

// pruneInput prunes the one input of a node to what the node and those above it need.
func pruneInput(n plan.Node, want plan.IDSet) plan.Node {
	return n.WithInputs([]plan.Node{prune(n.Inputs()[0], withRefs(want, n))})
}

// withRefs adds the columns that a node's own expressions need.
func withRefs(want plan.IDSet, n plan.Node) plan.IDSet {
	need := plan.IDSet{}
	addAll(need, want)
	for _, e := range n.Exprs() {
		need.AddRefs(e)
	}
	return need
}

// exactly prunes below a node whose columns all matter, in their order.
func exactly(n plan.Node) plan.Node {
	out := prune(n, plan.IDs(n))
	if sameColumns(out, n) {
		return out
	}
	return &plan.Project{Input: out, Items: refs(n.Columns())}
}

// pruneNearest keeps the items that are wanted or sorted by, and reads what they are made of.
func pruneNearest(n *plan.NearestJoin, want plan.IDSet) plan.Node {
	out, scan := *n, *n.Scan
	kept := plan.IDSet{}
	addAll(kept, want)
	for _, k := range n.Keys {
		kept.AddRefs(k.Expr)
	}
	out.Items = slices.DeleteFunc(slices.Clone(n.Items), func(i plan.Item) bool { return !kept[i.ID] })
	read := plan.IDSet{}
	for _, item := range out.Items {
		read.AddRefs(item.Expr)
	}
	scan.Read = slices.DeleteFunc(slices.Clone(scan.Read), func(i int) bool { return !read[scan.All[i].ID] })
	out.Scan = &scan
	return pruneInput(&out, want)
}

func pruneValues(n *plan.Values, want plan.IDSet) plan.Node {
	out := &plan.Values{Rows: make([][]plan.Expr, len(n.Rows))}
	for i, c := range n.Cols {
		if !want[c.ID] {
			continue
		}
		out.Cols = append(out.Cols, c)
		for r, row := range n.Rows {
			out.Rows[r] = append(out.Rows[r], row[i])
		}
	}
	return out
}

// pruneUnion drops columns of UNION ALL by their place; rows of UNION differ by all their columns.
func pruneUnion(n *plan.Union, want plan.IDSet) plan.Node {
	out := &plan.Union{Distinct: n.Distinct}
	var kept []int
	for i, c := range n.Cols {
		if n.Distinct || want[c.ID] {
			kept = append(kept, i)
			out.Cols = append(out.Cols, c)
		}
	}
	for _, in := range n.Ins {
		if len(kept) < len(n.Cols) {
			cols := in.Columns()
			items := make([]plan.Column, len(kept))
			for i, at := range kept {
				items[i] = cols[at]
			}
			in = &plan.Project{Input: in, Items: refs(items)}
		}
		out.Ins = append(out.Ins, exactly(in))
	}
	return out
}

func addAll(to, ids plan.IDSet) {
	for id := range ids {
		to[id] = true
	}
}
