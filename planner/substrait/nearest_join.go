package substrait

import (
	"slices"

	pb "github.com/substrait-io/substrait-protobuf/go/substraitpb"

	"github.com/mediaflight/mediaflight/planner/plan"
)

// nearestJoin writes a lateral join: the right side is Fetch(Sort(Project(Read))), whose expressions refer to the input's row by outer
// references.
func (w *writer) nearestJoin(n *plan.NearestJoin, input *pb.Rel, in columns) (*pb.Rel, columns, error) {
	w.outer = in
	defer func() { w.outer = nil }()
	read, err := w.scan(n.Scan)
	if err != nil {
		return nil, nil, err
	}
	project, found, err := w.project(&plan.Project{Items: n.Items}, &pb.Rel{RelType: &pb.Rel_Read{Read: read}}, n.Scan.Columns())
	if err != nil {
		return nil, nil, err
	}
	sorts, err := w.sorts(n.Keys, found)
	if err != nil {
		return nil, nil, err
	}
	sort := &pb.Rel{RelType: &pb.Rel_Sort{Sort: &pb.SortRel{Input: project, Sorts: sorts}}}
	right, _, err := w.fetch(&plan.Limit{Count: n.Count, Skip: n.Skip, Recall: n.Recall}, sort, found)
	if err != nil {
		return nil, nil, err
	}
	join := &pb.JoinRel{Right: right, Type: pb.JoinRel_JOIN_TYPE_INNER}
	if n.Outer {
		join.Type = pb.JoinRel_JOIN_TYPE_LEFT
	}
	rel, err := extensionSingle(input, join)
	out := slices.Clone(in)
	for _, c := range found {
		c.Nullable = c.Nullable || n.Outer
		out = append(out, c)
	}
	return rel, out, err
}

// outerReference refers to a column of the row that a lateral join stands at.
func outerReference(i int, child *pb.Expression_ReferenceSegment) *pb.Expression {
	return &pb.Expression{RexType: &pb.Expression_Selection{Selection: &pb.Expression_FieldReference{
		ReferenceType: &pb.Expression_FieldReference_DirectReference{DirectReference: structField(i, child)},
		RootType: &pb.Expression_FieldReference_OuterReference_{
			OuterReference: &pb.Expression_FieldReference_OuterReference{StepsOut: 1},
		},
	}}}
}
