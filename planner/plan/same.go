package plan

import (
	"maps"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
)

// Same tells whether two plans are the same but for the identities of their columns: both give the same rows, and one may take the
// other's place. Plans that write, or that call functions such as random(), are never the same.
func Same(a, b Node) bool { return matching{}.nodes(a, b) }

// A matching has for columns of one plan those of the other.
type matching map[int]int

func (m matching) nodes(a, b Node) bool {
	as, bs := a.Inputs(), b.Inputs()
	if len(as) != len(bs) {
		return false
	}
	for i := range as {
		if !m.nodes(as[i], bs[i]) {
			return false
		}
	}
	return m.shapes(a, b) && slices.EqualFunc(a.Exprs(), b.Exprs(), m.exprs) && m.columns(a.Columns(), b.Columns())
}

// shapes compares what nodes consist of besides inputs and expressions.
func (m matching) shapes(a, b Node) bool {
	switch a := a.(type) {
	case *Scan:
		b, ok := b.(*Scan)
		return ok && a.Table == b.Table && a.Files == b.Files && a.Recall == b.Recall && slices.Equal(a.Read, b.Read) && a.Address == nil && b.Address == nil && m.columns(a.All, b.All)
	case *Values:
		b, ok := b.(*Values)
		return ok && len(a.Rows) == len(b.Rows)
	case *Filter:
		_, ok := b.(*Filter)
		return ok
	case *Project:
		_, ok := b.(*Project)
		return ok
	case *Join:
		b, ok := b.(*Join)
		return ok && a.Kind == b.Kind && (a.On == nil) == (b.On == nil)
	case *Aggregate:
		b, ok := b.(*Aggregate)
		return ok && len(a.Groups) == len(b.Groups) && slices.EqualFunc(a.Measures, b.Measures, sameShape)
	case *Window:
		b, ok := b.(*Window)
		return ok && len(a.Partition) == len(b.Partition) && slices.EqualFunc(a.Order, b.Order, sameDirection) && slices.EqualFunc(a.Calls, b.Calls, sameCall)
	case *Sort:
		b, ok := b.(*Sort)
		return ok && slices.EqualFunc(a.Keys, b.Keys, sameDirection)
	case *Limit:
		b, ok := b.(*Limit)
		return ok && (a.Count == nil) == (b.Count == nil) && (a.Skip == nil) == (b.Skip == nil) && a.Recall == b.Recall
	case *Union:
		b, ok := b.(*Union)
		return ok && a.Distinct == b.Distinct
	case *Unnest:
		b, ok := b.(*Unnest)
		return ok && a.Outer == b.Outer && (a.Ordinal == nil) == (b.Ordinal == nil)
	case *NearestJoin:
		b, ok := b.(*NearestJoin)
		return ok && a.Outer == b.Outer && a.Recall == b.Recall && len(a.Items) == len(b.Items) && (a.Count == nil) == (b.Count == nil) &&
			(a.Skip == nil) == (b.Skip == nil) && (a.Scan.Filter == nil) == (b.Scan.Filter == nil) && a.Scan.Table == b.Scan.Table &&
			m.columns(a.Found(), b.Found()) && m.columns(itemColumns(a.Items), itemColumns(b.Items)) && slices.EqualFunc(a.Keys, b.Keys, m.keys)
	case *TableFunction:
		b, ok := b.(*TableFunction)
		return ok && a.Name == b.Name
	}
	return false
}

func sameShape(a, b Measure) bool {
	return a.Func == b.Func && a.Distinct == b.Distinct && len(a.Args) == len(b.Args) && (a.Filter == nil) == (b.Filter == nil) &&
		slices.EqualFunc(a.Sort, b.Sort, sameDirection)
}

func sameCall(a, b WindowCall) bool {
	return a.Func == b.Func && len(a.Args) == len(b.Args) && (a.Filter == nil) == (b.Filter == nil) && a.Frame.Unit == b.Frame.Unit &&
		a.Frame.Exclude == b.Frame.Exclude && a.Frame.Start.Kind == b.Frame.Start.Kind && a.Frame.End.Kind == b.Frame.End.Kind && a.AtMost == b.AtMost
}

func sameDirection(a, b Key) bool { return a.Desc == b.Desc && a.NullsFirst == b.NullsFirst }

func (m matching) keys(a, b Key) bool { return sameDirection(a, b) && m.exprs(a.Expr, b.Expr) }

// exprs compares expressions, columns of one standing for those of the other.
func (m matching) exprs(a, b Expr) bool {
	if q, ok := a.(*Subquery); ok {
		other, ok := b.(*Subquery)
		return ok && m.subqueries(q, other)
	}
	if ref, ok := a.(*Ref); ok {
		c := ref.Column
		if to, known := m[c.ID]; known {
			c.ID = to
		}
		return Equal(&Ref{Column: c, At: ref.At}, b)
	}
	as, bs := a.Args(), b.Args()
	if !slices.EqualFunc(as, bs, m.exprs) {
		return false
	}
	if len(as) > 0 {
		a = a.WithArgs(bs)
	}
	return Equal(a, b)
}

// subqueries compares subqueries, which may refer to columns that have been matched.
func (m matching) subqueries(a, b *Subquery) bool {
	inner := maps.Clone(m)
	return a == b || a.Kind == b.Kind && inner.nodes(a.Plan, b.Plan) && (a.Test == nil) == (b.Test == nil) && (a.Test == nil || inner.exprs(a.Test, b.Test))
}

func (m matching) columns(as, bs []Column) bool {
	if len(as) != len(bs) {
		return false
	}
	for i, a := range as {
		if !arrow.TypeEqual(a.Type, bs[i].Type) { // no rows of one type are not those of another
			return false
		}
		m[a.ID] = bs[i].ID
	}
	return true
}
