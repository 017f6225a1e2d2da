package plan

import "fmt"

// A MarginalRelevance chooses rows of its input that are like a query and unlike each other, and puts them in the order in which they were
// chosen. Its columns are those of the input, then the score.
type MarginalRelevance struct {
	Input  Node
	Vector Expr // of a row
	Query  Expr // a constant
	Metric string
	Count  Expr // rows to choose
	Lambda Expr // the weight of likeness to the query, from 0 to 1
	Score  Column
}

func (n *MarginalRelevance) Columns() []Column {
	in := n.Input.Columns()
	return append(in[:len(in):len(in)], n.Score)
}

func (n *MarginalRelevance) Inputs() []Node { return []Node{n.Input} }
func (n *MarginalRelevance) Exprs() []Expr  { return []Expr{n.Vector, n.Query, n.Count, n.Lambda} }

func (n *MarginalRelevance) WithInputs(in []Node) Node {
	m := *n
	m.Input = in[0]
	return &m
}

func (n *MarginalRelevance) WithExprs(es []Expr) Node {
	m := *n
	m.Vector, m.Query, m.Count, m.Lambda = es[0], es[1], es[2], es[3]
	return &m
}

func (p printer) marginalRelevance(n *MarginalRelevance) string {
	return fmt.Sprintf("max marginal relevance %s = %s to %s by %s limit %s lambda %s", p.column(n.Score), p.expr(n.Vector), p.expr(n.Query),
		n.Metric, p.expr(n.Count), p.expr(n.Lambda))
}
