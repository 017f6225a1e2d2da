package exec

import (
	"context"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	pb "github.com/substrait-io/substrait-protobuf/go/substraitpb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/exec/eval"
	"github.com/mediaflight/mediaflight/udf/substrait"
)

func (b *builder) read(ctx context.Context, r *pb.ReadRel) (Operator, error) {
	if r.BestEffortFilter != nil {
		return nil, unsupported("best-effort filter")
	}
	switch t := r.ReadType.(type) {
	case *pb.ReadRel_NamedTable_, *pb.ReadRel_LocalFiles_:
		read, err := b.tableRead(ctx, r)
		if err != nil {
			return nil, err
		}
		if search, err := b.vectorRange(ctx, r, read); search != nil || err != nil {
			return search, err
		}
		return b.scan(read), nil
	case *pb.ReadRel_VirtualTable_:
		return b.values(r, t.VirtualTable)
	default:
		return nil, unsupported("read of %T", t)
	}
}

// tableRead is a read of a table, understood.
type tableRead struct {
	table    catalog.Name
	snapshot catalog.Snapshot
	columns  []int           // of the snapshot's schema
	address  bool            // and the address, last
	where    []eval.Expr     // what rows must fulfill
	filter   *eval.Condition // the same; nil for all rows
	base     *arrow.Schema   // of the snapshot, as the plan spells it
}

func (b *builder) tableRead(ctx context.Context, r *pb.ReadRel) (*tableRead, error) {
	t, err := b.unfilteredRead(ctx, r)
	if err != nil || r.Filter == nil {
		return t, err
	}
	where, err := b.compiler.Compile(r.Filter, t.base)
	if err != nil {
		return nil, err
	}
	return t, b.keepWhere(t, eval.Conjuncts(where))
}

// keepWhere has a read keep the rows that fulfill all conditions.
func (b *builder) keepWhere(t *tableRead, where []eval.Expr) (err error) {
	t.where, t.filter = where, nil
	if len(where) == 0 {
		return nil
	}
	if t.filter, err = eval.NewCondition(eval.And(b.env.Mem, where), b.env.Mem); err != nil {
		return err
	}
	if c := t.filter.Columns(); len(c) > 0 && c[len(c)-1] >= t.snapshot.Schema().NumFields() {
		return unsupported("filter on %s", catalog.AddressColumn)
	}
	return nil
}

func (b *builder) unfilteredRead(ctx context.Context, r *pb.ReadRel) (*tableRead, error) {
	if r.GetLocalFiles() != nil {
		return b.fileRead(ctx, r)
	}
	names := r.GetNamedTable().GetNames()
	if len(names) != 2 {
		return nil, malformed("table name of %d parts", len(names))
	}
	t := &tableRead{table: catalog.Name{Schema: names[0], Table: names[1]}}
	var err error
	if t.snapshot, err = b.snapshot(ctx, t.table, r); err != nil {
		return nil, err
	}
	if t.base, err = b.namedStruct(r.BaseSchema); err != nil {
		return nil, err
	}
	if err := t.choose(r.Projection); err != nil {
		return nil, err
	}
	return t, nil
}

func (b *builder) snapshot(ctx context.Context, name catalog.Name, r *pb.ReadRel) (catalog.Snapshot, error) {
	table, err := b.env.Catalog.Table(ctx, name)
	if err != nil {
		return nil, err
	}
	var id wrapperspb.Int64Value
	e := r.AdvancedExtension.GetEnhancement()
	b.unpinned = b.unpinned || e == nil || table.Kind() == "SYSTEM TABLE"
	if e == nil {
		return table.Current(), nil
	} else if err := e.UnmarshalTo(&id); err != nil {
		return nil, malformed("snapshot of %s: %v", name, err)
	}
	if current := table.Current(); current.ID() == id.Value {
		return current, nil
	}
	return table.Snapshot(ctx, id.Value)
}

// choose sets the columns to read. The plan's idea of the table must be the snapshot's, with the address behind it or not.
func (t *tableRead) choose(mask *pb.Expression_MaskExpression) error {
	fields := t.base.NumFields()
	if fields > 0 && t.base.Field(fields-1).Name == catalog.AddressColumn {
		fields--
	}
	if !t.asPlanned(t.base.Fields()[:fields]) {
		return &Error{State: stateStalePlan, Msg: "columns of the table have changed since the statement was planned: " + t.table.String(),
			Hint: "run the statement again"}
	}
	if mask == nil {
		for i := range fields {
			t.columns = append(t.columns, i)
		}
		t.address = t.base.NumFields() > fields
		return nil
	}
	for i, item := range mask.GetSelect().GetStructItems() {
		at := int(item.Field)
		switch {
		case item.Child != nil:
			return unsupported("projection into a column")
		case at < 0 || at >= t.base.NumFields():
			return malformed("column %d of %d", at, t.base.NumFields())
		case at < fields:
			t.columns = append(t.columns, at)
		case i < len(mask.Select.StructItems)-1:
			return unsupported("%s before other columns", catalog.AddressColumn)
		default:
			t.address = true
		}
	}
	return nil
}

