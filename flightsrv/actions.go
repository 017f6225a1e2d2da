package flightsrv

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	pb "github.com/apache/arrow-go/v18/arrow/flight/gen/flight"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
)

// An action is one call of DoAction.
type action struct {
	name string
	doc  string
	run  func(context.Context, *Server, *request, []byte) ([]byte, error)
}

// actions are all that DoAction knows. Flight's own carry their message bare, Flight SQL's within an Any.
var actions = []action{
	{flight.CancelFlightInfoActionType, "Stops a query. Takes CancelFlightInfoRequest, returns CancelFlightInfoResult.", bare((*Server).cancelFlightInfo)},
	{flight.RenewFlightEndpointActionType, "Lets an endpoint's rows be read for longer. Takes RenewFlightEndpointRequest, returns FlightEndpoint.", bare((*Server).renewFlightEndpoint)},
	{flightsql.CancelQueryActionType, "Stops a query; CancelFlightInfo is its successor.", packed((*Server).cancelQuery)},
	{flightsql.CreatePreparedStatementActionType, "Prepares a statement.", packed((*Server).createPreparedStatement)},
	{flightsql.CreatePreparedSubstraitPlanActionType, "Prepares a Substrait plan.", packed((*Server).createPreparedSubstraitPlan)},
	{flightsql.ClosePreparedStatementActionType, "Forgets a prepared statement.", packed((*Server).closePreparedStatement)},
	{flight.SetSessionOptionsActionType, "Changes settings of the session. Takes SetSessionOptionsRequest, returns SetSessionOptionsResult.", bare((*Server).setSessionOptions)},
	{flight.GetSessionOptionsActionType, "Tells the settings of the session. Takes GetSessionOptionsRequest, returns GetSessionOptionsResult.", bare((*Server).getSessionOptions)},
	{commitStagedRowsAction, "Makes rows of staged bulk ingests visible, all at once and once. Takes JSON: schema, table, id, receipts, replace; returns rows.",
		func(ctx context.Context, s *Server, r *request, body []byte) ([]byte, error) {
			return s.commitStagedRows(ctx, r, body)
		}},
	{flight.CloseSessionActionType, "Ends the session. Takes CloseSessionRequest, returns CloseSessionResult.", bare((*Server).closeSession)},
}

// DoAction runs an action.
func (s *Server) DoAction(a *pb.Action, stream pb.FlightService_DoActionServer) error {
	for _, known := range actions {
		if known.name != a.Type {
			continue
		}
		body, err := known.run(stream.Context(), s, requestOf(stream.Context()), a.Body)
		if err != nil {
			return err
		}
		return stream.Send(&pb.Result{Body: body})
	}
	switch a.Type {
	case flightsql.BeginTransactionActionType, flightsql.EndTransactionActionType, flightsql.BeginSavepointActionType, flightsql.EndSavepointActionType:
		return noTransactions()
	}
	return &Error{State: notSupported, Msg: "unknown action: " + clip(a.Type, 200), Hint: "ListActions has those that are known"}
}

// ListActions lists the actions.
func (s *Server) ListActions(_ *pb.Empty, stream pb.FlightService_ListActionsServer) error {
	for _, a := range actions {
		if err := stream.Send(&pb.ActionType{Type: a.name, Description: a.doc}); err != nil {
			return err
		}
	}
	return nil
}

// A message is a protobuf message M by its pointer.
type message[M any] interface {
	*M
	proto.Message
}

// bare is an action that takes and returns messages as they are.
func bare[M any, P message[M]](f func(*Server, context.Context, *request, P) (proto.Message, error)) func(context.Context, *Server, *request, []byte) ([]byte, error) {
	return func(ctx context.Context, s *Server, r *request, body []byte) ([]byte, error) {
		m := P(new(M))
		if err := proto.Unmarshal(body, m); err != nil {
			return nil, malformed(string(m.ProtoReflect().Descriptor().Name()), err)
		}
		result, err := f(s, ctx, r, m)
		if err != nil || result == nil {
			return nil, err
		}
		return proto.Marshal(result)
	}
}

// packed is an action that takes and returns messages within an Any.
func packed[M any, P message[M]](f func(*Server, context.Context, *request, P) (proto.Message, error)) func(context.Context, *Server, *request, []byte) ([]byte, error) {
	return func(ctx context.Context, s *Server, r *request, body []byte) ([]byte, error) {
		m := P(new(M))
		var any anypb.Any
		err := proto.Unmarshal(body, &any)
		if err == nil {
			err = any.UnmarshalTo(m)
		}
		if err != nil {
			return nil, malformed(string(m.ProtoReflect().Descriptor().Name()), err)
		}
		result, err := f(s, ctx, r, m)
		if err != nil || result == nil {
			return nil, err
		}
		return wrap(result)
	}
}
