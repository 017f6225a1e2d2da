package flightsrv

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	pb "github.com/apache/arrow-go/v18/arrow/flight/gen/flight"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
)

// Clients of plain Flight send SQL as it is, or a table's path.
func TestPlainFlight(t *testing.T) {
	h := start(t, nil, clips(25, 2))
	c := h.dial(t)
	for _, d := range []*pb.FlightDescriptor{
		{Type: pb.FlightDescriptor_CMD, Cmd: []byte("SELECT * FROM clips")},
		{Type: pb.FlightDescriptor_CMD, Cmd: []byte("\n SELECT * FROM clips")},
		{Type: pb.FlightDescriptor_PATH, Path: []string{"clips"}},
		{Type: pb.FlightDescriptor_PATH, Path: []string{"main", "clips"}},
		{Type: pb.FlightDescriptor_PATH, Path: []string{"mediaflight", "main", "clips"}},
	} {
		info, err := c.Client.GetFlightInfo(t.Context(), d)
		if err != nil {
			t.Errorf("%v: %v", d, err)
			continue
		}
		for range 2 { // a ticket may be read again
			if n := fetch(t, c, info).NumRows(); n != 25 {
				t.Errorf("%v: %d rows", d, n)
			}
		}
		schema, err := c.Client.GetSchema(t.Context(), d)
		if err != nil || string(schema.Schema) != string(info.Schema) {
			t.Errorf("%v: GetSchema tells another schema: %v", d, err)
		}
		poll, err := h.bare(t).PollFlightInfo(t.Context(), d)
		if err != nil || poll.FlightDescriptor != nil || string(poll.Info.Schema) != string(info.Schema) {
			t.Errorf("%v: poll %v, %v", d, poll, err)
		}
	}
	for _, handle := range []string{"SELECT * FROM clips"} {
		ticket, err := wrap(&pb.TicketStatementQuery{StatementHandle: []byte(handle)})
		if err != nil {
			t.Fatal(err)
		}
		r, err := c.DoGet(t.Context(), &flight.Ticket{Ticket: ticket})
		if err != nil {
			t.Fatal(err)
		}
		rows := int64(0)
		for r.Next() {
			rows += r.RecordBatch().NumRows()
		}
		r.Release()
		if rows != 25 {
			t.Errorf("a ticket of SQL gave %d rows", rows)
		}
	}
}

func TestListFlights(t *testing.T) {
	h := start(t, nil, clips(25, 2))
	c := h.dial(t)
	for criteria, want := range map[string]int{"": 1, "cl%": 1, "x%": 0} {
		stream, err := c.Client.ListFlights(t.Context(), &flight.Criteria{Expression: []byte(criteria)})
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for {
			info, err := stream.Recv()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			n++
			if strings.Join(info.FlightDescriptor.Path, ".") != "main.clips" || info.TotalRecords != 25 || fetch(t, c, info).NumRows() != 25 {
				t.Errorf("%v", info)
			}
		}
		if n != want {
			t.Errorf("%q: %d flights", criteria, n)
		}
	}
}

