package plan

import "slices"

// A NearestJoin pairs each row of its input with the rows of a table that are nearest to a vector of that row: what a LATERAL subquery
// with ORDER BY distance LIMIT k comes to. All rows of the input search together, which is cheaper than one by one.
type NearestJoin struct {
	Input Node
	Outer bool   // rows of the input for which nothing is found stay, with NULLs
	Scan  *Scan  // the table; its filter may refer to the input's columns too
	Items []Item // of the rows found, over columns of the scan and of the input
	// Keys are an order by Items' columns, the first of them a distance. Rows without a Count are all that pass the scan's filter,
	// which then bounds the distance.
	Keys        []Key
	Count, Skip Expr
	Recall      float64 // as a Limit's; below 0 for an exact answer whatever the session allows
}

// Columns are those of the input, then the items.
func (n *NearestJoin) Columns() []Column {
	cols := slices.Clone(n.Input.Columns())
	return appendColumns(cols, itemColumns(n.Items), n.Outer)
}

func (n *NearestJoin) Inputs() []Node { return []Node{n.Input} }

func (n *NearestJoin) WithInputs(in []Node) Node {
	j := *n
	j.Input = in[0]
	return &j
}

// Exprs are over the columns of the input and all those of the scan's table.
func (n *NearestJoin) Exprs() []Expr {
	return append(itemExprs(n.Items), optional(n.Scan.Filter, n.Count, n.Skip)...)
}

func (n *NearestJoin) WithExprs(es []Expr) Node {
	j, scan, r := *n, *n.Scan, &reader{es}
	j.Items = r.items(n.Items)
	scan.Filter = r.optional(scan.Filter)
	j.Scan = &scan
	j.Count, j.Skip = r.optional(n.Count), r.optional(n.Skip)
	return &j
}

// Found are the columns of the table's rows that items and filter may refer to.
func (n *NearestJoin) Found() []Column {
	cols := slices.Clone(n.Scan.All)
	if n.Scan.Address != nil {
		cols = append(cols, *n.Scan.Address)
	}
	return cols
}

func (p printer) nearestJoin(n *NearestJoin) string {
	line := "nearest join " + p.items(n.Items) + " by " + p.keys(n.Keys)
	if n.Outer {
		line = "outer " + line
	}
	if n.Count != nil {
		line += " limit " + p.expr(n.Count)
	}
	if n.Skip != nil {
		line += " skip " + p.expr(n.Skip)
	}
	return line + approximate(n.Recall) + " in " + p.scan(n.Scan)
}
