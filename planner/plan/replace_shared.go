package plan

// ReplaceShared replaces the uses of rows that are computed once, those in subqueries too, but not those within such rows.
func ReplaceShared(n Node, f func(*Shared) (Node, error)) (Node, error) {
	if use, ok := n.(*Shared); ok {
		return f(use)
	}
	inputs, changed := n.Inputs(), false
	next := make([]Node, len(inputs))
	for i, in := range inputs {
		var err error
		if next[i], err = ReplaceShared(in, f); err != nil {
			return nil, err
		}
		changed = changed || next[i] != in
	}
	if changed {
		n = n.WithInputs(next)
	}
	exprs := n.Exprs()
	rewritten, changed := make([]Expr, len(exprs)), false
	for i, e := range exprs {
		var failed error
		rewritten[i] = Rewrite(e, func(e Expr) (Expr, bool) {
			q, ok := e.(*Subquery)
			if !ok {
				return nil, false
			}
			of, err := ReplaceShared(q.Plan, f)
			if err != nil {
				failed = err
			}
			if err != nil || of == q.Plan {
				return nil, false
			}
			return &Subquery{Kind: q.Kind, Plan: of, Test: q.Test, At: q.At}, true
		})
		if failed != nil {
			return nil, failed
		}
		changed = changed || rewritten[i] != e
	}
	if changed {
		n = n.WithExprs(rewritten)
	}
	return n, nil
}

// MapShared has f rewrite rows that are computed once, the same for all of their uses. Rows within others come first.
func MapShared(n Node, f func(Node) (Node, error)) (Node, error) {
	inputs := map[int]Node{}
	var use func(*Shared) (Node, error)
	use = func(s *Shared) (Node, error) {
		of, known := inputs[s.Number]
		if !known {
			inner, err := ReplaceShared(s.Input, use)
			if err == nil {
				of, err = f(inner)
			}
			if err != nil {
				return nil, err
			}
			inputs[s.Number] = of
		}
		return &Shared{Input: of, Cols: s.Cols, Number: s.Number, First: s.First}, nil
	}
	return ReplaceShared(n, use)
}
