package exec

import (
	"context"
	"slices"

	pb "github.com/substrait-io/substrait-protobuf/go/substraitpb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/mediaflight/mediaflight/exec/ann"
	"github.com/mediaflight/mediaflight/exec/eval"
	"github.com/mediaflight/mediaflight/udf"
)

// vectorRange builds a range search, if a read may miss some rows within a distance and there is an index to find the others by.
// It is nil otherwise.
func (b *builder) vectorRange(ctx context.Context, r *pb.ReadRel, table *tableRead) (Operator, error) {
	recall, err := rangeRecall(r)
	if recall == 0 || err != nil {
		return nil, err
	}
	for at, condition := range table.where {
		metric, column, query := distanceUnder(condition)
		if metric == nil {
			continue
		}
		limit := limitIn(condition, metric, column, query, eval.IsConstant)
		if limit == nil {
			continue
		}
		v := &VectorRange{VectorTopK{Query: query, Limit: limit, Count: everyRow, Columns: table.columns, Address: table.address, schema: table.schema()}}
		rest := *table
		if err := b.keepWhere(&rest, slices.Delete(slices.Clone(table.where), at, at+1)); err != nil {
			return nil, err
		}
		b.vectorSearch(&v.vectorSearch, &rest, column, metric, ann.Order{}, recall)
		if err := v.findIndex(ctx); err != nil {
			return nil, err
		}
		if v.index == "" {
			continue
		}
		vectors := rest
		vectors.columns, vectors.address = []int{column}, true
		v.Scan = metered(b.scan(&vectors))
		if rest.filter != nil {
			v.Choice = b.filterChoice(&rest, rest.filter)
		}
		return v, nil
	}
	return nil, nil
}

// rangeRecall is the share of the rows within a distance that a read is content with; 0 if it is to find all.
func rangeRecall(r *pb.ReadRel) (float64, error) {
	for _, hint := range r.AdvancedExtension.GetOptimization() {
		var recall wrapperspb.DoubleValue
		if !hint.MessageIs(&recall) {
			continue
		}
		if err := hint.UnmarshalTo(&recall); err != nil || !(recall.Value > 0) {
			return 0, malformed("recall of a read")
		}
		return recall.Value, nil
	}
	return 0, nil
}

// distanceUnder is the distance that a comparison bounds, of a column of the table and a constant.
func distanceUnder(condition eval.Expr) (metric *udf.Metric, column int, query eval.Expr) {
	f, ok := condition.(*eval.Function)
	if !ok || len(f.Args()) != 2 {
		return nil, 0, nil
	}
	for _, e := range f.Args() {
		if metric, column, query = distanceOf(e, isColumn, eval.IsConstant); metric != nil {
			return metric, column, query
		}
	}
	return nil, 0, nil
}
