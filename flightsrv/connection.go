package flightsrv

import (
	"context"
	"strconv"
	"sync/atomic"

	"google.golang.org/grpc/stats"

	"github.com/mediaflight/mediaflight/flightsrv/session"
)

// connections names network connections, so that a session may belong to one. Their addresses would not do: a port is
// used again after its connection has gone.
type connections struct {
	next     atomic.Uint64
	sessions *session.Store
}

type connectionKey struct{}

// connectionOf is the name of the connection that a call came on.
func connectionOf(ctx context.Context) string {
	name, _ := ctx.Value(connectionKey{}).(string)
	return name
}

func (c *connections) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context {
	return context.WithValue(ctx, connectionKey{}, strconv.FormatUint(c.next.Add(1), 36))
}

func (c *connections) HandleConn(ctx context.Context, s stats.ConnStats) {
	if _, ended := s.(*stats.ConnEnd); ended {
		c.sessions.Disconnected(connectionOf(ctx))
	}
}

func (c *connections) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context { return ctx }
func (c *connections) HandleRPC(context.Context, stats.RPCStats)                       {}
