package flightsrv

import (
	"context"
	"errors"
	"io"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/flight"
	pb "github.com/apache/arrow-go/v18/arrow/flight/gen/flight"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"google.golang.org/protobuf/proto"

	"github.com/mediaflight/mediaflight/flightsrv/session"
	"github.com/mediaflight/mediaflight/planner"
)

// preparedStatementQuery is a prepared statement whose rows are wanted. DoPut binds parameters to it: those rows are kept
// with the statement, and its handle stays what it was, which is what every driver understands.
var preparedStatementQuery = command{
	message: &pb.CommandPreparedStatementQuery{},
	schema: on(func(ctx context.Context, s *Server, r *request, m *pb.CommandPreparedStatementQuery) (*arrow.Schema, error) {
		st, err := s.preparedStatement(ctx, r, string(m.PreparedStatementHandle), nil)
		if err != nil {
			return nil, err
		}
		return st.schema(), nil
	}),
	info: on(func(ctx context.Context, s *Server, r *request, m *pb.CommandPreparedStatementQuery) (*answer, error) {
		st, err := s.boundStatement(ctx, r, string(m.PreparedStatementHandle))
		if err != nil {
			return nil, err
		}
		return s.begin(ctx, r, st)
	}),
	get: on(func(ctx context.Context, s *Server, r *request, m *pb.CommandPreparedStatementQuery) (rows, error) {
		st, err := s.boundStatement(ctx, r, string(m.PreparedStatementHandle))
		if err != nil {
			return rows{}, err
		}
		a, err := s.begin(ctx, r, st)
		if err != nil {
			return rows{}, err
		}
		return s.read(ctx, a.ticket)
	}),
	put: func(ctx context.Context, s *Server, r *request, m proto.Message, in *putStream) error {
		handle := m.(*pb.CommandPreparedStatementQuery).PreparedStatementHandle
		bound, bytes, err := in.parameters()
		if err != nil {
			return err
		}
		if bound != nil {
			err = s.prepared.Bind(r.client.Principal, string(handle), bound, bytes)
			bound.Release()
		} else {
			_, err = s.prepared.Find(r.client.Principal, string(handle))
		}
		if err != nil {
			return err
		}
		return in.answer(&pb.DoPutPreparedStatementResult{PreparedStatementHandle: handle})
	},
}

// preparedStatementUpdate is a prepared statement whose count of changed rows is wanted. It comes with its parameters: the
// statement runs once for each row of them.
var preparedStatementUpdate = command{
	message: &pb.CommandPreparedStatementUpdate{},
	put: func(ctx context.Context, s *Server, r *request, m proto.Message, in *putStream) error {
		handle := string(m.(*pb.CommandPreparedStatementUpdate).PreparedStatementHandle)
		bound, _, err := in.parameters()
		if err != nil {
			return err
		}
		st, err := s.preparedStatement(ctx, r, handle, bound)
		if err != nil {
			return err
		}
		if st.params != nil && st.params.NumRows() == 0 {
			return in.answer(&pb.DoPutUpdateResult{}) // a batch of nothing
		}
		if err := st.checkParams(); err != nil {
			return inStatement(st.sql, err)
		}
		count, err := s.update(ctx, r, st)
		if err != nil {
			return err
		}
		return in.answer(&pb.DoPutUpdateResult{RecordCount: count})
	},
}

// boundStatement is a prepared statement with the parameters that were bound to it.
func (s *Server) boundStatement(ctx context.Context, r *request, handle string) (*statement, error) {
	p, err := s.prepared.Find(r.client.Principal, handle)
	if err != nil {
		return nil, err
	}
	st, err := s.preparedStatement(ctx, r, handle, s.prepared.Bound(p))
	if err != nil {
		return nil, err
	}
	return st, inStatement(st.sql, st.checkParams())
}

// preparedStatement plans a prepared statement and casts the rows bound to it, of which there may be none.
func (s *Server) preparedStatement(ctx context.Context, r *request, handle string, bound arrow.RecordBatch) (*statement, error) {
	p, err := s.prepared.Find(r.client.Principal, handle)
	if err != nil {
		return nil, err
	}
	if p.Plan != nil {
		return s.substrait(ctx, r, p.Plan, nil)
	}
	planned, err := s.plan(ctx, r, p.SQL, nil)
	if err != nil {
		return nil, err
	}
	st := &statement{Statement: planned, sql: p.SQL}
	var types []arrow.DataType
	st.replan = func(ctx context.Context) (*planner.Statement, error) { return s.plan(ctx, r, p.SQL, types) }
	if bound == nil || planned.Params == nil || planned.Params.NumFields() == 0 {
		return st, nil
	}
	bound, err = fit(bound, planned.Params)
	if err != nil {
		return nil, inStatement(p.SQL, err)
	}
	defer bound.Release()
	if types = statedTypes(planned.Params, bound.Schema()); types != nil {
		if st.Statement, err = s.plan(ctx, r, p.SQL, types); err != nil {
			return nil, err
		}
	}
	return st, inStatement(p.SQL, st.bind(bound, r.env()))
}

