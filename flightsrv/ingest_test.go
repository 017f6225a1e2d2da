package flightsrv

import (
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	pb "github.com/apache/arrow-go/v18/arrow/flight/gen/flight"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/mediaflight/mediaflight/catalog"
)

var tableT = catalog.Name{Schema: "main", Table: "t"}

func TestIngest(t *testing.T) {
	h := start(t, nil)
	c := h.dial(t)
	ingest := func(missing pb.CommandStatementIngest_TableDefinitionOptions_TableNotExistOption,
		exists pb.CommandStatementIngest_TableDefinitionOptions_TableExistsOption, table string, batches ...arrow.RecordBatch) (int64, error) {
		reader, err := array.NewRecordReader(batches[0].Schema(), batches)
		if err != nil {
			t.Fatal(err)
		}
		return c.ExecuteIngest(t.Context(), reader, &flightsql.ExecuteIngestOpts{
			Table:                  table,
			TableDefinitionOptions: &flightsql.TableDefinitionOptions{IfNotExist: missing, IfExists: exists},
		})
	}
	two := parameters(t, `[{"a": 1, "b": "x"}, {"a": 2, "b": null}]`, arrow.PrimitiveTypes.Int64, arrow.BinaryTypes.String)
	foreign := parameters(t, `[{"a": 3, "b": "y"}]`, arrow.PrimitiveTypes.Uint8, arrow.BinaryTypes.LargeString)
	other := parameters(t, `[{"a": 1.5}]`, arrow.PrimitiveTypes.Float64)
	for _, step := range []struct {
		name  string
		state string
		rows  int64
		run   func() (int64, error)
		want  string
	}{
		{"append to no table", "42P01", 0, func() (int64, error) { return ingest(failIfMissing, appendIfExists, "t", two) }, ""},
		{"create", "", 4, func() (int64, error) { return ingest(createIfMissing, failIfExists, "t", two, two) }, "1 x; 1 x; 2 (null); 2 (null)"},
		{"create again", "42P07", 0, func() (int64, error) { return ingest(createIfMissing, failIfExists, "t", two) }, "1 x; 1 x; 2 (null); 2 (null)"},
		{"append other types", "", 1, func() (int64, error) { return ingest(failIfMissing, appendIfExists, "t", foreign) },
			"1 x; 1 x; 2 (null); 2 (null); 3 y"},
		{"replace", "", 2, func() (int64, error) { return ingest(createIfMissing, replaceIfExists, "t", two) }, "1 x; 2 (null)"},
		{"append what does not fit", "", 0, func() (int64, error) {
			_, err := ingest(failIfMissing, appendIfExists, "t", parameters(t, `[{"a": "no number"}]`, arrow.BinaryTypes.String))
			if err == nil || hasState(err, "XX000") {
				t.Errorf("text into a number: %v", err)
			}
			return 0, nil
		}, "1 x; 2 (null)"},
		{"replace by another shape", "", 1, func() (int64, error) { return ingest(createIfMissing, replaceIfExists, "t", other) }, "1.5"},
	} {
		n, err := step.run()
		if step.state != "" && !hasState(err, step.state) || step.state == "" && err != nil || n != step.rows {
			t.Errorf("%s: %d rows, %v", step.name, n, err)
		}
		if step.want == "" {
			continue
		}
		if got := ask(t, c, "SELECT * FROM t ORDER BY 1"); got != step.want {
			t.Errorf("%s: then %s, want %s", step.name, got, step.want)
		}
	}
}

