package flightsrv

import (
	"context"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"google.golang.org/protobuf/proto"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/exec"
)

// metadataCommand is a command that answers with rows about the catalog or the server. The command itself is the ticket.
// Its schema is the specification's to the last nullability, because ADBC holds it to that. build appends the rows and may
// call flush when it has many.
func metadataCommand[M proto.Message](message M, schema func(M) *arrow.Schema, build func(context.Context, *Server, M, *batchBuilder) error) command {
	return command{
		message: message,
		schema: on(func(_ context.Context, _ *Server, _ *request, m M) (*arrow.Schema, error) {
			return schema(m), nil
		}),
		info: on(func(_ context.Context, _ *Server, _ *request, m M) (*answer, error) {
			return &answer{schema: schema(m), records: -1}, nil
		}),
		get: on(func(ctx context.Context, s *Server, _ *request, m M) (rows, error) {
			var batches exec.Batches = func(yield func(arrow.RecordBatch, error) bool) {
				b := &batchBuilder{RecordBuilder: array.NewRecordBuilder(s.config.Allocator, schema(m)), yield: yield}
				defer b.Release()
				err := build(ctx, s, m, b)
				if err == nil {
					b.flush()
				} else if !b.stopped {
					yield(nil, err)
				}
			}
			return rows{schema: schema(m), batches: batches}, nil
		}),
	}
}

func always[M any](schema *arrow.Schema) func(M) *arrow.Schema {
	return func(M) *arrow.Schema { return schema }
}

// A batchBuilder builds the rows of a metadata command.
type batchBuilder struct {
	*array.RecordBuilder
	yield   func(arrow.RecordBatch, error) bool
	stopped bool // the reader wants no more
	rows    int
}

// row appends one row: strings, *strings for what may be NULL, int32, uint8 and []byte, one for each column.
func (b *batchBuilder) row(values ...any) {
	for i, value := range values {
		switch value := value.(type) {
		case string:
			b.Field(i).(*array.StringBuilder).Append(value)
		case *string:
			if value == nil {
				b.Field(i).AppendNull()
			} else {
				b.Field(i).(*array.StringBuilder).Append(*value)
			}
		case int32:
			b.Field(i).(*array.Int32Builder).Append(value)
		case uint8:
			b.Field(i).(*array.Uint8Builder).Append(value)
		case []byte:
			b.Field(i).(*array.BinaryBuilder).Append(value)
		}
	}
	b.rows++
}

// flush passes on the rows built so far and tells whether more are wanted.
func (b *batchBuilder) flush() bool {
	if b.rows == 0 || b.stopped {
		return !b.stopped
	}
	batch := b.NewRecordBatch()
	b.rows = 0
	b.stopped = !b.yield(batch, nil)
	batch.Release()
	return !b.stopped
}

// inCatalog tells whether a command's catalog is ours. Absent is any catalog, empty is what has none.
func inCatalog(name *string) bool { return name == nil || *name == catalog.Database }

// schemas lists the schemas that fit a pattern, in the order of their names.
func (s *Server) schemas(ctx context.Context, pattern *string) ([]catalog.Schema, error) {
	all, err := s.catalog(ctx).Schemas(ctx)
	if err != nil {
		return nil, err
	}
	var fit []catalog.Schema
	for _, schema := range all {
		if like(pattern, schema.Name) {
			fit = append(fit, schema)
		}
	}
	slices.SortFunc(fit, func(a, b catalog.Schema) int { return strings.Compare(a.Name, b.Name) })
	return fit, nil
}

// eachTable calls f for the tables that fit, in the order of their names, until it returns false. A table that goes away
// meanwhile is left out.
func (s *Server) eachTable(ctx context.Context, schemaPattern, tablePattern *string, f func(catalog.Schema, catalog.Table) bool) error {
	schemas, err := s.schemas(ctx, schemaPattern)
	if err != nil {
		return err
	}
	for _, schema := range schemas {
		names, err := s.catalog(ctx).Tables(ctx, schema.Name)
		if isState(err, "3F000") {
			continue
		}
		if err != nil {
			return err
		}
		slices.Sort(names)
		for _, name := range names {
			if !like(tablePattern, name) {
				continue
			}
			table, err := s.catalog(ctx).Table(ctx, catalog.Name{Schema: schema.Name, Table: name})
			if isState(err, "42P01") || isState(err, "3F000") {
				continue
			}
			if err != nil {
				return err
			}
			if !f(schema, table) {
				return nil
			}
		}
	}
	return nil
}
