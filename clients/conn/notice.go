package conn

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow/flight"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
)

// headerNotice is the header in which the server sends remarks on statements that went well.
const headerNotice = "sql-notice-bin"

// noticed hands the server's remarks on while a call's headers are read.
func (c *Conn) noticed(header metadata.MD) {
	if c.Notice == nil {
		return
	}
	for _, text := range header.Get(headerNotice) {
		c.Notice(text)
	}
}

// notices looks at the headers of every call.
func (c *Conn) notices() flight.ClientMiddleware {
	return flight.ClientMiddleware{
		Unary: func(ctx context.Context, method string, in, out any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
			var header metadata.MD
			err := invoke(ctx, method, in, out, cc, append(opts, grpc.Header(&header))...)
			c.noticed(header)
			return err
		},
		Stream: func(ctx context.Context, desc *grpc.StreamDesc, cc *grpc.ClientConn, method string, open grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
			stream, err := open(ctx, desc, cc, method, opts...)
			if err != nil {
				return nil, err
			}
			return &noticedStream{ClientStream: stream, conn: c}, nil
		},
	}
}

// A noticedStream looks at the headers once the first message is there.
type noticedStream struct {
	grpc.ClientStream
	conn *Conn
	seen bool
}

func (s *noticedStream) RecvMsg(m any) error {
	err := s.ClientStream.RecvMsg(m)
	if !s.seen && err == nil {
		s.seen = true
		if header, err := s.Header(); err == nil {
			s.conn.noticed(header)
		}
	}
	return err
}