// A stream that breaks off leaves the table that it was to replace, and one that does not replaces it.
func TestReplacementThatBreaksOff(t *testing.T) {
	h := start(t, nil)
	c := h.dial(t)
	if err := run(t.Context(), c, "CREATE TABLE t AS SELECT 1 AS a, 'x' AS b"); err != nil {
		t.Fatal(err)
	}
	command, err := anypb.New(&pb.CommandStatementIngest{
		Table:                  "t",
		TableDefinitionOptions: &pb.CommandStatementIngest_TableDefinitionOptions{IfNotExist: createIfMissing, IfExists: replaceIfExists},
	})
	if err != nil {
		t.Fatal(err)
	}
	descriptor, err := proto.Marshal(command)
	if err != nil {
		t.Fatal(err)
	}
	var sent messages
	w := flight.NewRecordWriter(&sent, ipc.WithSchema(randomFlat(0).Schema()))
	w.SetFlightDescriptor(&pb.FlightDescriptor{Type: pb.FlightDescriptor_CMD, Cmd: descriptor})
	for range 3 {
		if err := w.Write(randomFlat(100)); err != nil {
			t.Fatal(err)
		}
	}
	for _, last := range []*pb.FlightData{{DataHeader: []byte("nonsense")}, {AppMetadata: []byte(abort)}} {
		if err := put(t.Context(), h.bare(t), append(sent[:len(sent):len(sent)], last)...); err == nil {
			t.Errorf("a stream that ends in %v is taken", last)
		}
	}
	if got := ask(t, c, "SELECT * FROM t"); got != "1 x" {
		t.Errorf("after a stream that broke off: %s", got)
	}
	if err := put(t.Context(), h.bare(t), sent...); err != nil {
		t.Fatal(err)
	}
	if got := ask(t, c, "SELECT count(*), max(id) FROM t"); got != "300 99" {
		t.Errorf("after one that did not: %s", got)
	}
}

// messages collects what a writer sends.
type messages []*pb.FlightData

func (m *messages) Send(message *pb.FlightData) error {
	*m = append(*m, proto.CloneOf(message))
	return nil
}

// A slowReader's rows come when more says so.
type slowReader struct {
	array.RecordReader
	more chan bool
}

func (r slowReader) Next() bool { return <-r.more && r.RecordReader.Next() }

// A bulk ingest whose client takes its time leaves the workers to others.
func TestIngestThatWaits(t *testing.T) {
	h := start(t, nil)
	c := h.dial(t)
	batch := randomFlat(10)
	defer batch.Release()
	rows, err := array.NewRecordReader(batch.Schema(), []arrow.RecordBatch{batch, batch})
	if err != nil {
		t.Fatal(err)
	}
	reader := slowReader{rows, make(chan bool)}
	ended := make(chan error)
	go func() {
		_, err := c.ExecuteIngest(t.Context(), reader, &flightsql.ExecuteIngestOpts{Table: "t",
			TableDefinitionOptions: &flightsql.TableDefinitionOptions{IfNotExist: createIfMissing, IfExists: failIfExists}})
		ended <- err
	}()
	reader.more <- true
	h.await(t, 1)
	time.Sleep(2 * longTime)
	if got := h.running.share(8, ""); got != 8 {
		t.Errorf("%d workers of 8", got)
	}
	reader.more <- true
	close(reader.more)
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestIngestOfMuch(t *testing.T) {
	h := start(t, nil)
	c := h.dial(t)
	batch := randomFlat(20_000)
	defer batch.Release()
	reader, err := array.NewRecordReader(batch.Schema(), []arrow.RecordBatch{batch, batch, batch, batch, batch})
	if err != nil {
		t.Fatal(err)
	}
	n, err := c.ExecuteIngest(t.Context(), reader, &flightsql.ExecuteIngestOpts{Table: "t",
		TableDefinitionOptions: &flightsql.TableDefinitionOptions{IfNotExist: createIfMissing, IfExists: failIfExists}})
	if err != nil || n != 100_000 {
		t.Fatalf("%d rows, %v", n, err)
	}
	if got := ask(t, c, "SELECT count(*), sum(id) FROM t"); got != "100000 999950000" {
		t.Errorf("%s", got)
	}
}

// randomFlat is rows with a vector of 64 floats, as trainers write them.
func randomFlat(rows int) arrow.RecordBatch {
	b := array.NewRecordBuilder(memory.DefaultAllocator, arrow.NewSchema([]arrow.Field{
		{Name: "id", Type: arrow.PrimitiveTypes.Int64},
		{Name: "embedding", Type: arrow.FixedSizeListOf(64, arrow.PrimitiveTypes.Float32)},
	}, nil))
	defer b.Release()
	values := make([]float32, 64)
	for i := range rows {
		b.Field(0).(*array.Int64Builder).Append(int64(i))
		list := b.Field(1).(*array.FixedSizeListBuilder)
		list.Append(true)
		list.ValueBuilder().(*array.Float32Builder).AppendValues(values, nil)
	}
	return b.NewRecordBatch()
}
