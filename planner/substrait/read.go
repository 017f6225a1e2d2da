package substrait

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	pb "github.com/substrait-io/substrait-protobuf/go/substraitpb"
	"github.com/substrait-io/substrait-protobuf/go/substraitpb/extensions"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/mediaflight/mediaflight/planner/plan"
)

// scan writes a read of a table at its pinned snapshot.
func (w *writer) scan(n *plan.Scan) (*pb.ReadRel, error) {
	schema, err := w.namedStruct(n.Source)
	if err != nil {
		return nil, err
	}
	snapshot, err := anypb.New(wrapperspb.Int64(n.Table.Snapshot))
	if err != nil {
		return nil, err
	}
	items := make([]*pb.Expression_MaskExpression_StructItem, 0, len(n.Read)+1)
	for _, i := range n.Read {
		items = append(items, &pb.Expression_MaskExpression_StructItem{Field: int32(i)})
	}
	if n.Address != nil {
		items = append(items, &pb.Expression_MaskExpression_StructItem{Field: int32(n.Source.NumFields())})
		if err := w.addAddress(schema, n.Address); err != nil {
			return nil, err
		}
	}
	read := &pb.ReadRel{
		BaseSchema: schema,
		Projection: &pb.Expression_MaskExpression{Select: &pb.Expression_MaskExpression_StructSelect{StructItems: items}},
		ReadType:   &pb.ReadRel_NamedTable_{NamedTable: &pb.ReadRel_NamedTable{Names: []string{n.Table.Name.Schema, n.Table.Name.Table}}},

		AdvancedExtension: &extensions.AdvancedExtension{Enhancement: snapshot},
	}
	if n.Files != nil {
		if read.ReadType, err = localFiles(n.Files); err != nil {
			return nil, err
		}
	}
	if n.Recall > 0 {
		recall, err := anypb.New(wrapperspb.Double(n.Recall))
		if err != nil {
			return nil, err
		}
		read.AdvancedExtension.Optimization = append(read.AdvancedExtension.Optimization, recall)
	}
	if n.Filter != nil {
		all := n.All
		if n.Address != nil {
			all = append(slices.Clone(all), *n.Address)
		}
		if read.Filter, err = w.expression(n.Filter, all); err != nil {
			return nil, err
		}
	}
	return read, nil
}

// addAddress appends the row address to a base schema.
func (w *writer) addAddress(schema *pb.NamedStruct, address *plan.Column) error {
	t, err := w.typeOf(address.Type, false)
	if err != nil {
		return err
	}
	schema.Names = append(schema.Names, address.Name)
	schema.Struct.Types = append(schema.Struct.Types, t)
	return nil
}

// values writes constant rows.
func (w *writer) values(n *plan.Values) (*pb.Rel, columns, error) {
	out := make(columns, len(n.Cols))
	fields := make([]arrow.Field, len(n.Cols))
	for i, c := range n.Cols {
		c.Nullable = c.Nullable && len(n.Rows) == 0 // without rows, what it stands for decides
		for _, row := range n.Rows {
			c.Nullable = c.Nullable || w.nullable(row[i], nil)
		}
		out[i] = c
		fields[i] = arrow.Field{Name: c.Name, Type: c.Type, Nullable: c.Nullable}
	}
	schema, err := w.namedStruct(arrow.NewSchema(fields, nil))
	if err != nil {
		return nil, nil, err
	}
	table := &pb.ReadRel_VirtualTable{}
	for _, row := range n.Rows {
		es, err := w.expressions(row, nil)
		if err != nil {
			return nil, nil, err
		}
		table.Expressions = append(table.Expressions, &pb.Expression_Nested_Struct{Fields: es})
	}
	read := &pb.ReadRel{BaseSchema: schema, ReadType: &pb.ReadRel_VirtualTable_{VirtualTable: table}}
	return &pb.Rel{RelType: &pb.Rel_Read{Read: read}}, out, nil
}

// namedStruct writes a schema.
func (w *writer) namedStruct(schema *arrow.Schema) (*pb.NamedStruct, error) {
	out := &pb.NamedStruct{Struct: &pb.Type_Struct{Nullability: pb.Type_NULLABILITY_REQUIRED}}
	for _, f := range schema.Fields() {
		t, err := w.typeOf(f.Type, f.Nullable)
		if err != nil {
			return nil, err
		}
		out.Names = appendNames(out.Names, f.Name, f.Type)
		out.Struct.Types = append(out.Struct.Types, t)
	}
	return out, nil
}

// always is the condition of an outer join that has none.
func always() plan.Expr {
	b := array.NewBooleanBuilder(memory.DefaultAllocator)
	b.Append(true)
	return &plan.Literal{Value: b.NewArray(), At: -1}
}
