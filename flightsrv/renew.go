package flightsrv

import (
	"context"
	"time"

	pb "github.com/apache/arrow-go/v18/arrow/flight/gen/flight"
	"google.golang.org/protobuf/proto"
)

// renewFlightEndpoint lets the rows of an endpoint be read for longer: by a new ticket, since a ticket says itself until when it
// is good. Rows that the server keeps last no longer than they did.
func (s *Server) renewFlightEndpoint(_ context.Context, r *request, m *pb.RenewFlightEndpointRequest) (proto.Message, error) {
	t, err := s.ticketOf(r, m.GetEndpoint().GetTicket().GetTicket())
	if err != nil {
		return nil, err
	}
	if t.kept == "" && t.session == "" {
		t.expires = time.Now().Add(s.config.TicketLast)
	}
	renewed, err := s.endpoint(t)
	if err != nil {
		return nil, err
	}
	renewed.Location, renewed.AppMetadata = m.Endpoint.Location, m.Endpoint.AppMetadata
	return renewed, nil
}

// ticketOf reads the ticket that an endpoint has, with the message around it or without.
func (s *Server) ticketOf(r *request, b []byte) (*ticket, error) {
	if isTicket(b) {
		return s.openTicket(r, b)
	}
	_, m, err := parseCommand(b)
	if err != nil {
		return nil, err
	}
	handle, ok := m.(*pb.TicketStatementQuery)
	if !ok {
		return nil, &Error{State: notSupported, Msg: "only tickets of statements can be renewed", Hint: "others do not expire"}
	}
	return s.openTicket(r, handle.StatementHandle)
}
