package substrait

import (
	"slices"
	"strconv"

	pb "github.com/substrait-io/substrait-protobuf/go/substraitpb"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/mediaflight/mediaflight/planner/plan"
)

// recursion is an extension: Substrait has none.
func (w *writer) recursion(n *plan.Recursion) (*pb.Rel, columns, error) {
	f, err := w.call("recursion", nil, nil, false, nil)
	if err != nil {
		return nil, nil, err
	}
	f.Options = tableOption(n.Table)
	if n.Distinct {
		f.Options = append(f.Options, &pb.FunctionOption{Name: "distinct", Preference: []string{"true"}})
	}
	rel := &pb.ExtensionMultiRel{}
	for _, in := range n.Inputs() {
		input, _, err := w.relation(in)
		if err != nil {
			return nil, nil, err
		}
		rel.Inputs = append(rel.Inputs, input)
	}
	rel.Detail, err = anypb.New(&pb.Expression{RexType: &pb.Expression_ScalarFunction_{ScalarFunction: f}})
	return &pb.Rel{RelType: &pb.Rel_ExtensionMulti{ExtensionMulti: rel}}, allNullable(n.Cols), err
}

func (w *writer) workingTable(n *plan.WorkingTable) (*pb.Rel, columns, error) {
	f, err := w.call("working_table", nil, nil, false, nil)
	if err != nil {
		return nil, nil, err
	}
	f.Options = tableOption(n.Table)
	packed, err := anypb.New(&pb.Expression{RexType: &pb.Expression_ScalarFunction_{ScalarFunction: f}})
	return &pb.Rel{RelType: &pb.Rel_ExtensionLeaf{ExtensionLeaf: &pb.ExtensionLeafRel{Detail: packed}}}, allNullable(n.Cols), err
}

func tableOption(table int) []*pb.FunctionOption {
	return []*pb.FunctionOption{{Name: "table", Preference: []string{strconv.Itoa(table)}}}
}

// allNullable are columns that any iteration may put NULL into.
func allNullable(cols columns) columns {
	out := slices.Clone(cols)
	for i := range out {
		out[i].Nullable = true
	}
	return out
}
