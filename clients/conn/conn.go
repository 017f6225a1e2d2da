// Package conn connects to a Flight SQL server, for the command's own clients.
package conn

import (
	"context"
	"fmt"
	"iter"
	"net/url"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
)

// A Conn is a connection to a Flight SQL server. It is used by one goroutine at a time.
type Conn struct {
	URI string
	// Notice, if set, is called with the server's remarks on statements that went well, while a call waits for its answer.
	Notice func(text string)
	client *flightsql.Client
}

// Dial connects to grpc://HOST:PORT or grpc+tls://HOST:PORT.
func Dial(uri string) (*Conn, error) {
	u, err := url.Parse(uri)
	if err != nil || u.Host == "" {
		return nil, fmt.Errorf("not a server's address: %q; try grpc://localhost:8815", uri)
	}
	security := insecure.NewCredentials()
	switch u.Scheme {
	case "grpc", "grpc+tcp":
	case "grpc+tls":
		security = credentials.NewTLS(nil)
	default:
		return nil, fmt.Errorf("unknown scheme %q; try grpc://%s", u.Scheme, u.Host)
	}
	c := &Conn{URI: uri}
	middleware := []flight.ClientMiddleware{flight.NewClientCookieMiddleware(), c.notices()}
	c.client, err = flightsql.NewClient(u.Host, nil, middleware,
		grpc.WithTransportCredentials(security),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(64<<20)),
	)
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", uri, err)
	}
	return c, nil
}

// Close ends the connection.
func (c *Conn) Close() error { return c.client.Close() }

// A Result is the answer to one statement: rows, or a count where Schema is nil.
type Result struct {
	Schema *arrow.Schema
	Rows   iter.Seq2[arrow.RecordBatch, error] // each batch is good until the next
	Count  int64                               // -1 where the server does not say
}

// Run runs a statement. Its rows are read while the result is ranged over.
func (c *Conn) Run(ctx context.Context, sql string) (*Result, error) {
	statement, err := c.client.Prepare(ctx, sql)
	if err != nil {
		return nil, err
	}
	done := func() { _ = statement.Close(context.WithoutCancel(ctx)) }
	if schema := statement.DatasetSchema(); schema == nil || schema.NumFields() == 0 {
		defer done()
		count, err := statement.ExecuteUpdate(ctx)
		if err != nil {
			return nil, err
		}
		return &Result{Count: count}, nil
	}
	info, err := statement.Execute(ctx)
	if err != nil {
		done()
		return nil, err
	}
	schema, err := flight.DeserializeSchema(info.Schema, memory.DefaultAllocator)
	if err != nil {
		done()
		return nil, fmt.Errorf("the server's schema: %w", err)
	}
	return &Result{Schema: schema, Rows: c.rows(ctx, info, done)}, nil
}

func (c *Conn) rows(ctx context.Context, info *flight.FlightInfo, done func()) iter.Seq2[arrow.RecordBatch, error] {
	return func(yield func(arrow.RecordBatch, error) bool) {
		defer done()
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		for _, endpoint := range info.Endpoint {
			reader, err := c.client.DoGet(ctx, endpoint.Ticket)
			if err != nil {
				yield(nil, err)
				return
			}
			for reader.Next() {
				if !yield(reader.RecordBatch(), nil) {
					reader.Release()
					return
				}
			}
			err = reader.Err()
			reader.Release()
			if err != nil {
				yield(nil, err)
				return
			}
		}
	}
}
