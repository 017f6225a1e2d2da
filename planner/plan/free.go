package plan

// Free are the columns that a plan refers to and does not have: those of a query around it.
func Free(n Node) IDSet {
	free := IDSet{}
	addFree(free, n)
	return free
}

// FreeOf are the columns that an expression refers to, those that its subqueries leave to it included.
func FreeOf(e Expr) IDSet {
	free := IDSet{}
	addFreeOf(free, e)
	return free
}

func addFree(free IDSet, n Node) {
	own := IDSet{}
	for _, e := range n.Exprs() {
		addFreeOf(own, e)
	}
	if join, ok := n.(*Join); ok {
		addFree(own, join.Right)
		addFree(free, join.Left)
	} else {
		for _, in := range n.Inputs() {
			addFree(free, in)
		}
	}
	made := inputIDs(n)
	switch n := n.(type) {
	case *Scan:
		made.add(n.All)
	case *NearestJoin:
		made.add(n.Found())
	}
	for id := range own {
		if !made[id] {
			free[id] = true
		}
	}
}

func (s IDSet) add(cols []Column) {
	for _, c := range cols {
		s[c.ID] = true
	}
}

// inputIDs are the columns that a node's own expressions may refer to.
func inputIDs(n Node) IDSet {
	set := IDSet{}
	for _, in := range n.Inputs() {
		for _, c := range in.Columns() {
			set[c.ID] = true
		}
	}
	return set
}

func addFreeOf(free IDSet, e Expr) {
	switch e := e.(type) {
	case *Ref:
		free[e.ID] = true
		return
	case *Subquery:
		inner := Free(e.Plan)
		if e.Test != nil {
			addFreeOf(inner, e.Test)
			for _, c := range e.Plan.Columns() {
				delete(inner, c.ID)
			}
		}
		for id := range inner {
			free[id] = true
		}
		return
	}
	for _, arg := range e.Args() {
		addFreeOf(free, arg)
	}
}

// MapExprs rewrites every expression of a plan, those of its subqueries too.
func MapExprs(n Node, f func(Expr) Expr) Node {
	inputs := n.Inputs()
	mapped := make([]Node, len(inputs))
	for i, in := range inputs {
		mapped[i] = MapExprs(in, f)
	}
	if len(inputs) > 0 {
		n = n.WithInputs(mapped)
	}
	exprs := n.Exprs()
	if len(exprs) == 0 {
		return n
	}
	out := make([]Expr, len(exprs))
	for i, e := range exprs {
		out[i] = f(mapSubqueries(e, f))
	}
	return n.WithExprs(out)
}

func mapSubqueries(e Expr, f func(Expr) Expr) Expr {
	return RewriteUp(e, func(e Expr) Expr {
		if q, ok := e.(*Subquery); ok {
			return &Subquery{Kind: q.Kind, Plan: MapExprs(q.Plan, f), Test: q.Test, At: q.At}
		}
		return e
	})
}

// MaxID is the highest ID of a column in a plan, its subqueries included.
func MaxID(n Node) int {
	id := 0
	for _, c := range n.Columns() {
		id = max(id, c.ID)
	}
	if scan, ok := n.(*Scan); ok {
		for _, c := range scan.All {
			id = max(id, c.ID)
		}
	}
	if near, ok := n.(*NearestJoin); ok {
		for _, c := range near.Found() {
			id = max(id, c.ID)
		}
	}
	for _, in := range n.Inputs() {
		id = max(id, MaxID(in))
	}
	for _, e := range n.Exprs() {
		Walk(e, func(e Expr) bool {
			if q, ok := e.(*Subquery); ok {
				id = max(id, MaxID(q.Plan))
			}
			return true
		})
	}
	return id
}
