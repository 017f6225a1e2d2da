package flightsrv

import (
	"errors"
	"io"
	"sync/atomic"

	pb "github.com/apache/arrow-go/v18/arrow/flight/gen/flight"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"google.golang.org/protobuf/proto"

	"github.com/mediaflight/mediaflight/udf/ipccheck"
)

// DoPut takes rows from a client: parameters, or rows to load. Some commands come without any.
func (s *Server) DoPut(stream pb.FlightService_DoPutServer) error {
	first, err := stream.Recv()
	if errors.Is(err, io.EOF) {
		return &Error{State: protocolViolation, Msg: "DoPut without a message", Hint: "ADBC sends none for an ingest without batches: CREATE TABLE makes an empty table"}
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
	waits  *atomic.Bool   // set while a message is waited for, unless nil
}

// abort is the metadata of a message without rows by which a client takes back what it has sent. Clients that can cancel a call do
// that instead; pyarrow's cannot, and ends the stream of a source that failed as if it were whole.
const abort = "abort"

// message is the next message of the client's IPC stream, the first one included. Messages that carry only a descriptor or
// metadata are none.
func (in *putStream) message() (header, body []byte, err error) {
	for {
		m := in.first
		if in.first = nil; m == nil {
			if m, err = in.receive(); err != nil {
				return nil, nil, err
			}
		}
		if len(m.DataHeader) > 0 {
			return m.DataHeader, m.DataBody, nil
		}
		if string(m.AppMetadata) == abort {
			return nil, nil, &Error{State: canceled, Msg: "canceling statement: the client takes back what it sent"}
		}
	}
}

func (in *putStream) receive() (*pb.FlightData, error) {
	if in.waits != nil {
		in.waits.Store(true)
		defer in.waits.Store(false)
	}
	return in.stream.Recv()
}

// records reads the client's rows, checked. io.EOF says that it sends not even a schema.
func (in *putStream) records() (*ipccheck.Reader, error) {
	reader, err := ipccheck.NewReader(in.message, memory.DefaultAllocator)
	if err != nil {
		return nil, in.fault(err)
	}
	return reader, nil
}

// fault is an error in the client's stream: gRPC's own, such as its going away, or its bytes'.
func (in *putStream) fault(err error) error {
	var unfit *ipccheck.Error
	switch {
	case isState(err, "22P04"): // damaged, as a file would be
		return malformed("record batches", err)
	case errors.As(err, &unfit):
		return &Error{State: unfit.State, Msg: unfit.Msg, Hint: unfit.Hint}
	}
	return err
}

// answer sends a message back.
func (in *putStream) answer(m proto.Message) error {
	b, err := proto.Marshal(m)
	if err != nil {
		return err
	}
	return in.stream.Send(&pb.PutResult{AppMetadata: b})
}
