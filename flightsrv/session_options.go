package flightsrv

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow/flight"
	pb "github.com/apache/arrow-go/v18/arrow/flight/gen/flight"
	"google.golang.org/protobuf/proto"

	"github.com/mediaflight/mediaflight/flightsrv/session"
)

// setSessionOptions changes settings, each on its own: what is wrong with some is told by name. An option without a value
// is reset.
func (s *Server) setSessionOptions(ctx context.Context, r *request, m *pb.SetSessionOptionsRequest) (proto.Message, error) {
	result := &pb.SetSessionOptionsResult{}
	for name, value := range m.SessionOptions {
		text, ok := optionText(value)
		var err error
		if ok {
			err = s.set(ctx, r, name, text)
		} else {
			err = s.reset(ctx, r, name)
		}
		if err == nil {
			continue
		}
		kind, known := optionError(err)
		if !known {
			return nil, err
		}
		if result.Errors == nil {
			result.Errors = map[string]*pb.SetSessionOptionsResult_Error{}
		}
		result.Errors[name] = &pb.SetSessionOptionsResult_Error{Value: kind}
	}
	return result, nil
}

// optionText is an option's value as SET would have it; false if it has none.
func optionText(v *pb.SessionOptionValue) (string, bool) {
	switch v := v.GetOptionValue().(type) {
	case *pb.SessionOptionValue_StringValue:
		return v.StringValue, true
	case *pb.SessionOptionValue_BoolValue:
		if v.BoolValue {
			return "on", true
		}
		return "off", true
	case *pb.SessionOptionValue_Int64Value:
		return strconv.FormatInt(v.Int64Value, 10), true
	case *pb.SessionOptionValue_DoubleValue:
		return strconv.FormatFloat(v.DoubleValue, 'g', -1, 64), true
	case *pb.SessionOptionValue_StringListValue_:
		return strings.Join(v.StringListValue.GetValues(), ", "), true
	}
	return "", false
}

// optionError is the enumeration's word for an error in one option. Others are errors of the whole request.
func optionError(err error) (pb.SetSessionOptionsResult_ErrorValue, bool) {
	var stated interface{ SQLState() string }
	if !errors.As(err, &stated) {
		return 0, false
	}
	switch stated.SQLState() {
	case "42704":
		return flight.SetSessionOptionsResultErrorInvalidName, true
	case invalidParameter, notSupported, "3F000":
		return flight.SetSessionOptionsResultErrorInvalidValue, true
	case "55P02":
		return flight.SetSessionOptionsResultErrorError, true
	}
	return 0, false
}

// getSessionOptions tells the values of all settings. By the specification it is an error without a session, but clients
// ask it to learn whether their connection lives: they get the defaults, and no session begins.
func (s *Server) getSessionOptions(_ context.Context, r *request, _ *pb.GetSessionOptionsRequest) (proto.Message, error) {
	result := &pb.GetSessionOptionsResult{SessionOptions: map[string]*pb.SessionOptionValue{}}
	for _, setting := range session.Settings {
		text, err := r.values().Get(setting.Name)
		if err != nil {
			return nil, err
		}
		result.SessionOptions[setting.Name] = &pb.SessionOptionValue{OptionValue: &pb.SessionOptionValue_StringValue{StringValue: text}}
	}
	return result, nil
}

// closeSession ends the session. Without one there is nothing left to end.
func (s *Server) closeSession(_ context.Context, r *request, _ *pb.CloseSessionRequest) (proto.Message, error) {
	if r.session != nil {
		s.sessions.End(r.session)
	}
	return &pb.CloseSessionResult{Status: flight.CloseSessionResultClosed}, nil
}

// set changes a setting of the client's session.
func (s *Server) set(ctx context.Context, r *request, name, text string) error {
	return s.change(ctx, r, func(v *session.Values) (*session.Values, error) {
		next, err := v.Set(name, text)
		if err != nil || next.Schema == v.Schema {
			return next, err
		}
		return next, s.checkSchema(ctx, next.Schema)
	})
}

// reset puts a setting back; "all" puts back all of them. A client without a session has nothing to put back.
func (s *Server) reset(ctx context.Context, r *request, name string) error {
	if r.session == nil {
		if name == "all" {
			return nil
		}
		_, err := session.Defaults.Reset(name)
		return err
	}
	return s.change(ctx, r, func(v *session.Values) (*session.Values, error) {
		if name == "all" {
			return session.Defaults, nil
		}
		return v.Reset(name)
	})
}

// checkSchema refuses a search path that leads nowhere: its user would learn it from every later statement.
func (s *Server) checkSchema(ctx context.Context, name string) error {
	schemas, err := s.catalog(ctx).Schemas(ctx)
	if err != nil {
		return err
	}
	for _, schema := range schemas {
		if schema.Name == name {
			return nil
		}
	}
	return &Error{State: "3F000", Msg: fmt.Sprintf("schema %q does not exist", name), Hint: "CREATE SCHEMA makes it"}
}
