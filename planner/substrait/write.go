package substrait

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	pb "github.com/substrait-io/substrait-protobuf/go/substraitpb"
	"github.com/substrait-io/substrait-protobuf/go/substraitpb/extensions"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/mediaflight/mediaflight/planner/plan"
)

// write writes a change of rows. The schema that it states is of the new rows, which the input has behind the address and
// before what is returned.
func (w *writer) write(n *plan.Write, input *pb.Rel, in columns) (*pb.Rel, columns, error) {
	rel := &pb.WriteRel{Input: input, Op: pb.WriteRel_WRITE_OP_INSERT, Output: pb.WriteRel_OUTPUT_MODE_MODIFIED_RECORDS,
		WriteType: &pb.WriteRel_NamedTable{NamedTable: &pb.NamedObjectWrite{Names: []string{n.Table.Schema, n.Table.Table}}}}
	out := columns(slices.Clone(n.Columns()))
	rows := in
	if n.Returning != nil {
		rows = in[:len(in)-len(n.Returning)]
		for i := range out {
			out[i].Nullable = in[len(rows)+i].Nullable
		}
	}
	if n.Kind != plan.Insert {
		rows = rows[1:]
		snapshot, err := anypb.New(wrapperspb.Int64(n.Snapshot))
		if err != nil {
			return nil, nil, err
		}
		rel.AdvancedExtension = &extensions.AdvancedExtension{Enhancement: snapshot}
	}
	switch n.Kind {
	case plan.Delete:
		rel.Op = pb.WriteRel_WRITE_OP_DELETE
		return &pb.Rel{RelType: &pb.Rel_Write{Write: rel}}, out, nil
	case plan.Update:
		rel.Op = pb.WriteRel_WRITE_OP_UPDATE
	}
	schema := n.Create
	if schema == nil {
		schema = rows.schema()
	} else {
		rel.Op = pb.WriteRel_WRITE_OP_CTAS
		rel.CreateMode = pb.WriteRel_CREATE_MODE_ERROR_IF_EXISTS
		if n.IfNot {
			rel.CreateMode = pb.WriteRel_CREATE_MODE_IGNORE_IF_EXISTS
		}
	}
	var err error
	rel.TableSchema, err = w.namedStruct(schema)
	return &pb.Rel{RelType: &pb.Rel_Write{Write: rel}}, out, err
}

// schema has a field for each column.
func (cs columns) schema() *arrow.Schema {
	fields := make([]arrow.Field, len(cs))
	for i, c := range cs {
		fields[i] = arrow.Field{Name: c.Name, Type: c.Type, Nullable: c.Nullable}
	}
	return arrow.NewSchema(fields, nil)
}
