package opt

import (
	"math"
	"slices"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/planner/plan"
)

// joinNearest searches a table once for each row that it would be paired with, instead of measuring all pairs.
//
//	Limit(k, Sort(d, Project(d = t.e <=> q.e, Cross(t, q))))
//	  =>  Limit(k, Sort(d, Project(d = t.e <=> q.e, NearestJoin(q, t by t.e <=> q.e limit k))))
//
// The k first pairs of all are among the k first of each row of q. It is what becomes of
//
//	SELECT ... FROM images, (SELECT embedding FROM queries WHERE ...) q ORDER BY images.embedding <=> q.embedding LIMIT k
func joinNearest(o *Optimizer, n plan.Node) (plan.Node, bool) {
	limit, ok := n.(*plan.Limit)
	if !ok {
		return n, false
	}
	sort, ok := limit.Input.(*plan.Sort)
	count := firstRows(limit)
	if !ok || count == nil {
		return n, false
	}
	in, keys, above, ok := belowProjects(sort)
	if !ok {
		return n, false
	}
	join, ok := in.(*plan.Join)
	if !ok || join.Kind != plan.Inner || join.On != nil {
		return n, false
	}
	near, ok := o.nearestPairs(join, keys, count)
	if !ok {
		return n, false
	}
	out := aboveAgain(above, near, join.Columns(), near.Items)
	return limit.WithInputs([]plan.Node{sort.WithInputs([]plan.Node{out})}), true
}

// nearestPairs makes a product a nearest join, if the first key is a distance between a column of one side and an expression of the
// other one.
func (o *Optimizer) nearestPairs(join *plan.Join, keys []plan.Key, count plan.Expr) (*plan.NearestJoin, bool) {
	for _, sides := range [][2]plan.Node{{join.Left, join.Right}, {join.Right, join.Left}} {
		scan, ok := sides[0].(*plan.Scan)
		if !ok || !scan.Addressable() {
			continue
		}
		descending, ok := distanceFrom(keys[0].Expr, plan.IDs(scan), plan.IDs(sides[1]))
		if !ok || descending != keys[0].Desc {
			continue
		}
		near := &plan.NearestJoin{Input: sides[1], Scan: scan, Items: refs(scan.Columns()), Count: count}
		for _, k := range keys {
			i := slices.IndexFunc(near.Items, func(item plan.Item) bool { return plan.Equal(item.Expr, k.Expr) })
			if i < 0 {
				i = len(near.Items)
				item := plan.Item{Column: o.newColumn("key", k.Expr.Type()), Expr: k.Expr}
				item.Nullable = k.Expr.Nullable()
				near.Items = append(near.Items, item)
			}
			near.Keys = append(near.Keys, plan.Key{Expr: refs([]plan.Column{near.Items[i].Column})[0].Expr, Desc: k.Desc, NullsFirst: k.NullsFirst})
		}
		return near, true
	}
	return nil, false
}

// movedKeys are keys in terms of what a projection is made of; ok is false where that is not known.
func movedKeys(keys []plan.Key, by map[int]plan.Expr) (moved []plan.Key, ok bool) {
	for _, k := range keys {
		e, known := substitute(k.Expr, by)
		if !known {
			return nil, false
		}
		moved = append(moved, plan.Key{Expr: e, Desc: k.Desc, NullsFirst: k.NullsFirst})
	}
	return moved, true
}

// firstRows is how many rows a limit reads, those that it skips included; nil if that is not to be said.
func firstRows(limit *plan.Limit) plan.Expr {
	if limit.Skip == nil {
		return limit.Count
	}
	count, known := plan.Bigint(limit.Count)
	skip, skipKnown := plan.Bigint(limit.Skip)
	if !known || !skipKnown || count > math.MaxInt64-skip {
		return nil
	}
	b := array.NewInt64Builder(memory.DefaultAllocator)
	b.Append(count + skip)
	return &plan.Literal{Value: b.NewArray(), At: -1}
}
