package system

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/catalog"
)

// A view is a system table: its columns, and how to find its rows.
type view struct {
	name    string
	comment string
	columns []arrow.Field
	// rows adds the view's rows. It may leave out those that the reading does not want.
	rows func(ctx context.Context, r *reading) error
}

// Columns of views. Anything may be NULL, as a constraint of system tables would tell nobody anything.
func text(name string) arrow.Field { return nullable(name, arrow.BinaryTypes.String) }
func cardinal(name string) arrow.Field {
	return nullable(name, arrow.PrimitiveTypes.Int32)
}
func number(name string) arrow.Field { return nullable(name, arrow.PrimitiveTypes.Int64) }
func truth(name string) arrow.Field  { return nullable(name, arrow.FixedWidthTypes.Boolean) }
func double(name string) arrow.Field { return nullable(name, arrow.PrimitiveTypes.Float64) }
func instant(name string) arrow.Field {
	return nullable(name, &arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: "UTC"})
}

func nullable(name string, dt arrow.DataType) arrow.Field {
	return arrow.Field{Name: name, Type: dt, Nullable: true}
}

// texts are text columns of the given names.
func texts(names ...string) []arrow.Field {
	fields := make([]arrow.Field, len(names))
	for i, name := range names {
		fields[i] = text(name)
	}
	return fields
}

// A reading is one scan of a view. A nil set of names wants them all.
type reading struct {
	catalog *system
	builder *array.RecordBuilder
	schemas map[string]bool
	tables  map[string]bool
	columns map[string]bool
}

// read finds the rows of a view that may fulfill the predicates, of which it heeds those on names of schemas and tables,
// and of the columns that are wanted those that are costly to find.
func read(ctx context.Context, c *system, v *view, schema *arrow.Schema, columns []int, prune []catalog.Predicate) (arrow.RecordBatch, error) {
	r := &reading{catalog: c, builder: array.NewRecordBuilder(memory.DefaultAllocator, schema)}
	defer r.builder.Release()
	for _, p := range prune {
		switch schema.Field(p.Column).Name {
		case "table_schema", "schema_name", "index_schema":
			r.schemas = narrow(r.schemas, p)
		case "table_name":
			r.tables = narrow(r.tables, p)
		}
	}
	if columns != nil {
		r.columns = map[string]bool{}
		for _, i := range columns {
			r.columns[schema.Field(i).Name] = true
		}
	}
	if err := v.rows(ctx, r); err != nil {
		return nil, err
	}
	return r.builder.NewRecordBatch(), nil
}

// narrow returns the names of a set that a predicate allows.
func narrow(set map[string]bool, p catalog.Predicate) map[string]bool {
	values, ok := p.Values.(*array.String)
	if !ok || p.Op != catalog.Eq && p.Op != catalog.In {
		return set
	}
	allowed := map[string]bool{}
	for i := range values.Len() {
		if values.IsValid(i) && wants(set, values.Value(i)) {
			allowed[values.Value(i)] = true
		}
	}
	return allowed
}

func wants(set map[string]bool, name string) bool { return set == nil || set[name] }

// add adds a row. A value that is nil or an empty string is NULL.
func (r *reading) add(values ...any) {
	if len(values) != len(r.builder.Fields()) {
		panic(fmt.Sprintf("row of %d values for %s", len(values), r.builder.Schema()))
	}
	for i, value := range values {
		switch b := r.builder.Field(i).(type) {
		case *array.StringBuilder:
			if s, ok := value.(string); ok && s != "" {
				b.Append(s)
				continue
			}
		case *array.Int32Builder:
			if n, ok := value.(int); ok {
				b.Append(int32(n))
				continue
			}
		case *array.Int64Builder:
			if n, ok := value.(int64); ok {
				b.Append(n)
				continue
			}
		case *array.Float64Builder:
			if x, ok := value.(float64); ok {
				b.Append(x)
				continue
			}
		case *array.BooleanBuilder:
			if v, ok := value.(bool); ok {
				b.Append(v)
				continue
			}
		case *array.TimestampBuilder:
			if t, ok := value.(time.Time); ok {
				b.Append(arrow.Timestamp(t.UnixMicro()))
				continue
			}
		}
		r.builder.Field(i).AppendNull()
	}
}

// eachSchema visits the schemas that are wanted.
func (r *reading) eachSchema(ctx context.Context, visit func(catalog.Schema) error) error {
	schemas, err := r.catalog.Schemas(ctx)
	if err != nil {
		return err
	}
	for _, s := range schemas {
		if wants(r.schemas, s.Name) {
			if err := visit(s); err != nil {
				return err
			}
		}
	}
	return nil
}

// eachName visits the names of the tables that are wanted.
func (r *reading) eachName(ctx context.Context, visit func(catalog.Schema, catalog.Name) error) error {
	return r.eachListed(ctx, r.catalog.Tables, visit)
}

// eachListed visits the names that list has in each schema, where they are wanted.
func (r *reading) eachListed(ctx context.Context, list func(context.Context, string) ([]string, error), visit func(catalog.Schema, catalog.Name) error) error {
	return r.eachSchema(ctx, func(s catalog.Schema) error {
		names, err := list(ctx, s.Name)
		if gone(err) {
			return nil
		}
		if err != nil {
			return err
		}
		for _, name := range names {
			if wants(r.tables, name) {
				if err := visit(s, catalog.Name{Schema: s.Name, Table: name}); err != nil {
					return err
				}
			}
		}
		return ctx.Err()
	})
}

// eachTable visits the tables that are wanted. One that cannot be loaded is left out: its files may be lost, and who
// asks what else there is should get an answer.
func (r *reading) eachTable(ctx context.Context, visit func(catalog.Table) error) error {
	return r.eachName(ctx, func(_ catalog.Schema, name catalog.Name) error {
		t, err := r.catalog.Table(ctx, name)
		if gone(err) {
			return nil
		}
		if err != nil {
			return err
		}
		return visit(t)
	})
}

// gone tells errors that concern one schema, table or index: it was dropped meanwhile, or its files are lost or damaged.
func gone(err error) bool {
	var e *catalog.Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.State {
	case "3F000", "42P01", "42704", "58P01", "XX001", "0A000":
		return true
	}
	return false
}
