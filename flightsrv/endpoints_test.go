package flightsrv

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	pb "github.com/apache/arrow-go/v18/arrow/flight/gen/flight"
	"google.golang.org/grpc/metadata"
)

// inParts runs SQL and reads the rows of all its endpoints, as texts, and how many each has.
func inParts(t *testing.T, c *flightsql.Client, sql string) (rows []string, sizes []int) {
	t.Helper()
	info, err := c.Execute(t.Context(), sql)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	for _, e := range info.Endpoint {
		part := fetchFrom(t, c, info, e)
		sizes = append(sizes, int(part.NumRows()))
		for _, row := range texts(part) {
			rows = append(rows, strings.Join(row, " "))
		}
	}
	return rows, sizes
}

// piled is a table of many small batches, some of whose rows are deleted.
func piled(t *testing.T, c *flightsql.Client) {
	t.Helper()
	for _, sql := range []string{
		"CREATE TABLE piled (id bigint, kind text, tags text[])",
		"INSERT INTO piled SELECT i, 'k' || i % 7, ARRAY['a', 'b'] FROM generate_series(1, 900) AS g(i)",
		"INSERT INTO piled SELECT i, 'k' || i % 7, ARRAY['c'] FROM generate_series(901, 1000) AS g(i)",
		"INSERT INTO piled SELECT i, NULL, NULL FROM generate_series(1001, 1003) AS g(i)",
		"CREATE TABLE kinds AS SELECT 'k' || i AS kind, i AS number FROM generate_series(1, 5) AS g(i)",
		"CREATE TABLE nothing (id bigint)",
		"CREATE TABLE one AS SELECT 1 AS id",
	} {
		if _, err := c.Execute(t.Context(), sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
}

// The rows of all endpoints are those of the one that there is without asking, whatever the statement, and they come in as many
// parts as are right.
func TestEndpoints(t *testing.T) {
	c := start(t, nil).dial(t)
	piled(t, c)
	for _, test := range []struct {
		sql   string
		parts int
	}{
		{"SELECT * FROM piled", 8},
		{"SELECT id * 2, upper(kind) FROM piled WHERE id % 3 = 1", 8},
		{"SELECT id, tag FROM piled, unnest(tags) AS u(tag)", 8},
		{"SELECT p.id, k.number FROM piled p JOIN kinds k USING (kind)", 8},
		{"SELECT p.id, k.number FROM piled p LEFT JOIN kinds k USING (kind)", 8},
		{"SELECT id FROM piled WHERE kind IN (SELECT kind FROM kinds WHERE number > 2)", 8},
		{"SELECT id FROM piled WHERE id > (SELECT avg(id) FROM piled)", 8},
		{"SELECT id FROM piled p WHERE NOT EXISTS (SELECT 1 FROM kinds k WHERE k.kind = p.kind)", 8},
		{"SELECT id FROM piled UNION ALL SELECT number FROM kinds UNION ALL SELECT id FROM piled WHERE id < 10", 8},
		{"SELECT p.id, k.n FROM piled p JOIN (SELECT kind, count(*) AS n FROM piled GROUP BY kind) k USING (kind)", 8},
		{"WITH few AS (SELECT * FROM piled WHERE id <= 4) SELECT * FROM few", 8},
		{"SELECT id FROM one", 1},
		{"SELECT id FROM nothing", 1},
		{"SELECT number FROM kinds", 5},
		{"SELECT count(*) FROM piled", 1},
		{"SELECT kind, count(*) FROM piled GROUP BY kind", 1},
		{"SELECT DISTINCT kind FROM piled", 1},
		{"SELECT id FROM piled ORDER BY id", 1},
		{"SELECT id FROM piled LIMIT 5", 1},
		{"SELECT id FROM piled UNION SELECT number FROM kinds", 1},
		{"SELECT id FROM piled UNION ALL SELECT count(*) FROM kinds", 1},
		{"SELECT id, row_number() OVER (ORDER BY id) FROM piled", 1},
		{"SELECT 1", 1},
		{"SHOW endpoints", 1},
	} {
		if _, err := c.Execute(t.Context(), "RESET endpoints"); err != nil {
			t.Fatal(err)
		}
		want, _ := inParts(t, c, test.sql)
		if _, err := c.Execute(t.Context(), "SET endpoints = 8"); err != nil {
			t.Fatal(err)
		}
		got, sizes := inParts(t, c, test.sql)
		if len(sizes) != test.parts {
			t.Errorf("%s: %d endpoints, want %d", test.sql, len(sizes), test.parts)
		}
		if test.sql == "SHOW endpoints" {
			want = []string{"8"}
		}
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %d rows %v, want %d", test.sql, len(got), sizes, len(want))
		}
	}
	if _, sizes := inParts(t, c, "SELECT * FROM piled"); slices.Max(sizes)-slices.Min(sizes) > 5 {
		t.Errorf("not balanced: %v", sizes)
	}
	info, err := c.Execute(t.Context(), "SELECT random() < 0.5 FROM piled")
	if err != nil || len(info.Endpoint) != 1 {
		t.Errorf("a volatile statement has %d endpoints, %v", len(info.Endpoint), err)
	}
}

// How many endpoints there are is a setting, or said by a header or a hint, of which the last wins.
func TestEndpointsWanted(t *testing.T) {
	c := start(t, nil, clips(100, 1)).dial(t)
	count := func(want int, sql string, header ...string) {
		t.Helper()
		ctx := metadata.AppendToOutgoingContext(t.Context(), header...)
		info, err := c.Execute(ctx, sql)
		if err != nil {
			t.Fatal(err)
		}
		if len(info.Endpoint) != want {
			t.Errorf("%s %v: %d endpoints, want %d", sql, header, len(info.Endpoint), want)
		}
	}
	count(1, "SELECT id FROM clips")
	count(3, "SELECT id FROM clips", "endpoints", "3")
	count(5, "SELECT /*+ endpoints(5) */ id FROM clips", "endpoints", "3")
	count(1, "SELECT '/*+ endpoints(5) */' FROM clips")
	if _, err := c.SetSessionOptions(t.Context(), sessionOption(t, "endpoints", int64(4))); err != nil {
		t.Fatal(err)
	}
	count(4, "SELECT id FROM clips")
	count(3, "SELECT id FROM clips", "endpoints", "3")
	count(100, "SELECT id FROM clips", "endpoints", "1024")
	for _, text := range []string{"0", "-1", "many", "1025", ""} {
		if err := run(t.Context(), c, "SET endpoints = '"+text+"'"); !hasState(err, "22023") {
			t.Errorf("SET endpoints = %q: %v", text, err)
		}
		if err := run(t.Context(), c, "SELECT /*+ endpoints("+text+") */ id FROM clips"); text != "" && !hasState(err, "22023") {
			t.Errorf("hint %q: %v", text, err)
		}
	}
}

func sessionOption(t *testing.T, name string, value any) *flight.SetSessionOptionsRequest {
	t.Helper()
	option, err := flight.NewSessionOptionValue(value)
	if err != nil {
		t.Fatal(err)
	}
	return &flight.SetSessionOptionsRequest{SessionOptions: map[string]*flight.SessionOptionValue{name: &option}}
}

// A prepared statement's parameters are in each of its tickets.
func TestEndpointsOfPrepared(t *testing.T) {
	c := start(t, nil, clips(100, 1)).dial(t)
	p, err := c.Prepare(t.Context(), "SELECT /*+ endpoints(4) */ id FROM clips WHERE id >= $1")
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close(t.Context())
	rows := parameters(t, `[{"a": 40}]`, arrow.PrimitiveTypes.Int64)
	defer rows.Release()
	p.SetParameters(rows)
	info, err := p.Execute(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	total := int64(0)
	for _, e := range info.Endpoint {
		total += fetchFrom(t, c, info, e).NumRows()
	}
	if len(info.Endpoint) != 4 || total != 60 {
		t.Errorf("%d endpoints with %d rows", len(info.Endpoint), total)
	}
}

// All endpoints are of the snapshot that there was when they were given out, and of none later.
func TestEndpointsPinSnapshot(t *testing.T) {
	c := start(t, nil, clips(50, 1)).dial(t)
	info, err := c.Execute(t.Context(), "SELECT /*+ endpoints(5) */ id FROM clips")
	if err != nil {
		t.Fatal(err)
	}
	for _, sql := range []string{"INSERT INTO clips SELECT id + 100, title, embedding FROM clips", "DELETE FROM clips WHERE id < 20"} {
		if _, err := c.ExecuteUpdate(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 { // a ticket can be read again
		total := int64(0)
		for _, e := range info.Endpoint {
			total += fetchFrom(t, c, info, e).NumRows()
		}
		if total != 50 {
			t.Errorf("%d rows", total)
		}
	}
}

// A ticket says until when it is good, is refused afterwards, and is renewed before.
func TestTicketsExpire(t *testing.T) {
	const last = 300 * time.Millisecond
	c := start(t, func(c *Config) { c.TicketLast = last }, clips(10, 1)).dial(t)
	begun := time.Now()
	info, err := c.Execute(t.Context(), "SELECT /*+ endpoints(2) */ id FROM clips")
	if err != nil {
		t.Fatal(err)
	}
	first, second := info.Endpoint[0], info.Endpoint[1]
	if until := first.ExpirationTime.AsTime(); until.Before(begun.Add(last)) || until.After(time.Now().Add(last)) {
		t.Errorf("good until %s, it is %s", until, begun)
	}
	time.Sleep(last * 2 / 3)
	renewed, err := c.RenewFlightEndpoint(t.Context(), &flight.RenewFlightEndpointRequest{Endpoint: first})
	if err != nil {
		t.Fatal(err)
	}
	if !renewed.ExpirationTime.AsTime().After(first.ExpirationTime.AsTime()) {
		t.Errorf("renewed from %s until %s", first.ExpirationTime.AsTime(), renewed.ExpirationTime.AsTime())
	}
	time.Sleep(time.Until(first.ExpirationTime.AsTime()) + 10*time.Millisecond)
	if n := fetchFrom(t, c, info, renewed).NumRows(); n != 5 {
		t.Errorf("the renewed endpoint has %d rows", n)
	}
	if r, err := c.DoGet(t.Context(), second.Ticket); !hasState(err, "55000") {
		t.Errorf("an expired ticket: %v", err)
		r.Release()
	}
	if _, err := c.RenewFlightEndpoint(t.Context(), &flight.RenewFlightEndpointRequest{Endpoint: second}); !hasState(err, "55000") {
		t.Errorf("an expired ticket is renewed: %v", err)
	}
	for _, b := range [][]byte{nil, []byte("SELECT 1"), []byte("\xffmf1")} {
		if _, err := c.RenewFlightEndpoint(t.Context(), &flight.RenewFlightEndpointRequest{Endpoint: &pb.FlightEndpoint{Ticket: &pb.Ticket{Ticket: b}}}); err == nil || hasState(err, "XX000") {
			t.Errorf("%q is renewed: %v", b, err)
		}
	}
	if _, err := c.RenewFlightEndpoint(t.Context(), &flight.RenewFlightEndpointRequest{}); err == nil || hasState(err, "XX000") {
		t.Errorf("nothing is renewed: %v", err)
	}
}

// Random tables in random numbers of parts.
func TestEndpointsOfRandomTables(t *testing.T) {
	c := start(t, nil).dial(t)
	r := rand.New(rand.NewPCG(3, 4))
	for i := range 20 {
		name := fmt.Sprintf("t%d", i)
		do := func(format string, args ...any) {
			t.Helper()
			if err := run(t.Context(), c, fmt.Sprintf(format, args...)); err != nil {
				t.Fatal(err)
			}
		}
		do("CREATE TABLE %s (id bigint)", name)
		rows := 0
		for range r.IntN(5) {
			n := r.IntN(300)
			do("INSERT INTO %s SELECT * FROM generate_series(%d, %d)", name, rows+1, rows+n)
			rows += n
		}
		if k := 2 + r.IntN(4); r.IntN(2) == 0 {
			do("DELETE FROM %s WHERE id %% %d = 0", name, k)
		}
		want, _ := inParts(t, c, "SELECT id FROM "+name)
		for range 5 {
			n := 1 + r.IntN(40)
			got, sizes := inParts(t, c, fmt.Sprintf("SELECT /*+ endpoints(%d) */ id FROM %s", n, name))
			slices.Sort(want)
			slices.Sort(got)
			if !slices.Equal(got, want) || len(sizes) != max(min(n, len(want)), 1) {
				t.Fatalf("%d rows in %d parts %v, want %d in %d", len(got), len(sizes), sizes, len(want), n)
			}
		}
	}
}
