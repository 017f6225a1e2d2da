package exec

import (
	"context"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	pb "github.com/substrait-io/substrait-protobuf/go/substraitpb"

	"github.com/mediaflight/mediaflight/exec/ann"
	"github.com/mediaflight/mediaflight/exec/eval"
)

// lateral builds a lateral join: for each row of the input the rows of a fetch, which are the nearest neighbors of one of the
// row's vectors.
func (b *builder) lateral(ctx context.Context, r *pb.JoinRel, input Operator) (Operator, error) {
	kind, ok := joinKinds[r.Type]
	if !ok || kind != InnerJoin && kind != LeftJoin || r.Left != nil || r.Expression != nil || r.PostJoinFilter != nil || r.Common.GetEmit() != nil {
		return nil, unsupported("lateral join of type %s, or with a left side or a condition", r.Type)
	}
	fetch := r.Right.GetFetch()
	if fetch == nil {
		return nil, notLateral("its right side is no fetch")
	}
	skip, count, err := b.window(ctx, fetch)
	if err != nil {
		return nil, err
	}
	j := &NeighborJoin{Input: b.stream(input), Kind: kind, Skip: skip, Count: count}
	if err := b.neighbors(ctx, j, fetch, input.Schema()); err != nil {
		return nil, err
	}
	fields := slices.Clone(input.Schema().Fields())
	for i := range fields {
		j.left = append(j.left, i)
	}
	for _, f := range schemaOf(j.Exprs).Fields() {
		f.Nullable = f.Nullable || kind == LeftJoin
		fields = append(fields, f)
	}
	j.schema = arrow.NewSchema(fields, nil)
	return j, nil
}

// neighbors completes a join by what its fetch says, whose expressions may refer to the columns outside.
func (b *builder) neighbors(ctx context.Context, j *NeighborJoin, fetch *pb.FetchRel, outer *arrow.Schema) error {
	sort := fetch.GetInput().GetSort()
	if sort == nil || len(sort.Sorts) == 0 || sort.Common.GetEmit() != nil || fetch.Common.GetEmit() != nil {
		return notLateral("the rows of each row are not in one order")
	}
	k := keyOf(sort.Input, sort.Sorts[0].Expr)
	order, ok := directions[sort.Sorts[0].GetDirection()]
	if k == nil || !ok || k.width > readColumns(k.read) {
		return notLateral("the order is not that of one table's distances")
	}
	table, err := b.unfilteredRead(ctx, k.read)
	if err != nil {
		return err
	}
	left := outer.NumFields()
	leave := b.beside(outer)
	defer leave()
	by, err := b.compiler.Compile(k.by, table.schema())
	if err != nil {
		return err
	}
	isOuter := func(e eval.Expr) bool {
		columns := eval.Columns(e)
		return len(columns) == 0 && eval.IsConstant(e) || len(columns) > 0 && columns[len(columns)-1] < left
	}
	metric, column, query := distanceOf(by, func(c *eval.Column) bool { return c.Index >= left }, isOuter)
	if metric == nil {
		return notLateral("the order is not by a distance between a column and the row outside")
	}
	recall, err := recallOf(fetch)
	if err != nil {
		return err
	}
	j.Query = query
	column -= left
	b.vectorSearch(&j.vectorSearch, table, table.columns[column], metric, ann.Order{Descending: order.Descending, NullsFirst: order.NullsFirst}, recall)
	if err := j.findIndex(ctx); err != nil {
		return err
	}
	if err := b.lateralFilter(j, table, k.read.Filter, outer, isOuter); err != nil {
		return err
	}
	if j.Count == everything && j.Limit == nil || max(j.Skip, j.Count) > maxNearest && j.Count != everything {
		return notLateral("the number of rows is not limited, nor is their distance")
	}
	if err := b.lateralOutput(j, table, k, sort.Input.GetProject(), by, left); err != nil {
		return err
	}
	if err := b.lateralKeys(j, sort.Sorts[1:], left); err != nil {
		return err
	}
	leave()
	ok, err = b.choose(ctx, &j.vectorSearch, k, table, column)
	if err == nil && !ok {
		return notLateral("a table is joined with")
	}
	return err
}

func notLateral(why string) *Error { return unsupported("lateral join: %s", why) }

