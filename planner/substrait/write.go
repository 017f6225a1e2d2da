package substrait

import (
	"slices"

	pb "github.com/substrait-io/substrait-protobuf/go/substraitpb"
	"github.com/substrait-io/substrait-protobuf/go/substraitpb/extensions"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/mediaflight/mediaflight/planner/plan"
)

// write writes a change of rows. The schema that it states is the table's, of which the input has new rows behind the address and
// before what is returned.
func (w *writer) write(n *plan.Write, input *pb.Rel, in columns) (*pb.Rel, columns, error) {
	rel := &pb.WriteRel{Input: input, Op: pb.WriteRel_WRITE_OP_INSERT, Output: pb.WriteRel_OUTPUT_MODE_MODIFIED_RECORDS,
		WriteType: &pb.WriteRel_NamedTable{NamedTable: &pb.NamedObjectWrite{Names: []string{n.Table.Schema, n.Table.Table}}}}
	out := columns(slices.Clone(n.Columns()))
	for i := range n.Returning {
		out[i].Nullable = in[len(in)-len(out)+i].Nullable
	}
	if n.Kind != plan.Insert {
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
	schema := n.Target
	if n.Create != nil {
		schema = n.Create
		rel.Op = pb.WriteRel_WRITE_OP_CTAS
		rel.CreateMode = pb.WriteRel_CREATE_MODE_ERROR_IF_EXISTS
		if n.IfNot {
			rel.CreateMode = pb.WriteRel_CREATE_MODE_IGNORE_IF_EXISTS
		}
		if len(n.Properties)+len(n.Partitioning) > 0 {
			stated, err := tableProperties(n)
			if err != nil {
				return nil, nil, err
			}
			rel.AdvancedExtension = &extensions.AdvancedExtension{Enhancement: stated}
		}
	}
	var err error
	rel.TableSchema, err = w.namedStruct(schema)
	return &pb.Rel{RelType: &pb.Rel_Write{Write: rel}}, out, err
}

// tableProperties are what CREATE TABLE AS says of the table besides its columns.
func tableProperties(n *plan.Write) (*anypb.Any, error) {
	properties, partitioning := map[string]any{}, []any{}
	for name, value := range n.Properties {
		properties[name] = value
	}
	for _, f := range n.Partitioning {
		partitioning = append(partitioning, f.String())
	}
	stated, err := structpb.NewStruct(map[string]any{"properties": properties, "partitioning": partitioning})
	if err != nil {
		return nil, err
	}
	return anypb.New(stated)
}
