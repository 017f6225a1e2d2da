package opt

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/planner/plan"
)

// fetchLate makes a top-k read what decides the order, and fetches the other columns for the winners only.
//
//	Limit(k, Sort(d, Project(caption, d = embedding <=> $1, Scan(caption, embedding))))
//	  =>  Project(caption, d, RowFetch(caption, Limit(k, Sort(d, Project(d, _row_address, Scan(embedding, _row_address))))))
//
// It pays where the other columns are wide or many. The rows are those of the same snapshot, in the same order.
func fetchLate(o *Optimizer, n plan.Node) (plan.Node, bool) {
	limit, ok := n.(*plan.Limit)
	if !ok || !isSmall(limit) {
		return n, false
	}
	sort, ok := limit.Input.(*plan.Sort)
	if !ok {
		return n, false
	}
	items := refs(sort.Input.Columns())
	scan, ok := sort.Input.(*plan.Scan)
	if project, isProject := sort.Input.(*plan.Project); isProject {
		items = project.Items
		scan, ok = project.Input.(*plan.Scan)
	}
	if !ok || !scan.Addressable() {
		return n, false
	}
	sorted := withRefs(plan.IDSet{}, sort)
	var early []plan.Item
	for _, item := range items {
		if sorted[item.ID] {
			early = append(early, item)
		}
	}
	items = reuse(items, early)
	payload := plan.IDSet{}
	for _, item := range items {
		if !sorted[item.ID] {
			payload.AddRefs(item.Expr)
		}
	}
	fetched := *scan
	fetched.Read, fetched.Filter = nil, nil
	for _, i := range scan.Read {
		if payload[scan.All[i].ID] {
			fetched.Read = append(fetched.Read, i)
		}
	}
	if !pays(early, &fetched) {
		return n, false
	}
	return o.lateFetch(limit, sort, items, early, scan, &fetched), true
}

// reuse makes items that hold what an early one computes take its column: 1 - (embedding <=> $1) is 1 - d if the order is by
// d = embedding <=> $1.
func reuse(items, early []plan.Item) []plan.Item {
	out := make([]plan.Item, len(items))
	for i, item := range items {
		out[i] = item
		if slices.ContainsFunc(early, func(e plan.Item) bool { return e.ID == item.ID }) {
			continue
		}
		out[i].Expr = plan.Rewrite(item.Expr, func(e plan.Expr) (plan.Expr, bool) {
			for _, known := range early {
				if _, ref := known.Expr.(*plan.Ref); !ref && plan.Equal(e, known.Expr) {
					return &plan.Ref{Column: known.Column, At: e.Pos()}, true
				}
			}
			return nil, false
		})
	}
	return out
}

func (o *Optimizer) lateFetch(limit *plan.Limit, sort *plan.Sort, items, early []plan.Item, scan, fetched *plan.Scan) plan.Node {
	address := o.newColumn(catalog.AddressColumn, arrow.PrimitiveTypes.Int64)
	narrow := *scan
	narrow.Address, narrow.Read = &address, nil
	need := plan.IDSet{}
	for _, item := range early {
		need.AddRefs(item.Expr)
	}
	for _, i := range scan.Read {
		if need[scan.All[i].ID] {
			narrow.Read = append(narrow.Read, i)
		}
	}
	keys := &plan.Project{Input: &narrow, Items: append(early[:len(early):len(early)], refs([]plan.Column{address})...)}
	top := limit.WithInputs([]plan.Node{sort.WithInputs([]plan.Node{keys})})
	// The rows may carry one column twice: as a key and fetched. Keys pass by their own columns, the rest is computed from what
	// was fetched, under new columns where the two would be one.
	taken := plan.IDs(top)
	fresh := map[int]plan.Expr{}
	all := append([]plan.Column(nil), fetched.All...)
	for _, i := range fetched.Read {
		if taken[all[i].ID] {
			c := o.newColumn(all[i].Name, all[i].Type)
			c.Nullable, c.Table = all[i].Nullable, all[i].Table
			fresh[all[i].ID] = &plan.Ref{Column: c, At: -1}
			all[i] = c
		} else {
			fresh[all[i].ID] = &plan.Ref{Column: all[i], At: -1}
		}
	}
	fetched.All = all
	out := &plan.Project{Input: &plan.RowFetch{Input: top, Scan: fetched}}
	sorted := withRefs(plan.IDSet{}, sort)
	for _, item := range items {
		if sorted[item.ID] {
			out.Items = append(out.Items, refs([]plan.Column{item.Column})...)
			continue
		}
		e, _ := substitute(item.Expr, fresh)
		out.Items = append(out.Items, plan.Item{Column: item.Column, Expr: e})
	}
	return out
}

// maxLate is the number of rows up to which fetching one by one beats reading all.
const maxLate = 10_000

// isSmall tells whether a limit asks for few rows. A parameter is taken to.
func isSmall(limit *plan.Limit) bool {
	total := int64(0)
	for _, e := range []plan.Expr{limit.Count, limit.Skip} {
		if e == nil {
			continue
		}
		v, ok := plan.Bigint(e)
		if _, param := e.(*plan.Param); !ok && !param {
			return false
		}
		if v > maxLate {
			return false
		}
		total += v
	}
	return limit.Count != nil && total <= maxLate
}

// pays tells whether fetching late is worth it: the order is computed from something wide, so that the scan is busy enough, or
// the payload is wide or has many columns.
func pays(early []plan.Item, fetched *plan.Scan) bool {
	if len(fetched.Read) == 0 {
		return false
	}
	for _, item := range early {
		if plan.Any(item.Expr, func(e plan.Expr) bool { return e.Type().ID() == arrow.FIXED_SIZE_LIST }) {
			return true
		}
	}
	for _, i := range fetched.Read {
		switch fetched.All[i].Type.ID() {
		case arrow.STRING, arrow.BINARY, arrow.LIST, arrow.FIXED_SIZE_LIST, arrow.STRUCT, arrow.MAP:
			return true
		}
	}
	return len(fetched.Read) >= 3
}
