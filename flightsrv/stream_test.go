package flightsrv

import (
	"context"
	"io"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/flight"
	pb "github.com/apache/arrow-go/v18/arrow/flight/gen/flight"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// fakeStream hands a stream's messages through our codec and back through the stock one, as a stock client reads them.
type fakeStream struct {
	pb.FlightService_DoGetServer
	t        *testing.T
	codec    codec
	messages []*pb.FlightData
	next     int
}

func (s *fakeStream) SendMsg(m any) error {
	data, err := s.codec.Marshal(m)
	if err != nil {
		return err
	}
	stock := &pb.FlightData{}
	if err := s.codec.stock.Unmarshal(data, stock); err != nil {
		s.t.Fatalf("the stock codec does not read our bytes: %v", err)
	}
	ours := &pb.FlightData{}
	if err := s.codec.Unmarshal(data, ours); err != nil {
		s.t.Fatal(err)
	}
	if string(ours.DataHeader) != string(stock.DataHeader) || string(ours.DataBody) != string(stock.DataBody) {
		s.t.Fatal("the two codecs read different messages")
	}
	s.messages = append(s.messages, stock)
	data.Free()
	return nil
}

func (s *fakeStream) Recv() (*pb.FlightData, error) {
	if s.next == len(s.messages) {
		return nil, io.EOF
	}
	s.next++
	return s.messages[s.next-1], nil
}

// randomBatch has columns of every shape that the wire treats in its own way.
func randomBatch(mem memory.Allocator, rows int, seed uint64) arrow.RecordBatch {
	fields := []arrow.Field{
		{Name: "b", Type: arrow.FixedWidthTypes.Boolean, Nullable: true},
		{Name: "i", Type: arrow.PrimitiveTypes.Int64, Nullable: true},
		{Name: "s", Type: arrow.BinaryTypes.String, Nullable: true},
		{Name: "v", Type: arrow.FixedSizeListOf(33, arrow.PrimitiveTypes.Float32), Nullable: true},
		{Name: "l", Type: arrow.ListOf(arrow.StructOf(arrow.Field{Name: "x", Type: arrow.PrimitiveTypes.Int32, Nullable: true},
			arrow.Field{Name: "y", Type: arrow.BinaryTypes.String, Nullable: true})), Nullable: true},
		{Name: "m", Type: arrow.MapOf(arrow.BinaryTypes.String, arrow.PrimitiveTypes.Float64), Nullable: true},
		{Name: "d", Type: &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int32, ValueType: arrow.BinaryTypes.String}, Nullable: true},
		{Name: "n", Type: arrow.Null, Nullable: true},
	}
	b := array.NewRecordBuilder(mem, arrow.NewSchema(fields, nil))
	defer b.Release()
	r := rand.New(rand.NewPCG(seed, 1))
	word := func() string { return "0123456789abcdefghijklmnopqrstuvwxyz"[:r.IntN(37)] }
	for range rows {
		for i := range fields {
			if r.IntN(9) == 0 || i == 7 {
				b.Field(i).AppendNull()
				continue
			}
			switch f := b.Field(i).(type) {
			case *array.BooleanBuilder:
				f.Append(r.IntN(2) == 0)
			case *array.Int64Builder:
				f.Append(r.Int64())
			case *array.StringBuilder:
				f.Append(word())
			case *array.FixedSizeListBuilder:
				f.Append(true)
				for range 33 {
					f.ValueBuilder().(*array.Float32Builder).Append(r.Float32())
				}
			case *array.MapBuilder:
				f.Append(true)
				for range r.IntN(3) {
					f.KeyBuilder().(*array.StringBuilder).Append(word())
					f.ItemBuilder().(*array.Float64Builder).Append(r.Float64())
				}
			case *array.ListBuilder:
				f.Append(true)
				s := f.ValueBuilder().(*array.StructBuilder)
				for range r.IntN(4) {
					s.Append(true)
					s.FieldBuilder(0).(*array.Int32Builder).Append(r.Int32())
					s.FieldBuilder(1).(*array.StringBuilder).Append(word())
				}
			case *array.BinaryDictionaryBuilder:
				if err := f.AppendString(word()); err != nil {
					panic(err)
				}
			}
		}
	}
	return b.NewRecordBatch()
}

