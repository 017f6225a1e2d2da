package plan

// A reader hands out the expressions given to WithExprs in the order in which Exprs lists them.
type reader struct{ exprs []Expr }

func (r *reader) next() Expr {
	e := r.exprs[0]
	r.exprs = r.exprs[1:]
	return e
}

// optional hands out an expression where there was one.
func (r *reader) optional(was Expr) Expr {
	if was == nil {
		return nil
	}
	return r.next()
}

func (r *reader) items(was []Item) []Item {
	out := make([]Item, len(was))
	for i, item := range was {
		out[i] = Item{item.Column, r.next()}
	}
	return out
}

func (r *reader) keys(was []Key) []Key {
	out := make([]Key, len(was))
	for i, k := range was {
		out[i] = Key{r.next(), k.Desc, k.NullsFirst}
	}
	return out
}

func (r *reader) list(was []Expr) []Expr {
	out := make([]Expr, len(was))
	for i := range was {
		out[i] = r.next()
	}
	return out
}

func optional(es ...Expr) []Expr {
	var out []Expr
	for _, e := range es {
		if e != nil {
			out = append(out, e)
		}
	}
	return out
}

func itemExprs(items []Item) []Expr {
	es := make([]Expr, len(items))
	for i, item := range items {
		es[i] = item.Expr
	}
	return es
}

func keyExprs(keys []Key) []Expr {
	es := make([]Expr, len(keys))
	for i, k := range keys {
		es[i] = k.Expr
	}
	return es
}

func (n *Scan) Exprs() []Expr          { return optional(n.Filter) }
func (n *Filter) Exprs() []Expr        { return []Expr{n.Cond} }
func (n *Project) Exprs() []Expr       { return itemExprs(n.Items) }
func (n *Join) Exprs() []Expr          { return optional(n.On) }
func (n *Sort) Exprs() []Expr          { return keyExprs(n.Keys) }
func (n *Limit) Exprs() []Expr         { return optional(n.Count, n.Skip) }
func (n *Union) Exprs() []Expr         { return nil }
func (n *Unnest) Exprs() []Expr        { return n.Lists }
func (n *TableFunction) Exprs() []Expr { return n.Args }
func (n *RowFetch) Exprs() []Expr      { return nil }
func (n *Write) Exprs() []Expr         { return nil }

func (n *Values) Exprs() []Expr {
	var es []Expr
	for _, row := range n.Rows {
		es = append(es, row...)
	}
	return es
}

func (n *Aggregate) Exprs() []Expr {
	es := itemExprs(n.Groups)
	for _, m := range n.Measures {
		es = append(es, m.Args...)
		es = append(es, optional(m.Filter)...)
		es = append(es, keyExprs(m.Sort)...)
	}
	return es
}

func (n *Union) WithExprs([]Expr) Node    { return n }
func (n *RowFetch) WithExprs([]Expr) Node { return n }
func (n *Write) WithExprs([]Expr) Node    { return n }

func (n *Scan) WithExprs(es []Expr) Node {
	s := *n
	s.Filter = (&reader{es}).optional(n.Filter)
	return &s
}

func (n *Filter) WithExprs(es []Expr) Node { return &Filter{Input: n.Input, Cond: es[0]} }

func (n *Project) WithExprs(es []Expr) Node {
	return &Project{Input: n.Input, Items: (&reader{es}).items(n.Items)}
}

func (n *Join) WithExprs(es []Expr) Node {
	j := *n
	j.On = (&reader{es}).optional(n.On)
	return &j
}

func (n *Sort) WithExprs(es []Expr) Node {
	return &Sort{Input: n.Input, Keys: (&reader{es}).keys(n.Keys)}
}

func (n *Limit) WithExprs(es []Expr) Node {
	r := &reader{es}
	return &Limit{Input: n.Input, Count: r.optional(n.Count), Skip: r.optional(n.Skip), Recall: n.Recall}
}

func (n *Unnest) WithExprs(es []Expr) Node {
	u := *n
	u.Lists = es
	return &u
}

func (n *TableFunction) WithExprs(es []Expr) Node {
	return &TableFunction{Name: n.Name, Args: es, Cols: n.Cols}
}

func (n *Values) WithExprs(es []Expr) Node {
	v := &Values{Cols: n.Cols, Rows: make([][]Expr, len(n.Rows))}
	r := &reader{es}
	for i, row := range n.Rows {
		v.Rows[i] = r.list(row)
	}
	return v
}

func (n *Aggregate) WithExprs(es []Expr) Node {
	r := &reader{es}
	a := &Aggregate{Input: n.Input, Groups: r.items(n.Groups), Measures: make([]Measure, len(n.Measures))}
	for i, m := range n.Measures {
		m.Args = r.list(m.Args)
		m.Filter = r.optional(m.Filter)
		m.Sort = r.keys(m.Sort)
		a.Measures[i] = m
	}
	return a
}
