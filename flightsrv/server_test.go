package flightsrv

import (
	"context"
	"crypto/tls"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	pb "github.com/apache/arrow-go/v18/arrow/flight/gen/flight"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/catalog/memtable"
	"github.com/mediaflight/mediaflight/planner"
	"github.com/mediaflight/mediaflight/udf"
)

// A harness is a server on a loopback port over tables in memory.
type harness struct {
	*Server
	address string
	tables  *memtable.Catalog
	log     *logText
}

// logText gathers what the server logs.
type logText struct {
	lines chan string
	t     testing.TB
}

func (l *logText) Write(p []byte) (int, error) {
	l.t.Log(string(p))
	select {
	case l.lines <- string(p):
	default:
	}
	return len(p), nil
}

// expect waits for a line of the log that contains the text.
func (l *logText) expect(t *testing.T, text string) {
	t.Helper()
	deadline := time.After(5 * time.Second)
	for {
		select {
		case line := <-l.lines:
			if strings.Contains(line, text) {
				return
			}
		case <-deadline:
			t.Fatalf("the log has nothing with %q", text)
		}
	}
}

// start serves the tables until the test ends, and then holds the allocator to zero.
func start(t testing.TB, change func(*Config), tables ...*memtable.Table) *harness {
	t.Helper()
	mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
	h := &harness{tables: memtable.NewCatalog(tables...), log: &logText{lines: make(chan string, 100), t: t}}
	functions := udf.Builtin()
	config := Config{
		Catalog:   h.tables,
		Planner:   &planner.Planner{Catalog: h.tables, Functions: functions},
		Functions: functions,
		Allocator: mem,
		Logger:    slog.New(slog.NewTextHandler(h.log, nil)),
		Version:   "1.2.3",
	}
	if change != nil {
		change(&config)
	}
	var err error
	if h.Server, err = New(config); err != nil {
		t.Fatal(err)
	}
	l, err := Listen("localhost:0", config.TLS != nil, false, false)
	if err != nil {
		t.Fatal(err)
	}
	h.address = l.Addr().String()
	go h.Serve(l)
	t.Cleanup(func() {
		h.Close()
		h.tables.Close()
		// The transport lets go of a stream's last batch a moment after the client has it.
		for range 100 {
			if mem.CurrentAlloc() == 0 {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
		if c, ok := t.(*testing.T); ok {
			mem.AssertSize(c, 0)
		}
	})
	return h
}

// dial connects a Flight SQL client.
func (h *harness) dial(t testing.TB, middleware ...flight.ClientMiddleware) *flightsql.Client {
	t.Helper()
	c, err := flightsql.NewClient(h.address, nil, middleware, grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(64<<20)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// bare connects a client of the generated service.
func (h *harness) bare(t testing.TB) pb.FlightServiceClient {
	t.Helper()
	c, err := grpc.NewClient(h.address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return pb.NewFlightServiceClient(c)
}

// clips is a table of rows numbered from 0, with a text and a vector each.
func clips(rows, dim int) *memtable.Table {
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "id", Type: arrow.PrimitiveTypes.Int64, Metadata: arrow.MetadataFrom(map[string]string{catalog.CommentKey: "number of the clip"})},
		{Name: "title", Type: arrow.BinaryTypes.String, Nullable: true},
		{Name: "embedding", Type: arrow.FixedSizeListOfNonNullable(int32(dim), arrow.PrimitiveTypes.Float32), Nullable: true},
	}, nil)
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	values := make([]float32, dim)
	for i := range rows {
		b.Field(0).(*array.Int64Builder).Append(int64(i))
		if i%10 == 3 {
			b.Field(1).AppendNull()
		} else {
			b.Field(1).(*array.StringBuilder).Append(strings.Repeat("clip ", i%5))
		}
		list := b.Field(2).(*array.FixedSizeListBuilder)
		list.Append(true)
		for j := range values {
			values[j] = float32(i*dim + j)
		}
		list.ValueBuilder().(*array.Float32Builder).AppendValues(values, nil)
	}
	batch := b.NewRecordBatch()
	defer batch.Release()
	return memtable.New(catalog.Name{Schema: catalog.DefaultSchema, Table: "clips"}, batch)
}

// fetch reads all rows of an info's only endpoint.
func fetch(t testing.TB, c *flightsql.Client, info *flight.FlightInfo) arrow.Table {
	t.Helper()
	if len(info.Endpoint) != 1 {
		t.Fatalf("endpoints: %v", info.Endpoint)
	}
	return fetchFrom(t, c, info, info.Endpoint[0])
}

// fetchFrom reads all rows of one of an info's endpoints, and holds the stream's schema to the info's.
func fetchFrom(t testing.TB, c *flightsql.Client, info *flight.FlightInfo, endpoint *flight.FlightEndpoint) arrow.Table {
	t.Helper()
	if len(endpoint.Location) != 0 {
		t.Fatalf("locations: %v", endpoint)
	}
	r, err := c.DoGet(t.Context(), endpoint.Ticket)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Release()
	told, err := flight.DeserializeSchema(info.Schema, memory.DefaultAllocator)
	if err != nil {
		t.Fatal(err)
	}
	if !told.Equal(r.Schema()) {
		t.Fatalf("stream's schema %s\ninfo's %s", r.Schema(), told)
	}
	var batches []arrow.RecordBatch
	for r.Next() {
		b := r.RecordBatch()
		b.Retain()
		batches = append(batches, b)
	}
	if err := r.Err(); err != nil {
		t.Fatal(err)
	}
	return array.NewTableFromRecords(r.Schema(), batches)
}

// query runs SQL and reads its rows.
func query(t testing.TB, c *flightsql.Client, sql string) arrow.Table {
	t.Helper()
	info, err := c.Execute(t.Context(), sql)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return fetch(t, c, info)
}

// run runs SQL and reads its rows, for its error.
func run(ctx context.Context, c *flightsql.Client, sql string) error {
	info, err := c.Execute(ctx, sql)
	if err != nil {
		return err
	}
	r, err := c.DoGet(ctx, info.Endpoint[0].Ticket)
	if err != nil {
		return err
	}
	defer r.Release()
	for r.Next() {
	}
	return r.Err()
}

// texts is a table's rows as text.
func texts(table arrow.Table) [][]string {
	out := make([][]string, table.NumRows())
	for i := range out {
		out[i] = make([]string, table.NumCols())
	}
	for c := range int(table.NumCols()) {
		row := 0
		for _, chunk := range table.Column(c).Data().Chunks() {
			for i := range chunk.Len() {
				out[row][c] = chunk.ValueStr(i)
				row++
			}
		}
	}
	return out
}

// hasState tells whether an error came from the server with the SQLSTATE.
func hasState(err error, state string) bool { return hasText(err, "ERROR "+state+": ") }

func hasText(err error, text string) bool { return err != nil && strings.Contains(err.Error(), text) }

// tlsClient is what a client that wants TLS connects with.
func tlsClient() grpc.DialOption {
	return grpc.WithTransportCredentials(credentials.NewTLS(&tls.Config{InsecureSkipVerify: true}))
}
