package plan

import "fmt"

// A Shared is one of several uses of rows that are computed once. All uses of a number have the same Input, but columns of their
// own, one for each of its columns. Only one of them, the first, shows it among its inputs.
type Shared struct {
	Input  Node
	Cols   []Column
	Number int // different within a plan
	First  bool
}

func (n *Shared) Columns() []Column     { return n.Cols }
func (n *Shared) Exprs() []Expr         { return nil }
func (n *Shared) WithExprs([]Expr) Node { return n }

func (n *Shared) Inputs() []Node {
	if n.First {
		return []Node{n.Input}
	}
	return nil
}

func (n *Shared) WithInputs(in []Node) Node {
	if !n.First {
		return n
	}
	return &Shared{Input: in[0], Cols: n.Cols, Number: n.Number, First: true}
}

func (p printer) shared(n *Shared) string {
	return fmt.Sprintf("shared %d: %s", n.Number, p.columns(n.Cols))
}