// createPreparedStatement plans a statement and keeps it.
func (s *Server) createPreparedStatement(ctx context.Context, r *request, m *pb.ActionCreatePreparedStatementRequest) (proto.Message, error) {
	if len(m.TransactionId) > 0 {
		return nil, noTransactions()
	}
	planned, err := s.plan(ctx, r, m.Query, nil)
	if err != nil {
		return nil, err
	}
	p := s.prepared.Add(r.client.Principal, m.Query, nil)
	return s.preparedResult(r, p, &statement{Statement: planned}), nil
}

// createPreparedSubstraitPlan keeps a plan.
func (s *Server) createPreparedSubstraitPlan(ctx context.Context, r *request, m *pb.ActionCreatePreparedSubstraitPlanRequest) (proto.Message, error) {
	plan := m.GetPlan().GetPlan()
	st, err := s.substrait(ctx, r, plan, m.TransactionId)
	if err != nil {
		return nil, err
	}
	return s.preparedResult(r, s.prepared.Add(r.client.Principal, "", plan), st), nil
}

// preparedResult describes a prepared statement. Drivers tell updates from queries by is_update where they know it, and
// where they do not by a schema without columns: the two say the same.
func (s *Server) preparedResult(r *request, p *session.Prepared, st *statement) proto.Message {
	isUpdate := st.isUpdate()
	var rows []byte
	if known, ok := s.plans.known(st.Plan); ok && st.isQuery() {
		rows = known.bytes
	} else if isUpdate {
		rows = flight.SerializeSchema(arrow.NewSchema(nil, nil), memory.DefaultAllocator)
	} else {
		rows = flight.SerializeSchema(st.schema(), memory.DefaultAllocator)
	}
	return &pb.ActionCreatePreparedStatementResult{
		PreparedStatementHandle: []byte(p.Handle),
		DatasetSchema:           rows,
		ParameterSchema:         flight.SerializeSchema(r.parameterSchema(st.Params), memory.DefaultAllocator),
		IsUpdate:                &isUpdate,
	}
}

// closePreparedStatement forgets a statement; one that is closed already stays closed.
func (s *Server) closePreparedStatement(_ context.Context, r *request, m *pb.ActionClosePreparedStatementRequest) (proto.Message, error) {
	s.prepared.Close(r.client.Principal, string(m.PreparedStatementHandle))
	return nil, nil
}

// maxBound is how many bytes of parameters one DoPut may bring. Bulk loads go through CommandStatementIngest, which holds
// none back.
const maxBound = 64 << 20

// parameters reads the rows that a client binds, as one batch; nil if it sends none.
func (in *putStream) parameters() (arrow.RecordBatch, int64, error) {
	reader, err := in.records()
	if errors.Is(err, io.EOF) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, err
	}
	defer reader.Release()
	var batches []arrow.RecordBatch
	defer func() {
		for _, b := range batches {
			b.Release()
		}
	}()
	var bytes int64
	for reader.Next() {
		b := reader.RecordBatch()
		if bytes += batchBytes(b); bytes > maxBound {
			return nil, 0, &Error{State: outOfMemory, Msg: "too many bound parameters", Hint: "bind fewer rows at once, or load them with a bulk ingest"}
		}
		b.Retain()
		batches = append(batches, b)
	}
	if err := reader.Err(); err != nil {
		return nil, 0, in.fault(err)
	}
	if reader.Schema().NumFields() == 0 || len(batches) == 0 {
		return nil, 0, nil
	}
	if len(batches) == 1 {
		batches[0].Retain()
		return batches[0], bytes, nil
	}
	all, err := concatenate(reader.Schema(), batches)
	return all, bytes, err
}

func concatenate(schema *arrow.Schema, batches []arrow.RecordBatch) (arrow.RecordBatch, error) {
	var rows int64
	for _, b := range batches {
		rows += b.NumRows()
	}
	columns := make([]arrow.Array, schema.NumFields())
	for i := range columns {
		parts := make([]arrow.Array, len(batches))
		for j, b := range batches {
			parts[j] = b.Column(i)
		}
		var err error
		if columns[i], err = array.Concatenate(parts, memory.DefaultAllocator); err != nil {
			return nil, err
		}
	}
	return array.NewRecordBatch(schema, columns, rows), nil
}