func TestStreamReadsBack(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
	defer mem.AssertSize(t, 0)
	for _, rows := range []int{0, 1, 100, 30_000} {
		whole := randomBatch(mem, rows, uint64(rows))
		batches := []arrow.RecordBatch{whole, whole.NewSlice(int64(rows/3), int64(rows-rows/4))}
		stream := &fakeStream{t: t, codec: newCodec(&bufferPool{})}
		answer := rowsOfBatches(whole.Schema(), batches)
		if err := send(t.Context(), stream, answer); err != nil {
			t.Fatal(err)
		}
		for _, m := range stream.messages {
			if len(m.DataBody) > messageBytes*3/2 {
				t.Errorf("a message of %d bytes", len(m.DataBody))
			}
		}
		r, err := flight.NewRecordReader(stream)
		if err != nil {
			t.Fatal(err)
		}
		var got []arrow.RecordBatch
		for r.Next() {
			b := r.RecordBatch()
			b.Retain()
			got = append(got, b)
		}
		if r.Err() != nil {
			t.Fatal(r.Err())
		}
		want, have := array.NewTableFromRecords(whole.Schema(), batches), array.NewTableFromRecords(whole.Schema(), got)
		if !array.TableEqual(want, have) {
			t.Errorf("%d rows: another table came out", rows)
		}
		want.Release()
		have.Release()
		for _, b := range append(batches, got...) {
			b.Release()
		}
		r.Release()
	}
}

func rowsOfBatches(schema *arrow.Schema, batches []arrow.RecordBatch) rows {
	return rows{schema: schema, batches: func(yield func(arrow.RecordBatch, error) bool) {
		for _, b := range batches {
			if !yield(b, nil) {
				return
			}
		}
	}}
}

func TestBatchBytesCountsRowsShown(t *testing.T) {
	batch := randomBatch(memory.DefaultAllocator, 1000, 7)
	defer batch.Release()
	whole := batchBytes(batch)
	var parts int64
	for i := range int64(10) {
		part := batch.NewSlice(i*100, (i+1)*100)
		parts += batchBytes(part)
		part.Release()
	}
	if whole < 130_000 || parts < whole*95/100 || parts > whole*105/100 {
		t.Errorf("whole %d bytes, its tenths together %d", whole, parts)
	}
}

// A client that stops reading holds back its own query, and what it holds in memory is a few messages.
func TestStalledClientHoldsLittle(t *testing.T) {
	h := start(t, nil, clips(200_000, 256)) // 205 MB
	c := h.bare(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	stalled, err := c.DoGet(ctx, &pb.Ticket{Ticket: []byte("SELECT * FROM clips")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stalled.Recv(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(200 * time.Millisecond)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	time.Sleep(300 * time.Millisecond)
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 4<<20 {
		t.Errorf("the heap grew by %d bytes while the client did not read", grown)
	}
	if n := len(h.Running()); n != 1 {
		t.Errorf("%d queries run", n)
	}
	other := h.dial(t)
	if got := query(t, other, "SELECT * FROM clips").NumRows(); got != 200_000 {
		t.Errorf("another client read %d rows", got)
	}

	cancel()
	end := time.Now()
	for len(h.Running()) > 0 && time.Since(end) < time.Second {
		time.Sleep(time.Millisecond)
	}
	if d := time.Since(end); d > 100*time.Millisecond {
		t.Errorf("the query ran on for %v after its client went away", d)
	}
}

// Messages fit clients with gRPC's default limit of 4 MiB.
func TestMessagesFitDefaultClients(t *testing.T) {
	h := start(t, nil, clips(20_000, 512))
	c := h.bare(t)
	stream, err := c.DoGet(t.Context(), &pb.Ticket{Ticket: []byte("SELECT * FROM clips")})
	if err != nil {
		t.Fatal(err)
	}
	total := 0
	for {
		m, err := stream.Recv()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		total += len(m.DataBody)
	}
	if total < 20_000*512*4 {
		t.Errorf("%d bytes came", total)
	}
}

func BenchmarkStream(b *testing.B) {
	h := start(b, nil, clips(100_000, 384))
	c, err := grpc.NewClient(h.address, grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithReadBufferSize(256<<10), grpc.WithDefaultCallOptions(grpc.ForceCodecV2(newCodec(&bufferPool{}))))
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	client := pb.NewFlightServiceClient(c)
	for b.Loop() {
		stream, err := client.DoGet(b.Context(), &pb.Ticket{Ticket: []byte("SELECT * FROM clips")})
		if err != nil {
			b.Fatal(err)
		}
		var n int64
		for {
			m, err := stream.Recv()
			if err == io.EOF {
				break
			}
			if err != nil {
				b.Fatal(err)
			}
			n += int64(len(m.DataBody))
		}
		b.SetBytes(n)
	}
}

// BenchmarkSmallQuery is a query for ten rows as a client sees it: GetFlightInfo, then DoGet.
func BenchmarkSmallQuery(b *testing.B) {
	h := start(b, nil, clips(1000, 8))
	c := h.dial(b)
	b.ReportAllocs()
	for b.Loop() {
		info, err := c.Execute(b.Context(), "SELECT id FROM clips LIMIT 10")
		if err != nil {
			b.Fatal(err)
		}
		r, err := c.DoGet(b.Context(), info.Endpoint[0].Ticket)
		if err != nil {
			b.Fatal(err)
		}
		for r.Next() {
		}
		r.Release()
	}
}
