package plan

func (n *Scan) Columns() []Column {
	cols := make([]Column, 0, len(n.Read)+1)
	for _, i := range n.Read {
		cols = append(cols, n.All[i])
	}
	if n.Address != nil {
		cols = append(cols, *n.Address)
	}
	return cols
}

func (n *Values) Columns() []Column        { return n.Cols }
func (n *Filter) Columns() []Column        { return n.Input.Columns() }
func (n *Project) Columns() []Column       { return itemColumns(n.Items) }
func (n *Sort) Columns() []Column          { return n.Input.Columns() }
func (n *Limit) Columns() []Column         { return n.Input.Columns() }
func (n *Union) Columns() []Column         { return n.Cols }
func (n *TableFunction) Columns() []Column { return n.Cols }

func (n *Write) Columns() []Column {
	if n.Returning != nil {
		return n.Returning
	}
	return []Column{n.Count}
}

func itemColumns(items []Item) []Column {
	cols := make([]Column, len(items))
	for i, item := range items {
		cols[i] = item.Column
	}
	return cols
}

// joinColumns remembers the columns of a join, which would otherwise be put together anew at each level of a tree of joins.
type joinColumns struct {
	kind        JoinKind
	left, right Node
	cols        []Column
}

// Columns of an outer join are nullable on the side that may be missing.
func (n *Join) Columns() []Column {
	if k := n.known; k == nil || k.kind != n.Kind || k.left != n.Left || k.right != n.Right {
		n.known = &joinColumns{n.Kind, n.Left, n.Right, n.columns()}
	}
	return n.known.cols
}

func (n *Join) columns() []Column {
	left := n.Left.Columns()
	cols := make([]Column, 0, len(left)+8)
	cols = appendColumns(cols, left, n.Kind == Right || n.Kind == Full)
	switch n.Kind {
	case RightSemi, RightAnti:
		return n.Right.Columns()
	case LeftSemi, LeftAnti:
		return cols
	case LeftMark:
		return append(cols, *n.Mark)
	}
	return appendColumns(cols, n.Right.Columns(), n.Kind.keepsLeft())
}

// keepsLeft tells whether left rows without a match appear, with NULLs on the right.
func (k JoinKind) keepsLeft() bool { return k == Left || k == Full || k == LeftSingle || k == AsOf }

func appendColumns(to, cols []Column, nullable bool) []Column {
	for _, c := range cols {
		c.Nullable = c.Nullable || nullable
		to = append(to, c)
	}
	return to
}

func (n *Aggregate) Columns() []Column {
	cols := itemColumns(n.Groups)
	for _, m := range n.Measures {
		cols = append(cols, m.Column)
	}
	return cols
}

func (n *Unnest) Columns() []Column {
	cols := append([]Column(nil), n.Input.Columns()...)
	cols = append(cols, n.Cols...)
	if n.Ordinal != nil {
		cols = append(cols, *n.Ordinal)
	}
	return cols
}

func (n *RowFetch) Columns() []Column {
	in := n.Input.Columns()
	cols := append([]Column(nil), in[:len(in)-1]...)
	for _, i := range n.Scan.Read {
		cols = append(cols, n.Scan.All[i])
	}
	return cols
}

// IDs is the set of columns that a node puts out.
func IDs(n Node) IDSet {
	set := IDSet{}
	for _, c := range n.Columns() {
		set[c.ID] = true
	}
	return set
}

// An IDSet is a set of columns.
type IDSet map[int]bool

// AddRefs adds the columns that an expression refers to.
func (s IDSet) AddRefs(e Expr) {
	Walk(e, func(e Expr) bool {
		if ref, ok := e.(*Ref); ok {
			s[ref.ID] = true
		}
		return true
	})
}

// Cover tells whether the set has every column that an expression refers to.
func (s IDSet) Cover(e Expr) bool {
	return !Any(e, func(e Expr) bool {
		ref, ok := e.(*Ref)
		return ok && !s[ref.ID]
	})
}
