package flightsrv

import (
	"context"
	"iter"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	pb "github.com/apache/arrow-go/v18/arrow/flight/gen/flight"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/planner"
)

// endless is a catalog whose tables never come to an end of being read.
type endless struct{ catalog.Catalog }

type endlessTable struct{ catalog.Table }

type endlessSnapshot struct{ catalog.Snapshot }

type endlessTask struct{ catalog.Task }

func (c endless) Table(ctx context.Context, name catalog.Name) (catalog.Table, error) {
	t, err := c.Catalog.Table(ctx, name)
	return endlessTable{t}, err
}

func (t endlessTable) Current() catalog.Snapshot { return endlessSnapshot{t.Table.Current()} }

func (t endlessTable) Snapshot(ctx context.Context, id int64) (catalog.Snapshot, error) {
	s, err := t.Table.Snapshot(ctx, id)
	return endlessSnapshot{s}, err
}

func (s endlessSnapshot) Tasks(ctx context.Context, scan catalog.Scan) ([]catalog.Task, error) {
	tasks, err := s.Snapshot.Tasks(ctx, scan)
	for i, t := range tasks {
		tasks[i] = endlessTask{t}
	}
	return tasks, err
}

func (t endlessTask) Read(ctx context.Context) iter.Seq2[arrow.RecordBatch, error] {
	return func(yield func(arrow.RecordBatch, error) bool) {
		<-ctx.Done()
		yield(nil, ctx.Err())
	}
}

func startEndless(t *testing.T) *harness {
	return start(t, func(c *Config) {
		c.Catalog = endless{c.Catalog}
		c.Planner = &planner.Planner{Catalog: c.Catalog, Functions: c.Functions}
	}, clips(10, 2))
}

// await waits until so many queries run, and tells how long that took.
func (h *harness) await(t *testing.T, n int) time.Duration {
	t.Helper()
	begin := time.Now()
	for len(h.Running()) != n {
		if time.Since(begin) > 5*time.Second {
			t.Fatalf("%d queries run, not %d", len(h.Running()), n)
		}
		time.Sleep(time.Millisecond)
	}
	return time.Since(begin)
}

func TestCancel(t *testing.T) {
	h := startEndless(t)
	c := h.dial(t)
	info, err := c.Execute(t.Context(), "SELECT * FROM clips")
	if err != nil {
		t.Fatal(err)
	}
	cancelInfo := func() flight.CancelStatus {
		result, err := c.CancelFlightInfo(t.Context(), &flight.CancelFlightInfoRequest{Info: info})
		if err != nil {
			t.Fatal(err)
		}
		return result.Status
	}
	read := func(ctx context.Context) chan error {
		done := make(chan error, 1)
		go func() { done <- drain(h.bare(t).DoGet(ctx, info.Endpoint[0].Ticket)) }()
		h.await(t, 1)
		return done
	}
	if got := cancelInfo(); got != flight.CancelStatusNotCancellable {
		t.Errorf("before it runs: %v", got)
	}

	done := read(t.Context())
	if q := h.Running()[0]; q.SQL != "SELECT * FROM clips" || q.ID == "" || q.Start.IsZero() {
		t.Errorf("%+v", q)
	}
	if got := cancelInfo(); got != flight.CancelStatusCancelled {
		t.Errorf("while it runs: %v", got)
	}
	if d := h.await(t, 0); d > 100*time.Millisecond {
		t.Errorf("it ran on for %v", d)
	}
	if err := <-done; !hasState(err, canceled) || !hasText(err, "user request") {
		t.Errorf("its reader got %v", err)
	}

	done = read(t.Context())
	//lint:ignore SA1019 older drivers call it
	old, err := c.CancelQuery(t.Context(), info)
	if err != nil || old != flightsql.CancelResultCancelled {
		t.Errorf("CancelQuery: %v, %v", old, err)
	}
	<-done

	ctx, cancel := context.WithCancel(t.Context())
	done = read(ctx)
	cancel()
	if d := h.await(t, 0); d > 100*time.Millisecond {
		t.Errorf("it ran on for %v after its client went away", d)
	}
	<-done

	metadata := &flight.FlightInfo{Endpoint: []*pb.FlightEndpoint{{Ticket: &pb.Ticket{Ticket: []byte("SELECT 1")}}}}
	if result, err := c.CancelFlightInfo(t.Context(), &flight.CancelFlightInfoRequest{Info: metadata}); err != nil || result.Status != flight.CancelStatusNotCancellable {
		t.Errorf("a ticket of SQL: %v, %v", result, err)
	}
}

func TestStatementTimeout(t *testing.T) {
	h := startEndless(t)
	c := h.dial(t)
	set(t, t.Context(), c, "statement_timeout", "50ms")
	begin := time.Now()
	err := run(t.Context(), c, "SELECT * FROM clips")
	if !hasState(err, canceled) || !hasText(err, "statement timeout") || !hasText(err, "HINT") {
		t.Errorf("%v", err)
	}
	if d := time.Since(begin); d > 500*time.Millisecond {
		t.Errorf("it took %v", d)
	}
}

func TestDrain(t *testing.T) {
	h := startEndless(t)
	c := h.bare(t)
	done := make(chan error, 1)
	go func() { done <- drain(c.DoGet(t.Context(), &pb.Ticket{Ticket: []byte("SELECT * FROM clips")})) }()
	h.await(t, 1)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	begin := time.Now()
	h.Drain(ctx)
	if d := time.Since(begin); d < 50*time.Millisecond || d > time.Second {
		t.Errorf("draining took %v", d)
	}
	if err := <-done; !hasState(err, shuttingDown) {
		t.Errorf("its reader got %v", err)
	}
	h.log.expect(t, "draining")
}

type panicking struct{ catalog.Catalog }

func (panicking) Schemas(context.Context) ([]catalog.Schema, error) { panic("a secret") }

// A panic fails the request that it came from, and nothing else.
func TestPanic(t *testing.T) {
	h := start(t, func(c *Config) { c.Catalog = panicking{c.Catalog} }, clips(3, 2))
	c := h.dial(t)
	info, err := c.GetDBSchemas(t.Context(), &flightsql.GetDBSchemasOpts{})
	if err != nil {
		t.Fatal(err)
	}
	err = drain(h.bare(t).DoGet(t.Context(), info.Endpoint[0].Ticket))
	if !hasState(err, "XX000") || hasText(err, "secret") {
		t.Errorf("%v", err)
	}
	h.log.expect(t, "a secret")
	if err := run(t.Context(), c, "SET schema = 'media'"); !hasState(err, "XX000") {
		t.Errorf("a unary call: %v", err)
	}
	if n := query(t, c, "SELECT * FROM clips").NumRows(); n != 3 {
		t.Errorf("then %d rows", n)
	}
}

// JDBC speaks TLS unless told otherwise; the log says so.
func TestTLSClientOfPlaintextServer(t *testing.T) {
	h := start(t, nil)
	c, err := flightsql.NewClient(h.address, nil, nil, tlsClient())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	if _, err := c.GetCatalogs(ctx); err == nil {
		t.Error("it connected")
	}
	h.log.expect(t, "speaks TLS to a plaintext server")
}
