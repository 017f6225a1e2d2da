package flightsrv

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"
	pb "github.com/apache/arrow-go/v18/arrow/flight/gen/flight"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/substrait-io/substrait-protobuf/go/substraitpb"
	"google.golang.org/protobuf/proto"

	"github.com/mediaflight/mediaflight/exec"
	"github.com/mediaflight/mediaflight/planner"
)

// statementSubstraitPlan is a plan that the client made itself, instead of SQL.
var statementSubstraitPlan = command{
	message: &pb.CommandStatementSubstraitPlan{},
	schema: on(func(ctx context.Context, s *Server, r *request, m *pb.CommandStatementSubstraitPlan) (*arrow.Schema, error) {
		st, err := s.substrait(ctx, r, m.GetPlan().GetPlan(), m.TransactionId)
		if err != nil {
			return nil, err
		}
		return st.schema(), nil
	}),
	info: on(func(ctx context.Context, s *Server, r *request, m *pb.CommandStatementSubstraitPlan) (*answer, error) {
		st, err := s.substrait(ctx, r, m.GetPlan().GetPlan(), m.TransactionId)
		if err != nil {
			return nil, err
		}
		return s.begin(ctx, r, st)
	}),
	put: func(ctx context.Context, s *Server, r *request, m proto.Message, in *putStream) error {
		update := m.(*pb.CommandStatementSubstraitPlan)
		st, err := s.substrait(ctx, r, update.GetPlan().GetPlan(), update.TransactionId)
		if err != nil {
			return err
		}
		count, err := s.update(ctx, r, st)
		if err != nil {
			return err
		}
		return in.answer(&pb.DoPutUpdateResult{RecordCount: count})
	},
}

// substrait makes a statement of a plan. The executor decides whether it is one that it runs.
func (s *Server) substrait(ctx context.Context, r *request, plan, transaction []byte) (*statement, error) {
	if len(transaction) > 0 {
		return nil, noTransactions()
	}
	env := s.execEnv(r.id, r.env(), nil, 0)
	env.Mem = memory.DefaultAllocator // compiled for its schema and not run, the query keeps its constants
	q, err := exec.Compile(ctx, plan, env)
	if err != nil {
		return nil, err
	}
	planned := &planner.Statement{Tag: "SUBSTRAIT", Plan: plan}
	planned.Changes = endsInWrite(plan)
	if !planned.Changes || !q.Schema().Equal(countSchema) {
		planned.Schema = q.Schema()
	}
	return &statement{Statement: planned, sql: "a Substrait plan"}, nil
}

// endsInWrite tells plans that change rows, which are run at once, from queries.
func endsInWrite(plan []byte) bool {
	var p substraitpb.Plan
	if err := proto.Unmarshal(plan, &p); err != nil {
		return false // the executor has refused it already
	}
	for _, relation := range p.Relations {
		if relation.GetRoot().GetInput().GetWrite() != nil {
			return true
		}
	}
	return false
}
