package substrait

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	pb "github.com/substrait-io/substrait-protobuf/go/substraitpb"

	"github.com/mediaflight/mediaflight/planner/plan"
)

// marginalRelevance is an extension: Substrait has no relation for choosing rows by their likeness to those chosen before.
func (w *writer) marginalRelevance(n *plan.MarginalRelevance, input *pb.Rel, in columns) (*pb.Rel, columns, error) {
	f, err := w.call("max_marginal_relevance", []plan.Expr{n.Vector, n.Query, n.Count, n.Lambda}, arrow.PrimitiveTypes.Float64, false, in)
	if err != nil {
		return nil, nil, err
	}
	f.Options = []*pb.FunctionOption{{Name: "metric", Preference: []string{n.Metric}}}
	rel, err := extensionSingle(input, &pb.Expression{RexType: &pb.Expression_ScalarFunction_{ScalarFunction: f}})
	return rel, append(slices.Clone(in), n.Score), err
}
