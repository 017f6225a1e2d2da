package plan

func (n *Scan) Inputs() []Node          { return nil }
func (n *Values) Inputs() []Node        { return nil }
func (n *Filter) Inputs() []Node        { return []Node{n.Input} }
func (n *Project) Inputs() []Node       { return []Node{n.Input} }
func (n *Join) Inputs() []Node          { return []Node{n.Left, n.Right} }
func (n *Aggregate) Inputs() []Node     { return []Node{n.Input} }
func (n *Sort) Inputs() []Node          { return []Node{n.Input} }
func (n *Limit) Inputs() []Node         { return []Node{n.Input} }
func (n *Union) Inputs() []Node         { return n.Ins }
func (n *Unnest) Inputs() []Node        { return []Node{n.Input} }
func (n *TableFunction) Inputs() []Node { return nil }
func (n *RowFetch) Inputs() []Node      { return []Node{n.Input} }
func (n *Write) Inputs() []Node         { return []Node{n.Input} }

func (n *Scan) WithInputs([]Node) Node          { return n }
func (n *Values) WithInputs([]Node) Node        { return n }
func (n *TableFunction) WithInputs([]Node) Node { return n }

func (n *Filter) WithInputs(in []Node) Node { return &Filter{Input: in[0], Cond: n.Cond} }
func (n *Sort) WithInputs(in []Node) Node   { return &Sort{Input: in[0], Keys: n.Keys} }
func (n *Limit) WithInputs(in []Node) Node {
	return &Limit{Input: in[0], Count: n.Count, Skip: n.Skip, Recall: n.Recall}
}
func (n *Project) WithInputs(in []Node) Node { return &Project{Input: in[0], Items: n.Items} }
func (n *Aggregate) WithInputs(in []Node) Node {
	a := *n
	a.Input = in[0]
	return &a
}
func (n *Union) WithInputs(in []Node) Node {
	return &Union{Ins: in, Cols: n.Cols, Distinct: n.Distinct}
}
func (n *RowFetch) WithInputs(in []Node) Node { return &RowFetch{Input: in[0], Scan: n.Scan} }

func (n *Join) WithInputs(in []Node) Node {
	j := *n
	j.Left, j.Right = in[0], in[1]
	return &j
}

func (n *Unnest) WithInputs(in []Node) Node {
	u := *n
	u.Input = in[0]
	return &u
}

func (n *Write) WithInputs(in []Node) Node {
	w := *n
	w.Input = in[0]
	return &w
}