func TestBadRequests(t *testing.T) {
	h := start(t, nil, clips(1, 1))
	c := h.bare(t)
	good, err := wrap(&pb.CommandGetCatalogs{})
	if err != nil {
		t.Fatal(err)
	}
	unknown, err := proto.Marshal(&anypb.Any{TypeUrl: typeURL + "arrow.flight.protocol.sql.Nix"})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		code codes.Code
		call func(context.Context) error
	}{
		{"no descriptor type", codes.InvalidArgument, func(ctx context.Context) error {
			_, err := c.GetFlightInfo(ctx, &pb.FlightDescriptor{Cmd: good})
			return err
		}},
		{"bytes that are nothing", codes.InvalidArgument, func(ctx context.Context) error {
			_, err := c.GetFlightInfo(ctx, &pb.FlightDescriptor{Type: pb.FlightDescriptor_CMD, Cmd: []byte{0xff, 0, 1}})
			return err
		}},
		{"an unknown command", codes.Unimplemented, func(ctx context.Context) error {
			_, err := c.GetFlightInfo(ctx, &pb.FlightDescriptor{Type: pb.FlightDescriptor_CMD, Cmd: unknown})
			return err
		}},
		{"a path of four", codes.InvalidArgument, func(ctx context.Context) error {
			_, err := c.GetFlightInfo(ctx, &pb.FlightDescriptor{Type: pb.FlightDescriptor_PATH, Path: make([]string, 4)})
			return err
		}},
		{"a path in another catalog", codes.NotFound, func(ctx context.Context) error {
			_, err := c.GetFlightInfo(ctx, &pb.FlightDescriptor{Type: pb.FlightDescriptor_PATH, Path: []string{"x", "main", "clips"}})
			return err
		}},
		{"a table that is not there", codes.NotFound, func(ctx context.Context) error {
			_, err := c.GetSchema(ctx, &pb.FlightDescriptor{Type: pb.FlightDescriptor_PATH, Path: []string{"nix"}})
			return err
		}},
		{"a ticket of nothing", codes.InvalidArgument, func(ctx context.Context) error { return drain(c.DoGet(ctx, &pb.Ticket{})) }},
		{"a forged ticket", codes.InvalidArgument, func(ctx context.Context) error {
			return drain(c.DoGet(ctx, &pb.Ticket{Ticket: []byte(ticketMagic + "0123456789abcdefx")}))
		}},
		{"an update as a ticket", codes.Unimplemented, func(ctx context.Context) error {
			update, _ := wrap(&pb.CommandStatementUpdate{Query: "x"})
			return drain(c.DoGet(ctx, &pb.Ticket{Ticket: update}))
		}},
		{"a prepared statement that is not there", codes.NotFound, func(ctx context.Context) error {
			prepared, _ := wrap(&pb.CommandPreparedStatementQuery{PreparedStatementHandle: []byte("x")})
			_, err := c.GetFlightInfo(ctx, &pb.FlightDescriptor{Type: pb.FlightDescriptor_CMD, Cmd: prepared})
			return err
		}},
		{"DoPut without a message", codes.InvalidArgument, func(ctx context.Context) error { return put(ctx, c) }},
		{"DoPut without a descriptor", codes.InvalidArgument, func(ctx context.Context) error { return put(ctx, c, &pb.FlightData{DataHeader: []byte("x")}) }},
		{"DoPut of a query", codes.Unimplemented, func(ctx context.Context) error {
			return put(ctx, c, &pb.FlightData{FlightDescriptor: &pb.FlightDescriptor{Type: pb.FlightDescriptor_CMD, Cmd: good}})
		}},
		{"an ingest without a schema", codes.InvalidArgument, func(ctx context.Context) error {
			load, _ := wrap(&pb.CommandStatementIngest{Table: "t", TableDefinitionOptions: &pb.CommandStatementIngest_TableDefinitionOptions{
				IfNotExist: createIfMissing, IfExists: failIfExists}})
			return put(ctx, c, &pb.FlightData{FlightDescriptor: &pb.FlightDescriptor{Type: pb.FlightDescriptor_CMD, Cmd: load}})
		}},
		{"an ingest of garbage", codes.InvalidArgument, func(ctx context.Context) error {
			load, _ := wrap(&pb.CommandStatementIngest{Table: "t", TableDefinitionOptions: &pb.CommandStatementIngest_TableDefinitionOptions{
				IfNotExist: createIfMissing, IfExists: failIfExists}})
			return put(ctx, c, &pb.FlightData{FlightDescriptor: &pb.FlightDescriptor{Type: pb.FlightDescriptor_CMD, Cmd: load}, DataHeader: []byte("garbage")})
		}},
		{"an ingest without options", codes.InvalidArgument, func(ctx context.Context) error {
			load, _ := wrap(&pb.CommandStatementIngest{Table: "t"})
			return put(ctx, c, &pb.FlightData{FlightDescriptor: &pb.FlightDescriptor{Type: pb.FlightDescriptor_CMD, Cmd: load}})
		}},
		{"DoExchange", codes.Unimplemented, func(ctx context.Context) error {
			stream, err := c.DoExchange(ctx)
			if err == nil {
				_, err = stream.Recv()
			}
			return err
		}},
		{"an unknown action", codes.Unimplemented, func(ctx context.Context) error { return act(ctx, c, "Nix", nil) }},
		{"a transaction", codes.Unimplemented, func(ctx context.Context) error { return act(ctx, c, flightsql.BeginTransactionActionType, nil) }},
		{"an action of garbage", codes.InvalidArgument, func(ctx context.Context) error {
			return act(ctx, c, flightsql.CreatePreparedStatementActionType, []byte{0xff})
		}},
		{"a session action of garbage", codes.InvalidArgument, func(ctx context.Context) error {
			return act(ctx, c, flight.SetSessionOptionsActionType, []byte{0xff})
		}},
		{"a handshake of a strange scheme", codes.Unauthenticated, func(ctx context.Context) error {
			stream, err := c.Handshake(metadata.AppendToOutgoingContext(ctx, "authorization", "Digest x"))
			if err == nil {
				_, err = stream.Recv()
			}
			return err
		}},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		err := test.call(ctx)
		cancel()
		if status.Code(err) != test.code {
			t.Errorf("%s: %v, want %v", test.name, err, test.code)
		}
	}
}

