package exec

import (
	pb "github.com/substrait-io/substrait-protobuf/go/substraitpb"
)

// expectedRows is the number of rows that a relation is hinted to put out, negative if there is no hint. Only EXPLAIN shows it.
func expectedRows(rel *pb.Rel) float64 {
	of := rel.ProtoReflect()
	kind := of.WhichOneof(of.Descriptor().Oneofs().ByName("rel_type"))
	if kind == nil || kind.Message() == nil {
		return -1
	}
	relation := of.Get(kind).Message()
	common := relation.Descriptor().Fields().ByName("common")
	if common == nil || !relation.Has(common) {
		return -1
	}
	stats := relation.Get(common).Message().Interface().(*pb.RelCommon).GetHint().GetStats()
	if stats == nil {
		return -1
	}
	return stats.RowCount
}
