package flightsrv

import (
	"context"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	pb "github.com/apache/arrow-go/v18/arrow/flight/gen/flight"
)

// statementQuery is SQL text whose rows are wanted. DDL and DML come this way too, from ADBC: they run when they are
// asked for and DoGet repeats their count. As a ticket it is run by DoGet, which saves a round trip.
var statementQuery = command{
	message: &pb.CommandStatementQuery{},
	schema: on(func(ctx context.Context, s *Server, r *request, m *pb.CommandStatementQuery) (*arrow.Schema, error) {
		planned, err := s.plan(ctx, r, m.Query, nil)
		if err != nil {
			return nil, err
		}
		return (&statement{Statement: planned}).schema(), nil
	}),
	info: on(func(ctx context.Context, s *Server, r *request, m *pb.CommandStatementQuery) (*answer, error) {
		st, err := s.planOnce(ctx, r, m.Query, m.TransactionId)
		if err != nil {
			return nil, err
		}
		return s.begin(ctx, r, st)
	}),
	get: on(func(ctx context.Context, s *Server, r *request, m *pb.CommandStatementQuery) (rows, error) {
		return s.readSQL(ctx, r, m.Query)
	}),
}

// ticketStatementQuery is the ticket that GetFlightInfo gives. One whose handle is SQL text is accepted too.
var ticketStatementQuery = command{
	message: &pb.TicketStatementQuery{},
	get: on(func(ctx context.Context, s *Server, r *request, m *pb.TicketStatementQuery) (rows, error) {
		if isTicket(m.StatementHandle) || !isSQL(m.StatementHandle) {
			return s.redeem(ctx, r, m.StatementHandle)
		}
		return s.readSQL(ctx, r, string(m.StatementHandle))
	}),
}

// redeem runs a ticket that was handed out before.
func (s *Server) redeem(ctx context.Context, r *request, handle []byte) (rows, error) {
	t, err := s.openTicket(r, handle)
	if err != nil {
		return rows{}, err
	}
	return s.read(ctx, t)
}

// openTicket reads a ticket that was handed out to the client before, and is still good.
func (s *Server) openTicket(r *request, handle []byte) (*ticket, error) {
	t, err := decodeTicket(s.config.TicketKey, handle)
	if err != nil {
		return nil, err
	}
	if t.principal != r.client.Principal {
		return nil, &Error{State: "42501", Msg: "the ticket was given to someone else"}
	}
	if !t.expires.IsZero() && r.start.After(t.expires) {
		return nil, &Error{State: ticketExpired, Msg: "the ticket has expired: it was good until " + t.expires.UTC().Format(time.RFC3339),
			Hint: "call GetFlightInfo again; RenewFlightEndpoint prolongs a ticket that is still good"}
	}
	return t, nil
}

// readSQL runs a statement and returns its rows at once.
func (s *Server) readSQL(ctx context.Context, r *request, sql string) (rows, error) {
	st, err := s.planOnce(ctx, r, sql, nil)
	if err != nil {
		return rows{}, err
	}
	a, err := s.begin(ctx, r, st)
	if err != nil {
		return rows{}, err
	}
	answer, err := s.read(ctx, a.ticket)
	return answer, inStatement(sql, err)
}
