package flightsrv

import (
	"bytes"
	"context"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/flight"
	pb "github.com/apache/arrow-go/v18/arrow/flight/gen/flight"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"google.golang.org/protobuf/proto"
)

// messagesOf are the messages of a bulk ingest into the table t of rows with text, a dictionary, a vector and a list.
func messagesOf(t *testing.T, opts ...ipc.Option) []*pb.FlightData {
	t.Helper()
	batch := parameters(t, `[{"a": "x", "b": "y", "c": [1, 2], "d": ["a view of more than twelve bytes"]}, {"a": null, "b": "z", "c": [3, 4], "d": null}]`,
		arrow.BinaryTypes.String, &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int8, ValueType: arrow.BinaryTypes.String},
		arrow.FixedSizeListOf(2, arrow.PrimitiveTypes.Float32), arrow.ListOf(arrow.BinaryTypes.StringView))
	command, err := wrap(&pb.CommandStatementIngest{Table: "t", TableDefinitionOptions: &pb.CommandStatementIngest_TableDefinitionOptions{
		IfNotExist: createIfMissing, IfExists: replaceIfExists}})
	if err != nil {
		t.Fatal(err)
	}
	var out recorded
	w := flight.NewRecordWriter(&out, append(opts, ipc.WithSchema(batch.Schema()))...)
	w.SetFlightDescriptor(&pb.FlightDescriptor{Type: pb.FlightDescriptor_CMD, Cmd: command})
	for range 2 {
		if err := w.Write(batch); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out
}

// recorded keeps the messages that are sent to it.
type recorded []*pb.FlightData

func (r *recorded) Send(m *pb.FlightData) error {
	*r = append(*r, proto.Clone(m).(*pb.FlightData))
	return nil
}

// Bulk ingests that are right but for some bytes of a message: rows or an error, and the server goes on.
func TestMutatedIngest(t *testing.T) {
	h := start(t, nil)
	c := h.bare(t)
	good := [][]*pb.FlightData{messagesOf(t), messagesOf(t, ipc.WithLZ4()), messagesOf(t, ipc.WithZstd())}
	rounds := 3000
	if testing.Short() {
		rounds = 300
	}
	r := rand.New(rand.NewPCG(1, 2))
	taken := 0
	for range rounds {
		messages := slices.Clone(good[r.IntN(len(good))])
		i := r.IntN(len(messages))
		m := proto.Clone(messages[i]).(*pb.FlightData)
		for range 1 + r.IntN(4) {
			part := m.DataHeader
			if len(m.DataBody) > 0 && r.IntN(3) == 0 {
				part = m.DataBody
			}
			at := r.IntN(len(part))
			copy(part[at:min(at+1+r.IntN(4), len(part))], bytes.Repeat([]byte{[]byte{0xff, 0, 1, 0x7f}[r.IntN(4)]}, 4))
		}
		messages[i] = m
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		err := put(ctx, c, messages...)
		cancel()
		if checkAnswer(t, "DoPut", err); err == nil {
			taken++
		}
		if t.Failed() {
			t.Fatalf("at message %d: %x %x", i, m.DataHeader, m.DataBody)
		}
	}
	if taken == 0 || taken == rounds {
		t.Errorf("%d of %d were taken", taken, rounds)
	}
}

// What cannot be read has a state that says whose fault it is.
func TestUnreadableIngest(t *testing.T) {
	h := start(t, nil)
	c := h.bare(t)
	for _, step := range []struct {
		name, state string
		change      func([]*pb.FlightData) []*pb.FlightData
	}{
		{"no schema", protocolViolation, func(m []*pb.FlightData) []*pb.FlightData { m[0].DataHeader = nil; return m[:1] }},
		{"rows first", protocolViolation, func(m []*pb.FlightData) []*pb.FlightData { m[1].FlightDescriptor = m[0].FlightDescriptor; return m[1:] }},
		{"a body cut off", protocolViolation, func(m []*pb.FlightData) []*pb.FlightData {
			last := m[len(m)-1]
			last.DataBody = last.DataBody[:8]
			return m
		}},
		{"metadata between", "", func(m []*pb.FlightData) []*pb.FlightData {
			return slices.Insert(m, 1, &pb.FlightData{AppMetadata: []byte("x")})
		}},
	} {
		err := put(t.Context(), c, step.change(messagesOf(t))...)
		if step.state == "" && err != nil || step.state != "" && !hasState(err, step.state) {
			t.Errorf("%s: %v, want %s", step.name, err, step.state)
		}
	}
	union, err := array.NewSparseUnionFromArrays(array.MakeFromData(parameters(t, `[{"a": 0}]`, arrow.PrimitiveTypes.Int8).Column(0).Data()),
		[]arrow.Array{parameters(t, `[{"a": 1}]`, arrow.PrimitiveTypes.Int64).Column(0)})
	if err != nil {
		t.Fatal(err)
	}
	batch := array.NewRecordBatch(arrow.NewSchema([]arrow.Field{{Name: "u", Type: union.DataType()}}, nil), []arrow.Array{union}, 1)
	var out recorded
	w := flight.NewRecordWriter(&out, ipc.WithSchema(batch.Schema()))
	w.SetFlightDescriptor(messagesOf(t)[0].FlightDescriptor)
	if err := w.Write(batch); err != nil {
		t.Fatal(err)
	}
	if err := put(t.Context(), c, out...); !hasState(err, notSupported) {
		t.Errorf("a union: %v", err)
	}
}
