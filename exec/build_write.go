package exec

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"
	pb "github.com/substrait-io/substrait-protobuf/go/substraitpb"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/mediaflight/mediaflight/catalog"
)

func (b *builder) write(ctx context.Context, r *pb.WriteRel) (Operator, error) {
	names := r.GetNamedTable().GetNames()
	if len(names) != 2 {
		return nil, malformed("table name of %d parts", len(names))
	}
	table := catalog.Name{Schema: names[0], Table: names[1]}
	input, err := b.input(ctx, r.Input)
	if err != nil {
		return nil, err
	}
	switch r.Op {
	case pb.WriteRel_WRITE_OP_INSERT:
		if r.AdvancedExtension.GetEnhancement() != nil {
			return b.change(r, input, table)
		}
		return b.insert(r, input, table)
	case pb.WriteRel_WRITE_OP_CTAS:
		return b.createAs(r, input, table)
	case pb.WriteRel_WRITE_OP_DELETE, pb.WriteRel_WRITE_OP_UPDATE:
		return b.change(r, input, table)
	}
	return nil, unsupported("write of kind %s", r.Op)
}

func (b *builder) insert(r *pb.WriteRel, input Operator, table catalog.Name) (Operator, error) {
	w := &Write{Input: input, Catalog: b.env.Catalog, Table: table, Mem: b.env.Mem, Columns: input.Schema().NumFields()}
	if r.TableSchema != nil {
		var err error
		if w.Target, err = b.namedStruct(r.TableSchema); err != nil {
			return nil, err
		}
		if err := checkTypes(input.Schema().Fields(), w.Target); err != nil {
			return nil, err
		}
		w.Columns = w.Target.NumFields()
	}
	w.memory = b.env.Memory
	w.returns(input.Schema(), w.Columns)
	return w, nil
}

// checkTypes makes sure that the first columns of an input are of a table's types.
func checkTypes(input []arrow.Field, table *arrow.Schema) error {
	if len(input) < table.NumFields() {
		return malformed("%d columns for a table of %d", len(input), table.NumFields())
	}
	for i, f := range table.Fields() {
		if !arrow.TypeEqual(input[i].Type, f.Type) {
			return malformed("column %q of type %s is written values of type %s", f.Name, f.Type, input[i].Type)
		}
	}
	return nil
}

func (b *builder) createAs(r *pb.WriteRel, input Operator, table catalog.Name) (Operator, error) {
	w := &Write{Input: input, Catalog: b.env.Catalog, Table: table, Columns: input.Schema().NumFields(), Mem: b.env.Mem}
	w.memory = b.env.Memory
	switch r.CreateMode {
	case pb.WriteRel_CREATE_MODE_UNSPECIFIED, pb.WriteRel_CREATE_MODE_ERROR_IF_EXISTS:
	case pb.WriteRel_CREATE_MODE_IGNORE_IF_EXISTS:
		w.IfNotExists = true
	default:
		return nil, unsupported("write with mode %s", r.CreateMode)
	}
	var err error
	if w.Create, err = b.namedStruct(r.TableSchema); err != nil {
		return nil, err
	}
	if w.Stated, err = statedDefinition(r); err != nil {
		return nil, err
	}
	if input.Schema().NumFields() > w.Create.NumFields() {
		return nil, malformed("%d columns for a table of %d", input.Schema().NumFields(), w.Create.NumFields())
	}
	return w, checkTypes(input.Schema().Fields(), w.Create)
}

// statedDefinition is what CREATE TABLE AS says of the table besides its columns.
func statedDefinition(r *pb.WriteRel) (catalog.Definition, error) {
	def := catalog.Definition{}
	extension := r.AdvancedExtension.GetEnhancement()
	if extension == nil {
		return def, nil
	}
	var stated structpb.Struct
	if err := extension.UnmarshalTo(&stated); err != nil {
		return def, malformed("properties of a table: %v", err)
	}
	for name, value := range stated.GetFields()["properties"].GetStructValue().GetFields() {
		if def.Properties == nil {
			def.Properties = map[string]string{}
		}
		def.Properties[name] = value.GetStringValue()
	}
	for _, item := range stated.GetFields()["partitioning"].GetListValue().GetValues() {
		f, err := catalog.ParsePartitionField(item.GetStringValue())
		if err != nil {
			return def, malformed("%v", err)
		}
		def.Partitioning = append(def.Partitioning, f)
	}
	return def, nil
}

// change builds a DELETE, an UPDATE or an INSERT that may update, whose addresses are those of the snapshot that it names.
func (b *builder) change(r *pb.WriteRel, input Operator, table catalog.Name) (Operator, error) {
	var snapshot wrapperspb.Int64Value
	if err := r.AdvancedExtension.GetEnhancement().UnmarshalTo(&snapshot); err != nil {
		return nil, malformed("snapshot of %s: %v", table, err)
	}
	c := &Change{Input: input, Catalog: b.env.Catalog, Table: table, Snapshot: snapshot.Value, Mem: b.env.Mem}
	schema := input.Schema()
	if schema.NumFields() < 1 || schema.Field(0).Type.ID() != arrow.INT64 {
		return nil, malformed("%s of rows without addresses", c)
	}
	c.Upsert = r.Op == pb.WriteRel_WRITE_OP_INSERT
	if r.Op == pb.WriteRel_WRITE_OP_UPDATE || c.Upsert {
		var err error
		if c.Target, err = b.namedStruct(r.TableSchema); err != nil {
			return nil, err
		}
		c.Columns = c.Target.NumFields()
		if err := checkTypes(schema.Fields()[1:], c.Target); err != nil {
			return nil, err
		}
	}
	c.memory = b.env.Memory
	c.returns(schema, 1+c.Columns)
	return c, nil
}
