package substrait

import (
	"slices"

	pb "github.com/substrait-io/substrait-protobuf/go/substraitpb"

	"github.com/mediaflight/mediaflight/planner/plan"
)

// written is a relation that is shared: its place among those of the plan, and its columns.
type written struct {
	at   int32
	cols columns
}

// reference refers to a relation that is computed once, which it writes before the first use.
func (w *writer) reference(n *plan.Shared) (*pb.Rel, columns, error) {
	known, ok := w.numbers[n.Number]
	if !ok {
		rel, cols, err := w.relation(n.Input)
		if err != nil {
			return nil, nil, err
		}
		known = written{int32(len(w.shared)), cols}
		w.shared = append(w.shared, &pb.PlanRel{RelType: &pb.PlanRel_Rel{Rel: rel}})
		w.numbers[n.Number] = known
	}
	out := slices.Clone(n.Cols)
	for i := range out {
		out[i].Nullable = known.cols[i].Nullable
	}
	return &pb.Rel{RelType: &pb.Rel_Reference{Reference: &pb.ReferenceRel{SubtreeOrdinal: known.at}}}, out, nil
}
