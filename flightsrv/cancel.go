package flightsrv

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow/flight"
	pb "github.com/apache/arrow-go/v18/arrow/flight/gen/flight"
	"google.golang.org/protobuf/proto"
)

// cancelFlightInfo stops the runs of the query that a FlightInfo came from. A query that does not run now cannot be
// cancelled: its ticket stays good.
func (s *Server) cancelFlightInfo(_ context.Context, r *request, m *pb.CancelFlightInfoRequest) (proto.Message, error) {
	stopped, err := s.stop(r, m.GetInfo())
	if err != nil {
		return nil, err
	}
	if !stopped {
		return &pb.CancelFlightInfoResult{Status: flight.CancelStatusNotCancellable}, nil
	}
	return &pb.CancelFlightInfoResult{Status: flight.CancelStatusCancelled}, nil
}

// cancelQuery is the same in the words of before Arrow 13.
//
//lint:ignore SA1019 older drivers send it
func (s *Server) cancelQuery(_ context.Context, r *request, m *pb.ActionCancelQueryRequest) (proto.Message, error) {
	info := &pb.FlightInfo{}
	if err := proto.Unmarshal(m.Info, info); err != nil {
		return nil, malformed("FlightInfo", err)
	}
	stopped, err := s.stop(r, info)
	if err != nil {
		return nil, err
	}
	if !stopped {
		//lint:ignore SA1019 older drivers send it
		return &pb.ActionCancelQueryResult{Result: pb.ActionCancelQueryResult_CANCEL_RESULT_NOT_CANCELLABLE}, nil
	}
	//lint:ignore SA1019 older drivers send it
	return &pb.ActionCancelQueryResult{Result: pb.ActionCancelQueryResult_CANCEL_RESULT_CANCELLED}, nil
}

// stop cancels what runs for any of the endpoints.
func (s *Server) stop(r *request, info *pb.FlightInfo) (bool, error) {
	stopped := false
	for _, endpoint := range info.GetEndpoint() {
		handle := endpoint.GetTicket().GetTicket()
		if !isTicket(handle) {
			_, m, err := parseCommand(handle)
			if err != nil {
				return false, err
			}
			t, ok := m.(*pb.TicketStatementQuery)
			if !ok || !isTicket(t.StatementHandle) {
				continue // answers with the catalog's contents, in no time
			}
			handle = t.StatementHandle
		}
		t, err := decodeTicket(s.config.TicketKey, handle)
		if err != nil {
			return false, err
		}
		stopped = s.running.cancel(r.client.Principal, t.query) || stopped
	}
	return stopped, nil
}
