package decorrelate

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/mediaflight/mediaflight/planner/plan"
)

// joinNearest makes a nearest join of a lateral join whose right side searches a table for what is nearest to the left row.
//
//	Join(q, Project(title, Limit(k, Sort(d, Project(title, d = t.e <=> q.v, Filter(t.a = 1, Scan t))))))
//	  =>  NearestJoin(q, title, d by d limit k in t where a = 1)
//
// Filters and what is selected may refer to the left row as well. The rows and their order are the same.
func (d *decorrelator) joinNearest(j *plan.Join) (plan.Node, bool) {
	if j.Kind != plan.Inner && (j.Kind != plan.Left || !isTrue(j.On)) {
		return nil, false
	}
	s, ok := newSearch(j.Right)
	if !ok {
		return nil, false
	}
	outer, free := plan.IDs(j.Left), plan.Free(j.Right)
	if len(free) == 0 || !within(free, outer) || !s.ofRow(outer) {
		return nil, false
	}
	near := &plan.NearestJoin{Input: j.Left, Outer: j.Kind == plan.Left, Scan: s.scan, Count: s.limit.Count, Skip: s.limit.Skip,
		Recall: s.limit.Recall}
	near.Items = s.items
	for _, k := range s.keys {
		i := slices.IndexFunc(near.Items, func(item plan.Item) bool { return plan.Equal(item.Expr, k.Expr) })
		if i < 0 {
			i = len(near.Items)
			near.Items = append(near.Items, plan.Item{Column: d.newColumn("key", k.Expr.Type(), k.Expr.Nullable()), Expr: k.Expr})
		}
		near.Keys = append(near.Keys, plan.Key{Expr: ref(near.Items[i].Column), Desc: k.Desc, NullsFirst: k.NullsFirst})
	}
	var out plan.Node = near
	if len(near.Items) > len(s.items) {
		out = d.only(near, j.Columns(), nil)
	}
	if j.On != nil && !isTrue(j.On) {
		out = &plan.Filter{Input: out, Cond: j.On}
	}
	return out, true
}

func isTrue(e plan.Expr) bool {
	if e == nil {
		return true
	}
	l, ok := e.(*plan.Literal)
	if !ok || l.Value.IsNull(0) {
		return false
	}
	b, ok := l.Value.(*array.Boolean)
	return ok && b.Value(0)
}

// A search is a limit over a sort of a table's rows taken apart: everything is in terms of the table's columns, and of those around it.
type search struct {
	limit *plan.Limit
	items []plan.Item // the output
	keys  []plan.Key
	scan  *plan.Scan
}

func newSearch(n plan.Node) (*search, bool) {
	s := &search{items: refs(n.Columns())}
	for {
		project, ok := n.(*plan.Project)
		if !ok {
			break
		}
		if !s.through(project) {
			return nil, false
		}
		n = project.Input
	}
	var ok bool
	if s.limit, ok = n.(*plan.Limit); !ok || s.limit.Count == nil {
		return nil, false
	}
	sort, ok := s.limit.Input.(*plan.Sort)
	if !ok {
		return nil, false
	}
	s.keys = slices.Clone(sort.Keys)
	return s, s.below(sort.Input)
}

// below goes down from the sort to the scan.
func (s *search) below(n plan.Node) bool {
	var conds []plan.Expr
	for {
		switch in := n.(type) {
		case *plan.Filter:
			conds = append(conds, plan.Conjuncts(in.Cond)...)
			n = in.Input
		case *plan.Project:
			if !s.through(in) {
				return false
			}
			by := computed(in)
			for i, c := range conds {
				conds[i] = replace(c, by)
			}
			n = in.Input
		case *plan.Scan:
			if !in.Addressable() {
				return false
			}
			scan := *in
			if in.Filter != nil {
				conds = append(plan.Conjuncts(in.Filter), conds...)
			}
			scan.Filter = plan.And(conds)
			s.scan = &scan
			return !slices.ContainsFunc(conds, isVolatile)
		default:
			return false
		}
	}
}

// through rewrites everything to be in terms of a projection's input.
func (s *search) through(p *plan.Project) bool {
	if slices.ContainsFunc(p.Exprs(), isVolatile) {
		return false
	}
	by := computed(p)
	for i := range s.items {
		s.items[i].Expr = replace(s.items[i].Expr, by)
	}
	for i := range s.keys {
		s.keys[i].Expr = replace(s.keys[i].Expr, by)
	}
	return true
}

func computed(p *plan.Project) map[int]plan.Expr {
	by := map[int]plan.Expr{}
	for _, item := range p.Items {
		by[item.ID] = item.Expr
	}
	return by
}

// replace puts what computes columns in their place. Other columns stay.
func replace(e plan.Expr, by map[int]plan.Expr) plan.Expr {
	return plan.Rewrite(e, func(e plan.Expr) (plan.Expr, bool) {
		ref, ok := e.(*plan.Ref)
		if !ok {
			return nil, false
		}
		to, ok := by[ref.ID]
		return to, ok
	})
}

// nearestFirst are the distances, and whether the nearest rows have the highest values.
var nearestFirst = map[string]bool{
	"l2_distance": false, "cosine_distance": false, "negative_inner_product": false, "l1_distance": false,
	"cosine_similarity": true, "inner_product": true,
}

// ofRow tells whether the first key is the distance of a column to a vector of the row around the search, the nearest first.
func (s *search) ofRow(outer plan.IDSet) bool {
	call, ok := s.keys[0].Expr.(*plan.Call)
	if !ok || len(call.In) != 2 {
		return false
	}
	if descending, ok := nearestFirst[call.Name]; !ok || descending != s.keys[0].Desc {
		return false
	}
	own := plan.IDSet{}
	for _, c := range s.scan.All {
		own[c.ID] = true
	}
	for i, arg := range call.In {
		column := plan.VectorColumn(arg)
		query := plan.FreeOf(call.In[1-i])
		if column != nil && own[column.ID] && !overlap(query, own) && within(query, outer) {
			return true
		}
	}
	return false
}

func within(a, b plan.IDSet) bool {
	for id := range a {
		if !b[id] {
			return false
		}
	}
	return true
}
