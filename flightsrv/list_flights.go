package flightsrv

import (
	"github.com/apache/arrow-go/v18/arrow/flight"
	pb "github.com/apache/arrow-go/v18/arrow/flight/gen/flight"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/catalog"
)

// ListFlights lists the tables as paths. The criteria, if there are any, are a LIKE pattern of the table's name.
func (s *Server) ListFlights(criteria *pb.Criteria, stream pb.FlightService_ListFlightsServer) error {
	var pattern *string
	if len(criteria.GetExpression()) > 0 {
		if !isSQL(criteria.Expression) {
			return &Error{State: protocolViolation, Msg: "criteria that are no text", Hint: "criteria are a pattern of a table's name, such as image%"}
		}
		text := string(criteria.Expression)
		pattern = &text
	}
	var failed error
	err := s.eachTable(stream.Context(), nil, pattern, func(schema catalog.Schema, t catalog.Table) bool {
		if schema.System {
			return true
		}
		var info *pb.FlightInfo
		if info, failed = tableInfo(t); failed == nil {
			failed = stream.Send(info)
		}
		return failed == nil
	})
	if failed != nil {
		return failed
	}
	return err
}

// tableInfo is a table as a flight. Its ticket reads the table as it will be then.
func tableInfo(t catalog.Table) (*pb.FlightInfo, error) {
	d := &pb.FlightDescriptor{Type: pb.FlightDescriptor_PATH, Path: []string{t.Name().Schema, t.Name().Table}}
	sql, err := selectPath(d.Path)
	if err != nil {
		return nil, err
	}
	ticket, err := wrap(&pb.TicketStatementQuery{StatementHandle: []byte(sql)})
	if err != nil {
		return nil, err
	}
	info := newFlightInfo(d, flight.SerializeSchema(describe(t.Current().Schema()), memory.DefaultAllocator), ticket)
	if n, known := t.Current().Rows(); known {
		info.TotalRecords = n
	}
	return info, nil
}
