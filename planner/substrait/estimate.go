package substrait

import (
	"github.com/apache/arrow-go/v18/arrow"
	pb "github.com/substrait-io/substrait-protobuf/go/substraitpb"

	"github.com/mediaflight/mediaflight/planner/plan"
)

// WriteWithEstimates writes a plan whose relations tell how many rows they are expected to put out, for EXPLAIN to show beside what they
// do. Other plans go without: nothing depends on it.
func WriteWithEstimates(n plan.Node, estimate func(plan.Node) float64) ([]byte, *arrow.Schema, error) {
	return newWriter(estimate).plan(n)
}

// hint notes an estimate in the part of a relation that all have in common.
func hint(rel *pb.Rel, rows float64) {
	of := rel.ProtoReflect()
	kind := of.WhichOneof(of.Descriptor().Oneofs().ByName("rel_type"))
	relation := of.Mutable(kind).Message()
	common := relation.Descriptor().Fields().ByName("common")
	if common == nil { // a reference has none
		return
	}
	relation.Mutable(common).Message().Interface().(*pb.RelCommon).Hint = &pb.RelCommon_Hint{Stats: &pb.RelCommon_Hint_Stats{RowCount: rows}}
}
