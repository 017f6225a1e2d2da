package flightsrv

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/arrow"
	pb "github.com/apache/arrow-go/v18/arrow/flight/gen/flight"
	"google.golang.org/protobuf/proto"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/catalog/files"
	"github.com/mediaflight/mediaflight/catalog/temporary"
)

// statementIngest loads the client's rows into a table, which it may create or replace. Rows stream through: what is held in
// memory is a batch and what the table's writer buffers. They become visible together when the stream ends; a stream
// that fails leaves none of them behind.
var statementIngest = command{
	message: &pb.CommandStatementIngest{},
	put: func(ctx context.Context, s *Server, r *request, m proto.Message, in *putStream) error {
		load, err := s.newIngest(r, m.(*pb.CommandStatementIngest))
		if err != nil {
			return err
		}
		ctx, now, done := s.track(ctx, r, "bulk ingest into "+load.name.String())
		defer done()
		in.waits = &now.waits
		if load.staged {
			count, receipt, err := s.stage(ctx, load, in)
			if err != nil {
				return interrupted(ctx, err)
			}
			if err := in.answer(&pb.DoPutUpdateResult{RecordCount: count}); err != nil || receipt == nil {
				return err
			}
			return in.stream.Send(&pb.PutResult{AppMetadata: receipt})
		}
		count, err := s.ingest(ctx, load, in)
		if err != nil {
			return interrupted(ctx, err)
		}
		return in.answer(&pb.DoPutUpdateResult{RecordCount: count})
	},
}

// An ingest is a bulk load as the client asked for it.
type ingest struct {
	name      catalog.Name
	ifMissing pb.CommandStatementIngest_TableDefinitionOptions_TableNotExistOption
	ifExists  pb.CommandStatementIngest_TableDefinitionOptions_TableExistsOption
	staged    bool // for a later commit
}

// The options' names as they are generated stutter.
const (
	createIfMissing = pb.CommandStatementIngest_TableDefinitionOptions_TABLE_NOT_EXIST_OPTION_CREATE
	failIfMissing   = pb.CommandStatementIngest_TableDefinitionOptions_TABLE_NOT_EXIST_OPTION_FAIL
	failIfExists    = pb.CommandStatementIngest_TableDefinitionOptions_TABLE_EXISTS_OPTION_FAIL
	appendIfExists  = pb.CommandStatementIngest_TableDefinitionOptions_TABLE_EXISTS_OPTION_APPEND
	replaceIfExists = pb.CommandStatementIngest_TableDefinitionOptions_TABLE_EXISTS_OPTION_REPLACE
)

func (s *Server) newIngest(r *request, m *pb.CommandStatementIngest) (*ingest, error) {
	options := m.GetTableDefinitionOptions()
	load := &ingest{
		name:      catalog.Name{Schema: m.GetSchema(), Table: m.GetTable()},
		ifMissing: options.GetIfNotExist(),
		ifExists:  options.GetIfExists(),
	}
	var err error
	if load.staged, err = isStaged(m.GetOptions()); err != nil {
		return nil, err
	}
	if m.GetTemporary() {
		load.name.Schema = temporary.Schema
	}
	if load.name.Schema == "" {
		load.name.Schema = r.values().Schema
	}
	switch {
	case m.GetCatalog() != "" && m.GetCatalog() != catalog.Database:
		return nil, &Error{State: undefinedCatalog, Msg: fmt.Sprintf("catalog %q does not exist", m.GetCatalog()), Hint: "the catalog is " + catalog.Database}
	case len(m.GetTransactionId()) > 0:
		return nil, noTransactions()
	case load.name.Table == "":
		return nil, &Error{State: invalidParameter, Msg: "bulk ingest without a table's name"}
	case load.staged && (load.ifMissing != failIfMissing || load.ifExists != appendIfExists):
		return nil, &Error{State: invalidParameter, Msg: "rows are staged for a table that there is", Hint: "ask to fail where it is missing, and to append where it exists"}
	case load.ifMissing != createIfMissing && load.ifMissing != failIfMissing,
		load.ifExists != failIfExists && load.ifExists != appendIfExists && load.ifExists != replaceIfExists:
		return nil, &Error{State: invalidParameter, Msg: "bulk ingest does not say what to do where the table exists, or does not"}
	}
	return load, nil
}

// ingest reads the rows into the table and returns how many there were.
func (s *Server) ingest(ctx context.Context, load *ingest, in *putStream) (int64, error) {
	reader, err := in.records()
	if errors.Is(err, io.EOF) {
		return 0, &Error{State: protocolViolation, Msg: "bulk ingest without a schema"}
	}
	if err != nil {
		return 0, err
	}
	defer reader.Release()
	out, schema, err := s.ingestTarget(ctx, load, reader.Schema())
	if err != nil {
		return 0, err
	}
	defer out.Abort()
	for reader.Next() {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		converted, err := files.Convert(s.config.Allocator, reader.RecordBatch(), schema)
		if err != nil {
			return 0, err
		}
		err = out.Write(converted)
		converted.Release()
		if err != nil {
			return 0, err
		}
	}
	if err := reader.Err(); err != nil && !errors.Is(err, io.EOF) {
		return 0, in.fault(err)
	}
	defer s.plans.namesChanged()
	return out.Commit(ctx)
}

// ingestTarget begins the write: to the table that there is, or to one that comes to be, or takes its place, with the commit.
func (s *Server) ingestTarget(ctx context.Context, load *ingest, from *arrow.Schema) (catalog.Append, *arrow.Schema, error) {
	if load.name.Schema == temporary.Schema {
		if err := s.allowTemporary(ctx, requestOf(ctx)); err != nil {
			return nil, nil, err
		}
	}
	table, err := s.catalog(ctx).Table(ctx, load.name)
	switch {
	case err == nil && load.ifExists == appendIfExists:
		out, err := table.Append(ctx)
		return out, table.Current().Schema(), err
	case err == nil && load.ifExists == failIfExists:
		return nil, nil, &Error{State: "42P07", Msg: fmt.Sprintf("table %s already exists", load.name)}
	case err != nil && (load.ifMissing == failIfMissing || !isState(err, "42P01")):
		return nil, nil, err
	}
	schema, fault := files.TableSchema(from)
	if fault != nil {
		return nil, nil, fault
	}
	start := s.catalog(ctx).CreateTableAs
	if err == nil {
		start = s.catalog(ctx).ReplaceTableAs
	}
	out, err := start(ctx, load.name, catalog.Definition{Schema: schema})
	return out, schema, err
}
