package plan

// A TrainingStream gives the rows of a scan in the order of an epoch of a training, or the part of them that one rank takes.
type TrainingStream struct {
	Input Node   // a Scan
	Args  []Expr // constants: seed, epoch, rank, world_size, batch_size, position (bigint), shuffle, tail, filter, split, splits, split_by, plan (text)
}

func (n *TrainingStream) Columns() []Column { return n.Input.Columns() }
func (n *TrainingStream) Inputs() []Node    { return []Node{n.Input} }
func (n *TrainingStream) Exprs() []Expr     { return n.Args }

func (n *TrainingStream) WithInputs(in []Node) Node {
	return &TrainingStream{Input: in[0], Args: n.Args}
}
func (n *TrainingStream) WithExprs(es []Expr) Node { return &TrainingStream{Input: n.Input, Args: es} }
