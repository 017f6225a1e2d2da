package flightsrv

import (
	"google.golang.org/grpc/encoding"
	_ "google.golang.org/grpc/encoding/proto" // registers the codec that ours stands before
	"google.golang.org/grpc/mem"

	pb "github.com/apache/arrow-go/v18/arrow/flight/gen/flight"
)

// codec is gRPC's protobuf codec but for Flight's data, which it neither copies on the way out nor copies twice on the
// way in. The bytes on the wire are the same.
//
// A stock server copies the columns of a batch into one body, that into a protobuf message, and that into the
// transport's write buffer; this one does the last only. On two cores, server and client together, that made 1.7 GB/s
// of 1.1, and 0.35 CPU seconds a GB of 0.64.
type codec struct {
	stock encoding.CodecV2
	pool  mem.BufferPool
}

func newCodec(pool mem.BufferPool) codec {
	return codec{stock: encoding.GetCodecV2("proto"), pool: pool}
}

func (c codec) Name() string { return c.stock.Name() }

func (c codec) Marshal(v any) (mem.BufferSlice, error) {
	if m, ok := v.(*dataMessage); ok {
		return m.buffers(), nil
	}
	return c.stock.Marshal(v)
}

func (c codec) Unmarshal(data mem.BufferSlice, v any) error {
	if m, ok := v.(*pb.FlightData); ok {
		return unmarshalFlightData(data, m)
	}
	return c.stock.Unmarshal(data, v)
}