func drain(stream pb.FlightService_DoGetClient, err error) error {
	for err == nil {
		_, err = stream.Recv()
	}
	return err
}

func put(ctx context.Context, c pb.FlightServiceClient, messages ...*pb.FlightData) error {
	stream, err := c.DoPut(ctx)
	if err != nil {
		return err
	}
	for _, m := range messages {
		if err := stream.Send(m); err != nil {
			break
		}
	}
	if err := stream.CloseSend(); err != nil {
		return err
	}
	_, err = stream.Recv()
	return err
}

func act(ctx context.Context, c pb.FlightServiceClient, name string, body []byte) error {
	stream, err := c.DoAction(ctx, &pb.Action{Type: name, Body: body})
	if err == nil {
		_, err = stream.Recv()
	}
	return err
}

func TestListActions(t *testing.T) {
	h := start(t, nil)
	stream, err := h.bare(t).ListActions(t.Context(), &pb.Empty{})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for {
		a, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if n++; a.Description == "" {
			t.Errorf("%s has no description", a.Type)
		}
	}
	if n != len(actions) {
		t.Errorf("%d actions", n)
	}
}

func TestHandshake(t *testing.T) {
	h := start(t, nil)
	c := h.bare(t)
	for _, authorization := range []string{"", "Basic YTpi", "Bearer abc"} {
		ctx := t.Context()
		if authorization != "" {
			ctx = metadata.AppendToOutgoingContext(ctx, "authorization", authorization)
		}
		stream, err := c.Handshake(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if err := stream.Send(&pb.HandshakeRequest{}); err != nil {
			t.Fatal(err)
		}
		if err := stream.CloseSend(); err != nil {
			t.Fatal(err)
		}
		for err == nil {
			_, err = stream.Recv()
		}
		if !errors.Is(err, io.EOF) {
			t.Errorf("%q: %v", authorization, err)
		}
		header, _ := stream.Header()
		trailer := stream.Trailer()
		token := header.Get("authorization")
		if len(token) != 1 || !strings.HasPrefix(token[0], "Bearer ") || strings.Join(trailer.Get("authorization"), "") != token[0] {
			t.Errorf("%q: header %v, trailer %v", authorization, header, trailer)
		}
		if authorization == "Bearer abc" && token[0] != authorization {
			t.Errorf("another token came back: %v", token)
		}
	}
}

func TestHealth(t *testing.T) {
	h := start(t, nil)
	c, err := grpc.NewClient(h.address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	got, err := healthpb.NewHealthClient(c).Check(t.Context(), &healthpb.HealthCheckRequest{})
	if err != nil || got.Status != healthpb.HealthCheckResponse_SERVING {
		t.Errorf("%v, %v", got, err)
	}
}

func TestListen(t *testing.T) {
	for _, address := range []string{"0.0.0.0:0", "[::]:0", ":0", "192.0.2.1:0"} {
		if l, err := Listen(address, false, false, false); !isState(err, invalidParameter) {
			t.Errorf("%s: %v, %v", address, l, err)
		}
		if l, err := Listen(address, true, false, false); !isState(err, invalidParameter) {
			t.Errorf("%s with TLS alone: %v, %v", address, l, err)
		}
	}
	for _, address := range []string{"localhost:0", "127.0.0.1:0"} {
		l, err := Listen(address, false, false, false)
		if err != nil {
			t.Errorf("%s: %v", address, err)
			continue
		}
		l.Close()
	}
	if l, err := Listen("0.0.0.0:0", false, false, true); err != nil {
		t.Errorf("asked for by name: %v", err)
	} else {
		l.Close()
	}
}