// lateralFilter takes the read's filter apart: what depends on the table alone is the read's own, and what the row outside has
// a say in limits the distance or is looked at for each neighbor.
func (b *builder) lateralFilter(j *NeighborJoin, table *tableRead, filter *pb.Expression, outer *arrow.Schema, isOuter func(eval.Expr) bool) error {
	if filter == nil {
		return nil
	}
	left := outer.NumFields()
	var own, shared []eval.Expr
	for _, p := range b.conjuncts(filter) {
		e, err := b.compiler.Compile(p, table.base)
		if err != nil {
			return err
		}
		if columns := eval.Columns(e); len(columns) > 0 && columns[0] < left {
			shared = append(shared, e)
			continue
		}
		leave := b.beside(nil)
		e, err = b.compiler.Compile(p, table.base)
		leave()
		if err != nil {
			return err
		}
		own = append(own, eval.Conjuncts(e)...)
	}
	if !j.Order.Descending {
		limit, at := limitOf(shared, j.Metric, left+j.Column, j.Query, isOuter)
		if j.Limit = limit; limit != nil {
			shared = slices.Delete(shared, at, at+1)
		}
	}
	if err := b.keepWhere(table, own); err != nil || len(shared) == 0 {
		return err
	}
	right := make([]int, table.base.NumFields())
	for i := range right {
		right[i] = i
		if i == table.snapshot.Schema().NumFields() {
			right[i] = pairAddress
		}
	}
	both := eval.And(b.env.Mem, shared)
	j.condition = pairColumnsOf(left, right, both)
	var err error
	j.Condition, err = eval.NewCondition(both, b.env.Mem)
	return err
}

// conjuncts are the conditions that a plan's expression joins by AND.
func (b *builder) conjuncts(e *pb.Expression) []*pb.Expression {
	f := e.GetScalarFunction()
	name, _ := b.names.FunctionName(f.GetFunctionReference())
	if name, _, _ = strings.Cut(name, ":"); f == nil || name != "and" {
		return []*pb.Expression{e}
	}
	var all []*pb.Expression
	for _, a := range f.Arguments {
		all = append(all, b.conjuncts(a.GetValue())...)
	}
	return all
}

// lateralOutput compiles what the sort's input computes of a pair of rows, or takes the columns of the table where it computes
// nothing. The distance is known.
func (b *builder) lateralOutput(j *NeighborJoin, table *tableRead, k *distanceKey, project *pb.ProjectRel, by eval.Expr, left int) error {
	schema := table.schema()
	right := slices.Clone(table.columns)
	if table.address {
		right = append(right, pairAddress)
	}
	var all []eval.Expr
	for i, f := range schema.Fields() {
		all = append(all, &eval.Column{Index: left + i, Field: f})
	}
	j.Exprs = all
	if project != nil {
		for i, p := range project.Expressions {
			if i == k.computed {
				all = append(all, &eval.Column{Index: left + len(right), Field: arrow.Field{Name: by.String(), Type: by.Type(), Nullable: by.Nullable()}})
				continue
			}
			e, err := b.compiler.Compile(p, schema)
			if err != nil {
				return err
			}
			all = append(all, e)
		}
		j.Exprs = nil
		for _, at := range project.Common.GetEmit().OutputMapping {
			if at < 0 || int(at) >= len(all) {
				return malformed("output column %d of %d", at, len(all))
			}
			j.Exprs = append(j.Exprs, all[at])
		}
	}
	j.output = pairColumnsOf(left, append(right, pairDistance), j.Exprs...)
	return nil
}

// lateralKeys are the keys behind the distance, which must be columns of what is sorted.
func (b *builder) lateralKeys(j *NeighborJoin, sorts []*pb.SortField, left int) error {
	for _, s := range sorts {
		order, ok := directions[s.GetDirection()]
		field := s.Expr.GetSelection().GetDirectReference().GetStructField()
		if !ok || field == nil || field.Child != nil || s.Expr.GetSelection().GetRootReference() == nil || field.Field < 0 || int(field.Field) >= len(j.Exprs) {
			return notLateral("a key behind the distance is no column")
		}
		key := SortKey{j.Exprs[field.Field], order}
		if err := comparable(key.Expr.Type()); err != nil {
			return err
		}
		j.Keys = append(j.Keys, key)
	}
	j.keys = pairColumnsOf(left, j.output.right, sortExprs(j.Keys)...)
	return nil
}
