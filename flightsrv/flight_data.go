package flightsrv

import (
	"sync/atomic"

	"github.com/apache/arrow-go/v18/arrow"
	pb "github.com/apache/arrow-go/v18/arrow/flight/gen/flight"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
)

// Fields of the protobuf message FlightData.
const (
	fieldDescriptor  = 1
	fieldHeader      = 2
	fieldAppMetadata = 3
	fieldBody        = 1000
)

// copiedBelow is the size under which a column's buffer is cheaper copied than handed over.
const copiedBelow = 4096

// A dataMessage is a FlightData message on its way out. Its body stays where the columns are: the record that they
// belong to is retained until the transport has written them, which is after SendMsg returns.
type dataMessage struct {
	record   arrow.RecordBatch // nil for schemas
	header   []byte
	metadata []byte // of the application
	body     [][]byte
	size     int // of the body
}

// newDataMessage makes a message of one IPC payload. The record, if any, owns the payload's buffers.
func newDataMessage(payload *ipc.Payload, record arrow.RecordBatch) (*dataMessage, error) {
	meta := payload.Meta()
	defer meta.Release()
	m := &dataMessage{record: record, header: meta.Bytes()}
	err := payload.SerializeBody((*bodyCollector)(m))
	return m, err
}

// A bodyCollector takes the slices that an IPC payload writes as they are, without copying them.
type bodyCollector dataMessage

func (c *bodyCollector) Write(p []byte) (int, error) {
	c.body = append(c.body, p)
	c.size += len(p)
	return len(p), nil
}

// buffers is the message in protobuf's encoding. Small pieces are gathered into buffers of their own, large ones are
// passed on in place.
func (m *dataMessage) buffers() mem.BufferSlice {
	small := make([]byte, 0, len(m.header)+len(m.metadata)+32+m.smallBytes())
	small = protowire.AppendTag(small, fieldHeader, protowire.BytesType)
	small = protowire.AppendBytes(small, m.header)
	if m.metadata != nil {
		small = protowire.AppendTag(small, fieldAppMetadata, protowire.BytesType)
		small = protowire.AppendBytes(small, m.metadata)
	}
	if m.record == nil && m.size == 0 {
		return mem.BufferSlice{mem.SliceBuffer(small)}
	}
	small = protowire.AppendTag(small, fieldBody, protowire.BytesType)
	small = protowire.AppendVarint(small, uint64(m.size))

	var out mem.BufferSlice
	owner := &borrowed{record: m.record}
	owner.pieces.Store(1) // until all pieces are counted
	for _, piece := range m.body {
		if len(piece) < copiedBelow || m.record == nil {
			small = append(small, piece...)
			continue
		}
		if len(small) > 0 {
			out = append(out, mem.SliceBuffer(small))
			small = small[len(small):]
		}
		if owner.pieces.Add(1) == 2 {
			owner.record.Retain()
		}
		out = append(out, mem.NewBuffer(&piece, owner))
	}
	if len(small) > 0 {
		out = append(out, mem.SliceBuffer(small))
	}
	if owner.pieces.Load() > 1 {
		owner.Put(nil)
	}
	return out
}

// smallBytes is how much of the body is copied.
func (m *dataMessage) smallBytes() int {
	n := 0
	for _, piece := range m.body {
		if len(piece) < copiedBelow || m.record == nil {
			n += len(piece)
		}
	}
	return n
}

// borrowed stands for a record whose buffers the transport is writing. gRPC believes it to be the pool that the buffers
// came from, and puts each back when it is written; with the last, the record is released.
type borrowed struct {
	record arrow.RecordBatch
	pieces atomic.Int32
}

func (b *borrowed) Put(*[]byte) {
	if b.pieces.Add(-1) == 0 {
		b.record.Release()
	}
}

// Get is never called: nothing is taken from this pool.
func (b *borrowed) Get(length int) *[]byte {
	buf := make([]byte, length)
	return &buf
}

// unmarshalFlightData decodes a FlightData message with one copy of the body, from the transport's buffers into one that
// the message keeps. The stock codec makes two.
func unmarshalFlightData(data mem.BufferSlice, m *pb.FlightData) error {
	m.Reset()
	all := data.Materialize()
	for len(all) > 0 {
		number, kind, n := protowire.ConsumeTag(all)
		if n < 0 {
			return protowire.ParseError(n)
		}
		all = all[n:]
		if kind != protowire.BytesType {
			n = protowire.ConsumeFieldValue(number, kind, all)
			if n < 0 {
				return protowire.ParseError(n)
			}
			all = all[n:]
			continue
		}
		value, n := protowire.ConsumeBytes(all)
		if n < 0 {
			return protowire.ParseError(n)
		}
		all = all[n:]
		switch number {
		case fieldDescriptor:
			m.FlightDescriptor = new(pb.FlightDescriptor)
			if err := proto.Unmarshal(value, m.FlightDescriptor); err != nil {
				return err
			}
		case fieldHeader:
			m.DataHeader = value
		case fieldAppMetadata:
			m.AppMetadata = value
		case fieldBody:
			m.DataBody = value
		}
	}
	return nil
}
