package flightsrv

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	pb "github.com/apache/arrow-go/v18/arrow/flight/gen/flight"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/exec"
)

// messageBytes is about how large a FlightData message is made: larger ones are no faster, and clients by default refuse
// more than 4 MiB.
const messageBytes = 2 << 20

// rows are the answer to a request: batches of one schema.
type rows struct {
	schema  *arrow.Schema
	batches exec.Batches
	// state is nil but for a training stream, each of whose batches is one message, with what the stream's state is after it. The last
	// message says that it is the last.
	state func() (state []byte, end bool)
}

// send streams rows to a client. Flow control is gRPC's: a message waits until the transport has sent most of the one
// before it, so a client that does not read holds two messages in memory and whatever its query holds.
func send(ctx context.Context, stream pb.FlightService_DoGetServer, r rows) error {
	out := &recordStream{ctx: ctx, stream: stream, state: r.state}
	// The writer's own buffers (bitmaps and offsets of slices) are the garbage collector's, since the transport reads
	// them after the writer lets go of them.
	w := ipc.NewWriterWithPayloadWriter(out, ipc.WithSchema(r.schema), ipc.WithAllocator(memory.DefaultAllocator))
	for batch, err := range r.batches {
		if err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := out.write(w, r.schema, batch); err != nil {
			return err
		}
	}
	if r.state != nil && !out.ended {
		nothing := array.NewRecordBuilder(memory.DefaultAllocator, r.schema).NewRecordBatch()
		defer nothing.Release()
		if err := out.send(w, r.schema, nothing); err != nil {
			return err
		}
	}
	return w.Close()
}

// A recordStream is an IPC payload writer over a gRPC stream.
type recordStream struct {
	ctx    context.Context
	stream pb.FlightService_DoGetServer
	record arrow.RecordBatch               // being written
	state  func() (state []byte, end bool) // see rows
	ended  bool                            // a message has said that it is the last
}

func (s *recordStream) Start() error { return nil }
func (s *recordStream) Close() error { return nil }

func (s *recordStream) WritePayload(payload ipc.Payload) error {
	m, err := newDataMessage(&payload, s.record)
	if err != nil {
		return err
	}
	if s.state != nil && s.record != nil {
		m.metadata, s.ended = s.state()
	}
	if err := s.stream.SendMsg(m); err != nil {
		if s.ctx.Err() != nil {
			return s.ctx.Err()
		}
		return err
	}
	return nil
}

// write sends a batch in messages of about messageBytes.
func (s *recordStream) write(w *ipc.Writer, schema *arrow.Schema, batch arrow.RecordBatch) error {
	n := batch.NumRows()
	if n == 0 {
		return nil
	}
	if size := batchBytes(batch); size > messageBytes*5/4 && n > 1 && s.state == nil {
		pieces := min((size+messageBytes-1)/messageBytes, n)
		for i := range pieces {
			piece := batch.NewSlice(i*n/pieces, (i+1)*n/pieces)
			err := s.write(w, schema, piece)
			piece.Release()
			if err != nil {
				return err
			}
		}
		return nil
	}
	return s.send(w, schema, batch)
}

// send sends a batch in one message.
func (s *recordStream) send(w *ipc.Writer, schema *arrow.Schema, batch arrow.RecordBatch) error {
	// The schema that the client was told has metadata of its own.
	record := array.NewRecordBatch(schema, batch.Columns(), batch.NumRows())
	defer record.Release()
	s.record = record
	err := w.Write(record)
	s.record = nil
	return err
}
