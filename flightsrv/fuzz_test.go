package flightsrv

import (
	"context"
	"io"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	pb "github.com/apache/arrow-go/v18/arrow/flight/gen/flight"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// Whatever bytes come, the server answers in time and finds no fault with itself.

// seeds are commands as they come, to be mutated.
func seeds(f *testing.F) {
	f.Add([]byte("SELECT * FROM clips"))
	f.Add([]byte(ticketMagic + "0123456789abcdef"))
	for _, m := range []proto.Message{
		&pb.CommandStatementQuery{Query: "SELECT * FROM clips"},
		&pb.CommandStatementSubstraitPlan{Plan: &pb.SubstraitPlan{Plan: []byte{0x1a, 2, 8, 1}}},
		&pb.CommandPreparedStatementQuery{PreparedStatementHandle: []byte("x")},
		&pb.CommandGetTables{IncludeSchema: true, TableNameFilterPattern: proto.String("%\\_")},
		&pb.CommandGetDbSchemas{Catalog: proto.String("")},
		&pb.CommandGetSqlInfo{Info: []uint32{1, 999}},
		&pb.CommandGetXdbcTypeInfo{DataType: proto.Int32(12)},
		&pb.CommandGetPrimaryKeys{Table: "clips"},
		&pb.TicketStatementQuery{StatementHandle: []byte("SELECT 1")},
		&pb.CommandStatementIngest{Table: "t"},
	} {
		b, err := wrap(m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
}

func checkAnswer(t *testing.T, call string, err error) {
	t.Helper()
	switch status.Code(err) {
	case codes.Internal, codes.Unknown, codes.DeadlineExceeded, codes.Unavailable, codes.DataLoss:
		if err != io.EOF {
			t.Errorf("%s: %v", call, err)
		}
	}
}

func FuzzDescriptor(f *testing.F) {
	seeds(f)
	h := start(f, nil, clips(3, 2))
	c := h.bare(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		d := &pb.FlightDescriptor{Type: pb.FlightDescriptor_CMD, Cmd: b}
		_, err := c.GetSchema(ctx, d)
		checkAnswer(t, "GetSchema", err)
		info, err := c.GetFlightInfo(ctx, d)
		checkAnswer(t, "GetFlightInfo", err)
		if err == nil {
			checkAnswer(t, "DoGet of the ticket", drain(c.DoGet(ctx, info.Endpoint[0].Ticket)))
		}
		checkAnswer(t, "DoPut", put(ctx, c, &pb.FlightData{FlightDescriptor: d, DataHeader: b}))
		if utf8.Valid(b) {
			_, err := c.GetFlightInfo(ctx, &pb.FlightDescriptor{Type: pb.FlightDescriptor_PATH, Path: []string{string(b)}})
			checkAnswer(t, "GetFlightInfo of a path", err)
		}
	})
}

func FuzzTicket(f *testing.F) {
	seeds(f)
	h := start(f, nil, clips(3, 2))
	c := h.bare(f)
	key := h.config.TicketKey
	f.Add((&ticket{query: "q", plan: []byte("plan"), zone: "UTC"}).encode(key))
	f.Fuzz(func(t *testing.T, b []byte) {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		checkAnswer(t, "DoGet", drain(c.DoGet(ctx, &pb.Ticket{Ticket: b})))
		for _, action := range actions {
			checkAnswer(t, action.name, act(ctx, c, action.name, b))
		}
		checkAnswer(t, flightsql.BeginTransactionActionType, act(ctx, c, flightsql.BeginTransactionActionType, b))
		// Even a ticket that is signed, which no stranger can make, may hold anything.
		signed := append([]byte(ticketMagic), sign(key, b)[:signatureBytes]...)
		if ticket, err := decodeTicket(key, append(signed, b...)); err == nil && len(ticket.params) == 0 {
			checkAnswer(t, "DoGet of a signed ticket", drain(c.DoGet(ctx, &pb.Ticket{Ticket: append(signed, b...)})))
		}
	})
}
