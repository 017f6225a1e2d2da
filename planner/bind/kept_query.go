package bind

import (
	"github.com/mediaflight/mediaflight/planner/ast"
	"github.com/mediaflight/mediaflight/planner/plan"
)

// cteUse is a use of an entry of WITH. Each binds the query anew, so that the optimizer sees through it, unless the query calls a
// function such as random(): then all uses are of the same rows.
func (s *binding) cteUse(c *cte, pos ast.Pos) (plan.Node, error) {
	c.uses++
	if c.kept == nil {
		node, err := s.cteQuery(c)
		if err != nil || !isVolatile(node) {
			return node, err
		}
		if len(plan.Free(node)) > 0 {
			if c.uses > 1 {
				return nil, missing(pos, "using a WITH query twice that calls a function such as random() and refers to the query around it", "store its rows with CREATE TABLE ... AS")
			}
			return node, nil
		}
		s.kept++
		c.kept = &plan.Shared{Input: node, Number: s.kept}
	}
	use := &plan.Shared{Input: c.kept.Input, Number: c.kept.Number}
	for _, of := range use.Input.Columns() {
		column := s.newColumn(of.Name, of.Type, of.Nullable)
		column.Comment = of.Comment
		use.Cols = append(use.Cols, column)
	}
	return use, nil
}

// inlineKept puts the queries of entries that are used once where they are used: their rows need not be kept.
func (s *binding) inlineKept(n plan.Node) (plan.Node, error) {
	if s.kept == 0 || n == nil {
		return n, nil
	}
	uses := map[int]int{}
	var count func(use *plan.Shared) (plan.Node, error)
	count = func(use *plan.Shared) (plan.Node, error) {
		if uses[use.Number]++; uses[use.Number] == 1 {
			if _, err := plan.ReplaceShared(use.Input, count); err != nil {
				return nil, err
			}
		}
		return use, nil
	}
	if _, err := plan.ReplaceShared(n, count); err != nil {
		return nil, err
	}
	inputs := map[int]plan.Node{}
	var inline func(use *plan.Shared) (plan.Node, error)
	inline = func(use *plan.Shared) (plan.Node, error) {
		of, known := inputs[use.Number]
		if !known {
			var err error
			if of, err = plan.ReplaceShared(use.Input, inline); err != nil {
				return nil, err
			}
			inputs[use.Number] = of
		}
		if uses[use.Number] > 1 {
			return &plan.Shared{Input: of, Cols: use.Cols, Number: use.Number}, nil
		}
		out := &plan.Project{Input: of}
		for i, c := range of.Columns() {
			out.Items = append(out.Items, plan.Item{Column: use.Cols[i], Expr: columnRef(c)})
		}
		return out, nil
	}
	return plan.ReplaceShared(n, inline)
}
