package flightsrv

import (
	"context"
	"time"

	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/apache/arrow-go/v18/arrow/flight/gen/flight"

	"github.com/mediaflight/mediaflight/exec"
	"github.com/mediaflight/mediaflight/flightsrv/session"
	"github.com/mediaflight/mediaflight/planner/parse"
)

// endpointsSetting is the name of the setting, the hint and the header that say into how many parts a client wants results.
const endpointsSetting = "endpoints"

// maxTicketBytes is how large all tickets of an answer may be together: clients take messages of 4 MiB.
const maxTicketBytes = 2 << 20

// wantedEndpoints is into how many parts the client wants the rows of a statement: as its hint says, else the header of the
// request, else the setting.
func (r *request) wantedEndpoints(sql string) (int, error) {
	text := r.endpoints
	for _, hint := range parse.Hints(sql) {
		if hint.Name == endpointsSetting {
			text = hint.Arg
		}
	}
	if text == "" {
		return r.values().Endpoints, nil
	}
	v, err := session.Defaults.Set(endpointsSetting, text)
	if err != nil {
		return 0, err
	}
	return v.Endpoints, nil
}

// headerOf is the last value of a header.
func headerOf(md metadata.MD, name string) string {
	values := md.Get(name)
	if len(values) == 0 {
		return ""
	}
	return values[len(values)-1]
}

// endpoints are the tickets of an answer: of parts of the rows where the client wants several and no order is promised.
func (s *Server) endpoints(ctx context.Context, a *answer) ([]*pb.FlightEndpoint, error) {
	parts, err := s.cut(ctx, a)
	if err != nil {
		return nil, err
	}
	if len(parts) < 2 {
		parts = []exec.CutPart{nil}
	}
	var all []*pb.FlightEndpoint
	for _, part := range parts {
		t := *a.ticket
		t.part = part
		one, err := s.endpoint(&t)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, nil
}

// cut cuts the rows of an answer into the parts that the client wants, if that can be done.
func (s *Server) cut(ctx context.Context, a *answer) ([]exec.CutPart, error) {
	t := a.ticket
	if a.endpoints < 2 || t.plan == nil || t.ordered || t.session != "" {
		return nil, nil
	}
	env, err := t.env()
	if err != nil {
		return nil, err
	}
	params, err := decodeParams(t.params)
	if err != nil {
		return nil, err
	}
	known, err := s.known(t.plan)
	if err != nil {
		return nil, err
	}
	in, err := s.ticketEnv(known, t, env)
	if err != nil {
		return nil, err
	}
	n := min(a.endpoints, maxTicketBytes/(len(t.plan)+len(t.params)+512))
	return known.decoded.Cut(ctx, in, params, n)
}

// endpoint is where the rows of a ticket are fetched: over the client's own connection, since no location is named.
func (s *Server) endpoint(t *ticket) (*pb.FlightEndpoint, error) {
	bytes, err := wrap(&pb.TicketStatementQuery{StatementHandle: t.encode(s.config.TicketKey)})
	if err != nil {
		return nil, err
	}
	e := &pb.FlightEndpoint{Ticket: &pb.Ticket{Ticket: bytes}}
	if !t.expires.IsZero() {
		e.ExpirationTime = timestamppb.New(t.expires.Truncate(time.Microsecond)) // Python's times have no more
	}
	return e, nil
}