// asPlanned makes sure that the snapshot has the columns that the plan knows, if need be as the table had them once.
func (t *tableRead) asPlanned(columns []arrow.Field) bool {
	if sameColumns(columns, t.snapshot.Schema()) {
		return true
	}
	evolved, ok := t.snapshot.(catalog.Evolved)
	if !ok {
		return false
	}
	before := evolved.As(columns)
	if before != nil {
		t.snapshot = before
	}
	return before != nil
}

// sameColumns compares columns by names and types.
func sameColumns(columns []arrow.Field, schema *arrow.Schema) bool {
	return slices.EqualFunc(columns, schema.Fields(), func(a, b arrow.Field) bool { return a.Name == b.Name && arrow.TypeEqual(a.Type, b.Type) })
}

// schema is that of the rows that the read is to give.
func (t *tableRead) schema() *arrow.Schema {
	fields := make([]arrow.Field, 0, len(t.columns)+1)
	for _, c := range t.columns {
		fields = append(fields, t.base.Field(c))
	}
	if t.address {
		fields = append(fields, arrow.Field{Name: catalog.AddressColumn, Type: arrow.PrimitiveTypes.Int64})
	}
	return arrow.NewSchema(fields, nil)
}

func (b *builder) scan(t *tableRead) *Scan {
	return &Scan{Table: t.table, Snapshot: t.snapshot, Columns: t.columns, Address: t.address, Filter: t.filter, Rows: b.env.Rows, Mem: b.env.Mem, schema: t.schema()}
}

// values builds a virtual table. A filter and a projection of it are operators like any other.
func (b *builder) values(r *pb.ReadRel, table *pb.ReadRel_VirtualTable) (Operator, error) {
	//lint:ignore SA1019 looked at to refuse it
	if len(table.Values) > 0 {
		return nil, unsupported("virtual table of literals: use expressions")
	}
	schema, err := b.namedStruct(r.BaseSchema)
	if err != nil {
		return nil, err
	}
	v := &Values{Mem: b.env.Mem, schema: schema}
	for _, row := range table.Expressions {
		if len(row.Fields) != schema.NumFields() {
			return nil, malformed("row of %d values for %d columns", len(row.Fields), schema.NumFields())
		}
		exprs := make([]eval.Expr, len(row.Fields))
		for i, e := range row.Fields {
			if exprs[i], err = b.compiler.Compile(e, arrow.NewSchema(nil, nil)); err != nil {
				return nil, err
			}
			if !arrow.TypeEqual(exprs[i].Type(), schema.Field(i).Type) {
				return nil, malformed("value of type %s in a column of type %s", exprs[i].Type(), schema.Field(i).Type)
			}
		}
		v.Rows = append(v.Rows, exprs)
	}
	var op Operator = v
	if r.Filter != nil {
		condition, err := b.condition(r.Filter, schema)
		if err != nil {
			return nil, err
		}
		op = &Filter{Input: metered(op), Condition: condition, Mem: b.env.Mem}
	}
	if r.Projection == nil {
		return op, nil
	}
	emit := &pb.RelCommon_Emit{}
	for _, item := range r.Projection.GetSelect().GetStructItems() {
		emit.OutputMapping = append(emit.OutputMapping, item.Field)
	}
	return b.emitted(metered(op), nil, emit)
}

// namedStruct reads a schema.
func (b *builder) namedStruct(s *pb.NamedStruct) (*arrow.Schema, error) {
	all := slices.Clone(s.GetNames())
	var fields []arrow.Field
	for _, t := range s.GetStruct().GetTypes() {
		dt, nullable, err := substrait.ToArrow(t, b.names)
		if err != nil {
			return nil, malformed("%v", err)
		}
		var name string
		if name, all, err = takeName(all, dt); err != nil {
			return nil, err
		}
		fields = append(fields, arrow.Field{Name: name, Type: dt, Nullable: nullable})
	}
	return arrow.NewSchema(fields, nil), nil
}
