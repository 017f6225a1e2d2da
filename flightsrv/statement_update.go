package flightsrv

import (
	"context"

	pb "github.com/apache/arrow-go/v18/arrow/flight/gen/flight"
	"google.golang.org/protobuf/proto"
)

// statementUpdate is SQL text whose count of changed rows is wanted.
var statementUpdate = command{
	message: &pb.CommandStatementUpdate{},
	put: func(ctx context.Context, s *Server, r *request, m proto.Message, in *putStream) error {
		update := m.(*pb.CommandStatementUpdate)
		st, err := s.planOnce(ctx, r, update.Query, update.TransactionId)
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
