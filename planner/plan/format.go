package plan

import (
	"fmt"
	"strings"
)

// Format writes a plan as a tree, a node a line, for tests and for whoever debugs the planner.
func Format(n Node) string {
	var b strings.Builder
	newPrinter(n).node(&b, n, "", "")
	return b.String()
}

func (p printer) node(b *strings.Builder, n Node, first, rest string) {
	b.WriteString(first + p.line(n) + "\n")
	children := n.Inputs()
	var queries []Node
	for _, e := range n.Exprs() {
		Walk(e, func(e Expr) bool {
			if q, ok := e.(*Subquery); ok {
				queries = append(queries, q.Plan)
			}
			return true
		})
	}
	children = append(children[:len(children):len(children)], queries...)
	for i, child := range children {
		if i == len(children)-1 {
			p.node(b, child, rest+" └── ", rest+"     ")
		} else {
			p.node(b, child, rest+" ├── ", rest+" │   ")
		}
	}
}

// line is the node itself.
func (p printer) line(n Node) string {
	switch n := n.(type) {
	case *Scan:
		return "scan " + p.scan(n)
	case *Values:
		rows := make([]string, len(n.Rows))
		for i, row := range n.Rows {
			rows[i] = "(" + p.list(row) + ")"
		}
		return strings.Join(strings.Fields("values "+p.columns(n.Cols)+" "+strings.Join(rows, ", ")), " ")
	case *Filter:
		return "filter " + p.expr(n.Cond)
	case *Project:
		return "project " + p.items(n.Items)
	case *Join:
		if n.On == nil && n.Kind == Inner {
			return "cross join"
		}
		line := n.Kind.String() + " join"
		if n.On != nil {
			line += " on " + p.expr(n.On)
		}
		if n.Mark != nil {
			line += " mark " + p.column(*n.Mark)
		}
		return line
	case *Aggregate:
		return p.aggregate(n)
	case *Recursion:
		return p.recursion(n)
	case *Shared:
		return p.shared(n)
	case *WorkingTable:
		return fmt.Sprintf("working table %d: %s", n.Table, p.columns(n.Cols))
	case *Window:
		return p.window(n)
	case *Sort:
		return "sort " + p.keys(n.Keys)
	case *Limit:
		line := "limit"
		if n.Count != nil {
			line += " " + p.expr(n.Count)
		}
		if n.Skip != nil {
			line += " skip " + p.expr(n.Skip)
		}
		return line + approximate(n.Recall)
	case *Union:
		if n.Distinct {
			return "union distinct " + p.columns(n.Cols)
		}
		return "union all " + p.columns(n.Cols)
	case *Unnest:
		line := fmt.Sprintf("unnest %s = %s", p.columns(n.Cols), p.list(n.Lists))
		if n.Outer {
			line = "outer " + line
		}
		if n.Ordinal != nil {
			line += " ordinal " + p.column(*n.Ordinal)
		}
		return line
	case *TableFunction:
		return fmt.Sprintf("%s = %s(%s)", p.columns(n.Cols), n.Name, p.list(n.Args))
	case *RowFetch:
		return "row fetch " + p.scan(n.Scan)
	case *TrainingStream:
		return "training stream " + p.list(n.Args)
	case *MarginalRelevance:
		return p.marginalRelevance(n)
	case *NearestJoin:
		return p.nearestJoin(n)
	case *Write:
		return p.write(n)
	}
	return fmt.Sprintf("%T", n)
}

// approximate says so of a search that need not find all.
func approximate(recall float64) string {
	if recall <= 0 {
		return ""
	}
	return fmt.Sprintf(" approximate, recall %v", recall)
}

func (p printer) scan(n *Scan) string {
	line := strings.TrimRight(n.Table.Name.String()+": "+p.columns(n.Columns()), " ")
	if n.Filter != nil {
		line += " where " + p.expr(n.Filter)
	}
	if n.Recall > 0 {
		line += approximate(n.Recall)
	}
	return line
}

func (p printer) aggregate(n *Aggregate) string {
	line := "aggregate"
	var parts []string
	for _, m := range n.Measures {
		args := p.list(m.Args)
		if m.Distinct {
			args = "DISTINCT " + args
		}
		if len(m.Sort) > 0 {
			args += " ORDER BY " + p.keys(m.Sort)
		}
		part := fmt.Sprintf("%s = %s(%s)", p.column(m.Column), m.Func, args)
		if m.Filter != nil {
			part += " filter " + p.expr(m.Filter)
		}
		parts = append(parts, part)
	}
	if len(parts) > 0 {
		line += " " + strings.Join(parts, ", ")
	}
	if len(n.Groups) > 0 {
		line += " by " + p.items(n.Groups)
	}
	return line
}

func (p printer) write(n *Write) string {
	line := n.Kind.String() + " " + n.Table.String()
	switch {
	case n.Create != nil:
		line = "create table " + n.Table.String()
		for i, f := range n.Partitioning {
			line += [...]string{" partitioned by ", ", "}[min(i, 1)] + f.String()
		}
	case n.Kind == Insert, n.Kind == Upsert:
		line = n.Kind.String() + " into " + n.Table.String()
	case n.Kind == Delete:
		line = "delete from " + n.Table.String()
	}
	if n.Returning != nil {
		line += " returning " + p.columns(n.Returning)
	}
	return line
}
