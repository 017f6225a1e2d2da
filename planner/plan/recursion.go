package plan

import "fmt"

// A Recursion passes on the rows of Base, and then those of Step for as long as it has any: each time, a WorkingTable of the same
// number in Step stands for the rows that came last. Distinct drops rows that have come before.
type Recursion struct {
	Base, Step Node
	Cols       []Column
	Distinct   bool
	Table      int // numbers are different within a plan
}

// A WorkingTable is the rows that came last of the recursion around it.
type WorkingTable struct {
	Cols  []Column
	Table int
}

func (n *Recursion) Inputs() []Node        { return []Node{n.Base, n.Step} }
func (n *Recursion) Columns() []Column     { return append([]Column(nil), n.Cols...) }
func (n *Recursion) Exprs() []Expr         { return nil }
func (n *Recursion) WithExprs([]Expr) Node { return n }
func (n *Recursion) WithInputs(in []Node) Node {
	return &Recursion{Base: in[0], Step: in[1], Cols: n.Cols, Distinct: n.Distinct, Table: n.Table}
}

func (n *WorkingTable) Inputs() []Node         { return nil }
func (n *WorkingTable) Columns() []Column      { return append([]Column(nil), n.Cols...) }
func (n *WorkingTable) Exprs() []Expr          { return nil }
func (n *WorkingTable) WithExprs([]Expr) Node  { return n }
func (n *WorkingTable) WithInputs([]Node) Node { return n }

func (p printer) recursion(n *Recursion) string {
	line := fmt.Sprintf("recursion %d: %s", n.Table, p.columns(n.Cols))
	if n.Distinct {
		line += " distinct"
	}
	return line
}
