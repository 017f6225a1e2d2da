package flightsrv

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"

	"google.golang.org/grpc"
)

// interceptUnary and interceptStream stand around every call: they read who sends it, turn its error into a status, and keep a panic to
// the request that it came from.

func (s *Server) interceptUnary(ctx context.Context, message any, info *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (answer any, err error) {
	ctx, r := s.admit(ctx)
	defer func() { err = s.finish(ctx, r, info.FullMethod, recovered(recover(), err)) }()
	return handle(ctx, message)
}

func (s *Server) interceptStream(service any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handle grpc.StreamHandler) (err error) {
	ctx, r := s.admit(stream.Context())
	defer func() { err = s.finish(ctx, r, info.FullMethod, recovered(recover(), err)) }()
	return handle(service, &admitted{stream, ctx})
}

// An admitted stream has the request in its context.
type admitted struct {
	grpc.ServerStream
	ctx context.Context
}

func (a *admitted) Context() context.Context { return a.ctx }

// recovered is the error of a call that panicked, or else the error it returned.
func recovered(panicked any, err error) error {
	if panicked == nil {
		return err
	}
	return fmt.Errorf("panic: %v\n%s", panicked, debug.Stack())
}

// finish turns a call's error into a status and logs those that are our fault.
func (s *Server) finish(ctx context.Context, r *request, method string, err error) error {
	if err == nil {
		return nil
	}
	st, trailer, internal := statusOf(err, r.id)
	if trailer != nil {
		_ = grpc.SetTrailer(ctx, trailer)
	}
	if internal {
		s.log.LogAttrs(ctx, slog.LevelError, "request failed", slog.String("query", r.id), slog.String("method", method), slog.Any("error", err))
	} else {
		s.log.LogAttrs(ctx, slog.LevelDebug, "request refused", slog.String("query", r.id), slog.String("method", method), slog.String("status", st.Message()))
	}
	return st.Err()
}
