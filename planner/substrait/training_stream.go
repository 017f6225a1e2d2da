package substrait

import (
	pb "github.com/substrait-io/substrait-protobuf/go/substraitpb"

	"github.com/mediaflight/mediaflight/planner/plan"
)

// trainingStream is an extension: Substrait has no relation for rows in a pseudo-random order.
func (w *writer) trainingStream(n *plan.TrainingStream, input *pb.Rel, in columns) (*pb.Rel, columns, error) {
	f, err := w.call("training_stream", n.Args, nil, false, in)
	if err != nil {
		return nil, nil, err
	}
	rel, err := extensionSingle(input, &pb.Expression{RexType: &pb.Expression_ScalarFunction_{ScalarFunction: f}})
	return rel, in, err
}
