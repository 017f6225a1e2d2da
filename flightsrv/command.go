package flightsrv

import (
	"context"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/planner/plan"
)

// runCommand runs a statement that is not a plan of operators, and returns its answer.
func (s *Server) runCommand(ctx context.Context, r *request, command plan.Command) (arrow.RecordBatch, error) {
	var err error
	switch c := command.(type) {
	case plan.Set:
		err = s.runSet(ctx, r, c)
	case plan.Show:
		return r.show(c)
	case plan.Nothing:
		s.notice(ctx, r, "%s", c.Notice)
	case plan.CreateSchema:
		err = s.createSchema(ctx, r, c)
	case plan.DropSchema:
		err = s.dropSchema(ctx, r, c)
	case plan.CreateTable:
		err = s.createTable(ctx, r, c)
	case plan.DropTable:
		err = s.dropTable(ctx, r, c)
	case plan.AlterTable:
		err = s.alterTable(ctx, r, c)
	case plan.RenameTable:
		err = s.renameTable(ctx, r, c)
	case plan.Truncate:
		err = s.truncate(ctx, c)
	case plan.CreateView:
		err = s.createView(ctx, c)
	case plan.Prepare:
		err = s.prepareNamed(ctx, r, c)
	case plan.Deallocate:
		err = r.session.Deallocate(c.Name)
	case plan.Discard:
		err = s.discard(ctx, r, c)
	case plan.CreateFunction:
		err = s.createFunction(ctx, c)
	case plan.DropFunction:
		err = s.dropFunction(ctx, r, c)
	case plan.DropView:
		err = s.dropView(ctx, r, c)
	case plan.Comment:
		err = s.comment(ctx, c)
	case plan.CreateIndex:
		err = s.createIndex(ctx, r, c)
	case plan.Reindex:
		err = s.reindex(ctx, r, c)
	case plan.DropIndex:
		err = s.dropIndex(ctx, r, c)
	default:
		err = fmt.Errorf("command %T is not known to the server", command)
	}
	if err != nil {
		return nil, err
	}
	return countBatch(0), nil
}

// commandSchema is of the rows that a command answers with.
func commandSchema(command plan.Command) *arrow.Schema {
	if show, ok := command.(plan.Show); ok {
		return showSchema(show)
	}
	return countSchema
}

// textSchema has columns of text.
func textSchema(names ...string) *arrow.Schema {
	fields := make([]arrow.Field, len(names))
	for i, name := range names {
		fields[i] = arrow.Field{Name: name, Type: arrow.BinaryTypes.String}
	}
	return describe(arrow.NewSchema(fields, nil))
}

// textBatch is rows of text.
func textBatch(schema *arrow.Schema, rows [][]string) arrow.RecordBatch {
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	for _, row := range rows {
		for i, text := range row {
			b.Field(i).(*array.StringBuilder).Append(text)
		}
	}
	return b.NewRecordBatch()
}
