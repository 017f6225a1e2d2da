package flightsrv

import (
	"errors"
	"io"

	"github.com/apache/arrow-go/v18/arrow/flight"
	pb "github.com/apache/arrow-go/v18/arrow/flight/gen/flight"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// DoPut takes rows from a client: parameters, or rows to load. Some commands come without any.
func (s *Server) DoPut(stream pb.FlightService_DoPutServer) error {
	first, err := stream.Recv()
	if errors.Is(err, io.EOF) {
		return &Error{State: protocolViolation, Msg: "DoPut without a message"}
	}
	if err != nil {
		return err
	}
	if first.FlightDescriptor == nil {
		return &Error{State: protocolViolation, Msg: "DoPut without a flight descriptor in its first message"}
	}
	c, m, err := s.descriptor(first.FlightDescriptor)
	if err != nil {
		return err
	}
	if c.put == nil {
		return unfit("DoPut", m)
	}
	return c.put(stream.Context(), s, requestOf(stream.Context()), m, &putStream{stream: stream, first: first})
}

// A putStream is what a client sends by DoPut.
type putStream struct {
	stream pb.FlightService_DoPutServer
	first  *pb.FlightData // read already, for its descriptor
	failed error          // of gRPC, which the IPC reader would wrap beyond recognition
}

// Recv is the next message, the first one included.
func (in *putStream) Recv() (*pb.FlightData, error) {
	if first := in.first; first != nil {
		in.first = nil
		if len(first.DataHeader) > 0 {
			return first, nil
		}
	}
	m, err := in.stream.Recv()
	if err != nil && !errors.Is(err, io.EOF) {
		in.failed = err
	}
	return m, err
}

// records reads the client's rows. io.EOF says that it sends not even a schema.
func (in *putStream) records() (*flight.Reader, error) {
	first, err := in.Recv()
	if err != nil {
		return nil, err
	}
	in.first = first
	reader, err := flight.NewRecordReader(in, ipc.WithDelayReadSchema(false))
	if err != nil {
		return nil, in.fault(err)
	}
	return reader, nil
}

// fault is an error in the client's stream: gRPC's own, such as its going away, or its bytes'.
func (in *putStream) fault(err error) error {
	if in.failed != nil {
		return in.failed
	}
	if _, ok := status.FromError(err); ok {
		return err
	}
	return malformed("record batches", err)
}

// answer sends a message back.
func (in *putStream) answer(m proto.Message) error {
	b, err := proto.Marshal(m)
	if err != nil {
		return err
	}
	return in.stream.Send(&pb.PutResult{AppMetadata: b})
}
