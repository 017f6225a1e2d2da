package flightsrv

import (
	"context"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow/flight"
	pb "github.com/apache/arrow-go/v18/arrow/flight/gen/flight"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"google.golang.org/protobuf/proto"
)

// GetSchema tells the schema of what a descriptor stands for, and runs nothing.
func (s *Server) GetSchema(ctx context.Context, d *pb.FlightDescriptor) (*pb.SchemaResult, error) {
	c, m, err := s.descriptor(d)
	if err != nil {
		return nil, err
	}
	if c.schema == nil {
		return nil, unfit("GetSchema", m)
	}
	schema, err := c.schema(ctx, s, requestOf(ctx), m)
	if err != nil {
		return nil, err
	}
	return &pb.SchemaResult{Schema: flight.SerializeSchema(schema, memory.DefaultAllocator)}, nil
}

// GetFlightInfo runs what changes something and tells how to fetch the rows.
func (s *Server) GetFlightInfo(ctx context.Context, d *pb.FlightDescriptor) (*pb.FlightInfo, error) {
	c, m, err := s.descriptor(d)
	if err != nil {
		return nil, err
	}
	if c.info == nil {
		return nil, unfit("GetFlightInfo", m)
	}
	a, err := c.info(ctx, s, requestOf(ctx), m)
	if err != nil {
		return nil, err
	}
	return s.flightInfo(ctx, d, a)
}

func (s *Server) flightInfo(ctx context.Context, d *pb.FlightDescriptor, a *answer) (*pb.FlightInfo, error) {
	schema := a.bytes
	if schema == nil {
		schema = flight.SerializeSchema(a.schema, memory.DefaultAllocator)
	}
	info := newFlightInfo(d, schema, d.Cmd)
	info.TotalRecords = a.records
	if a.ticket == nil {
		return info, nil
	}
	info.Ordered = a.ticket.ordered
	var err error
	info.Endpoint, err = s.endpoints(ctx, a)
	return info, err
}

// newFlightInfo is of one endpoint without a location: the client's own connection will do.
func newFlightInfo(d *pb.FlightDescriptor, schema, ticket []byte) *pb.FlightInfo {
	return &pb.FlightInfo{
		Schema:           schema,
		FlightDescriptor: d,
		Endpoint:         []*pb.FlightEndpoint{{Ticket: &pb.Ticket{Ticket: ticket}}},
		TotalRecords:     -1,
		TotalBytes:       -1,
	}
}

// PollFlightInfo is done when it answers: nothing that takes long is left to wait for.
func (s *Server) PollFlightInfo(ctx context.Context, d *pb.FlightDescriptor) (*pb.PollInfo, error) {
	info, err := s.GetFlightInfo(ctx, d)
	if err != nil {
		return nil, err
	}
	return &pb.PollInfo{Info: info, Progress: proto.Float64(1)}, nil
}

// DoGet streams the rows that a ticket stands for.
func (s *Server) DoGet(t *pb.Ticket, stream pb.FlightService_DoGetServer) error {
	ctx := stream.Context()
	answer, err := s.rowsOf(ctx, requestOf(ctx), t.GetTicket())
	if err != nil {
		return err
	}
	return send(ctx, stream, answer)
}

func (s *Server) rowsOf(ctx context.Context, r *request, ticket []byte) (rows, error) {
	if isTicket(ticket) { // without the message around it
		return s.redeem(ctx, r, ticket)
	}
	c, m, err := parseCommand(ticket)
	if err != nil {
		return rows{}, err
	}
	if c.get == nil {
		return rows{}, unfit("DoGet", m)
	}
	return c.get(ctx, s, r, m)
}

// descriptor reads what a descriptor stands for: a command, SQL text, or a table's path.
func (s *Server) descriptor(d *pb.FlightDescriptor) (command, proto.Message, error) {
	if s.draining.Load() {
		return command{}, nil, &Error{State: shuttingDown, Msg: "the server is shutting down"}
	}
	switch d.GetType() {
	case pb.FlightDescriptor_CMD:
		return parseCommand(d.Cmd)
	case pb.FlightDescriptor_PATH:
		sql, err := selectPath(d.Path)
		return statementQuery, &pb.CommandStatementQuery{Query: sql}, err
	}
	return command{}, nil, &Error{State: protocolViolation, Msg: fmt.Sprintf("flight descriptor of unknown type %d", d.GetType())}
}

// DoExchange answers that there is nothing to exchange.
func (s *Server) DoExchange(pb.FlightService_DoExchangeServer) error {
	return &Error{State: notSupported, Msg: "DoExchange is not offered", Hint: "read with DoGet, write with DoPut"}
}
