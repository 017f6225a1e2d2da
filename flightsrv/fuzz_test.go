package flightsrv

import (
	"bytes"
	"context"
	"io"
	"math/rand/v2"
	"slices"
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

// seeds are commands as they come, to be mutated. One has a plan that the server would make.
func seeds(t testing.TB, h *harness) [][]byte {
	const sql = "SELECT id + 1, title FROM clips WHERE id > 1 ORDER BY embedding <-> '[1,2]' LIMIT 2"
	st, err := h.plan(t.Context(), &request{start: time.Unix(0, 0)}, sql, nil)
	if err != nil {
		t.Fatal(err)
	}
	signed := (&ticket{query: "q", principal: Anonymous, plan: st.Plan, zone: "UTC", schema: "main"}).encode(h.config.TicketKey)
	out := [][]byte{signed, signed[len(ticketMagic)+signatureBytes:], []byte(sql)}
	for _, m := range []proto.Message{
		&pb.CommandStatementQuery{Query: "SELECT * FROM clips"},
		&pb.CommandStatementSubstraitPlan{Plan: &pb.SubstraitPlan{Plan: st.Plan}},
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
			t.Fatal(err)
		}
		out = append(out, b)
	}
	return out
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
	h := start(f, nil, clips(3, 2))
	for _, seed := range seeds(f, h) {
		f.Add(seed)
	}
	c := h.bare(f)
	f.Fuzz(func(t *testing.T, b []byte) { tryDescriptor(t, c, b) })
}

func tryDescriptor(t *testing.T, c pb.FlightServiceClient, b []byte) {
	t.Helper()
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
}

func FuzzTicket(f *testing.F) {
	h := start(f, nil, clips(3, 2))
	for _, seed := range seeds(f, h) {
		f.Add(seed)
	}
	c := h.bare(f)
	key := h.config.TicketKey
	f.Fuzz(func(t *testing.T, b []byte) { tryTicket(t, c, key, b) })
}

func tryTicket(t *testing.T, c pb.FlightServiceClient, key, b []byte) {
	t.Helper()
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
}

// Ten thousand descriptors and tickets that are right but for some bytes.
func TestMutated(t *testing.T) {
	h := start(t, nil, clips(3, 2))
	c := h.bare(t)
	list := seeds(t, h)
	r := rand.New(rand.NewPCG(1, 2))
	rounds := 10_000
	if testing.Short() {
		rounds = 500
	}
	for range rounds {
		b := bytes.Clone(list[r.IntN(len(list))])
		for range 1 + r.IntN(4) {
			switch at := r.IntN(len(b)); r.IntN(3) {
			case 0:
				b[at] = byte(r.Uint32())
			case 1:
				b[at] ^= 1 << r.IntN(8)
			case 2:
				b = slices.Insert(b, at, byte(r.Uint32()))
			}
		}
		if r.IntN(2) == 0 {
			tryDescriptor(t, c, b)
		} else {
			tryTicket(t, c, h.config.TicketKey, b)
		}
		if t.Failed() {
			t.Fatalf("at %q", b)
		}
	}
}
