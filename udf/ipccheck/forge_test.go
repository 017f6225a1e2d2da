package ipccheck_test

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
	flatbuffers "github.com/google/flatbuffers/go"
)

// message ends a message with a header of a kind, as it is in a stream.
func message(b *flatbuffers.Builder, kind byte, header flatbuffers.UOffsetT, body int64) []byte {
	b.StartObject(5)
	b.PrependInt16Slot(0, 4, 0) // version 5
	b.PrependByteSlot(1, kind, 0)
	b.PrependUOffsetTSlot(2, header, 0)
	b.PrependInt64Slot(3, body, 0)
	b.Finish(b.EndObject())
	return b.FinishedBytes()
}

func framed(message []byte) []byte {
	padded := append(bytes.Clone(message), make([]byte, -len(message)&7)...)
	return append(ints(0xffffffff, uint32(len(padded))), padded...)
}

// vectorAt finds a vector's length by the fields that lead to it from a message.
func vectorAt(message []byte, fields ...int) flatbuffers.UOffsetT {
	t := flatbuffers.Table{Bytes: message, Pos: flatbuffers.GetUOffsetT(message)}
	for _, i := range fields {
		t.Pos = t.Indirect(t.Pos + flatbuffers.UOffsetT(t.Offset(flatbuffers.VOffsetT(4+2*i))))
	}
	return t.Pos
}

// schemaMessage is a schema with one vector, of a forged length.
func schemaMessage(field int, length uint32) []byte {
	b := flatbuffers.NewBuilder(0)
	vector := b.CreateString("")
	b.StartObject(4)
	b.PrependUOffsetTSlot(field, vector, 0)
	m := message(b, 1, b.EndObject(), 0)
	binary.LittleEndian.PutUint32(m[vectorAt(m, 2, field):], length)
	return framed(m)
}

// schemaOfFields ends a schema message.
func schemaOfFields(b *flatbuffers.Builder, fields ...flatbuffers.UOffsetT) []byte {
	vector := offsets(b, fields)
	b.StartObject(4)
	b.PrependUOffsetTSlot(1, vector, 0)
	return message(b, 1, b.EndObject(), 0)
}

func offsets(b *flatbuffers.Builder, to []flatbuffers.UOffsetT) flatbuffers.UOffsetT {
	b.StartVector(4, len(to), 4)
	for _, o := range to {
		b.PrependUOffsetT(o)
	}
	return b.EndVector(len(to))
}

// structField is a struct of fields.
func structField(b *flatbuffers.Builder, children ...flatbuffers.UOffsetT) flatbuffers.UOffsetT {
	b.StartObject(0)
	dt := b.EndObject()
	vector := offsets(b, children)
	b.StartObject(7)
	b.PrependByteSlot(2, 13, 0)
	b.PrependUOffsetTSlot(3, dt, 0)
	b.PrependUOffsetTSlot(5, vector, 0)
	return b.EndObject()
}

// nested is a schema of structs, each of which holds the next one a number of times over.
func nested(depth, times int) []byte {
	b := flatbuffers.NewBuilder(0)
	field := structField(b)
	for range depth {
		var children []flatbuffers.UOffsetT
		for range times {
			children = append(children, field)
		}
		field = structField(b, children...)
	}
	return framed(schemaOfFields(b, field))
}

// ouroboros is a schema with a field that is its own child: an offset of 32 bits goes around.
func ouroboros() []byte {
	b := flatbuffers.NewBuilder(0)
	m := schemaOfFields(b, structField(b, structField(b)))
	field := vectorAt(m, 2, 1) + 4
	field += flatbuffers.GetUOffsetT(m[field:])
	t := flatbuffers.Table{Bytes: m, Pos: field}
	child := t.Vector(flatbuffers.UOffsetT(t.Offset(4 + 2*5)))
	binary.LittleEndian.PutUint32(m[child:], uint32(field-child))
	return framed(m)
}

// A forgedBatch is what a batch says of itself. Nodes are rows and nulls, buffers offsets and lengths.
type forgedBatch struct {
	rows           int64
	nodes, buffers [][2]int64
	body           int64
	packed         bool
	codec          byte
	views          []int64
	after          int64 // what the bytes behind the counts of views say, which are then none
}

func batchMessage(f forgedBatch) []byte {
	b := flatbuffers.NewBuilder(0)
	pairs := func(list [][2]int64) flatbuffers.UOffsetT {
		b.StartVector(16, len(list), 8)
		for i := range list {
			pair := list[len(list)-1-i]
			b.PrependInt64(pair[1])
			b.PrependInt64(pair[0])
		}
		return b.EndVector(len(list))
	}
	counts := f.views
	if f.after != 0 {
		counts = []int64{f.after}
	}
	b.StartVector(8, len(counts), 8)
	for _, n := range counts {
		b.PrependInt64(n)
	}
	views := b.EndVector(len(counts))
	nodes, buffers := pairs(f.nodes), pairs(f.buffers)
	b.StartObject(2)
	b.PrependByteSlot(0, f.codec, 0)
	compression := b.EndObject()
	b.StartObject(5)
	b.PrependInt64Slot(0, f.rows, 0)
	b.PrependUOffsetTSlot(1, nodes, 0)
	b.PrependUOffsetTSlot(2, buffers, 0)
	if f.packed {
		b.PrependUOffsetTSlot(3, compression, 0)
	}
	b.PrependUOffsetTSlot(4, views, 0)
	m := message(b, 3, b.EndObject(), f.body)
	if f.after != 0 {
		binary.LittleEndian.PutUint32(m[vectorAt(m, 2, 4):], 0)
	}
	return framed(m)
}

func fromJSON(t *testing.T, dt arrow.DataType, values string) arrow.Array {
	t.Helper()
	a, _, err := array.FromJSON(memory.DefaultAllocator, dt, strings.NewReader(values))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// replaced is a stream of values in which bytes, found once, are others.
func replaced(t *testing.T, dt arrow.DataType, values string, from, to []byte) []byte {
	t.Helper()
	data := stream(t, []arrow.RecordBatch{one(fromJSON(t, dt, values))})
	if bytes.Count(data, from) != 1 {
		t.Fatalf("%s: %x is in the stream %d times", dt, from, bytes.Count(data, from))
	}
	return bytes.Replace(data, from, to, 1)
}

// union is three values of a union.
func union(t *testing.T) arrow.Array {
	t.Helper()
	a, err := array.NewSparseUnionFromArrays(fromJSON(t, arrow.PrimitiveTypes.Int8, `[0, 1, 0]`),
		[]arrow.Array{fromJSON(t, arrow.PrimitiveTypes.Int32, `[1, 2, 3]`), fromJSON(t, arrow.BinaryTypes.String, `["a", "b", "c"]`)})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// deltas is a stream with a dictionary that grows.
func deltas(t *testing.T) []byte {
	t.Helper()
	dt := &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int8, ValueType: arrow.BinaryTypes.String}
	batches := []arrow.RecordBatch{one(fromJSON(t, dt, `["a"]`)), one(fromJSON(t, dt, `["a", "b"]`))}
	return stream(t, batches, ipc.WithDictionaryDeltas(true))
}

// views are n views of one value of a number of bytes.
func views(n, size int) arrow.Array {
	headers := make([]arrow.ViewHeader, n)
	value := strings.Repeat("x", size)
	headers[0].SetString(value)
	for i := range headers {
		headers[i] = headers[0]
	}
	data := array.NewData(arrow.BinaryTypes.StringView, n,
		[]*memory.Buffer{nil, memory.NewBufferBytes(arrow.ViewHeaderTraits.CastToBytes(headers)), memory.NewBufferBytes([]byte(value))}, nil, 0, 0)
	return array.NewStringViewData(data)
}

// words are n places of one word of a number of bytes.
func words(t *testing.T, n, size int) arrow.Array {
	t.Helper()
	indices := array.NewInt8Data(array.NewData(arrow.PrimitiveTypes.Int8, n, []*memory.Buffer{nil, memory.NewBufferBytes(make([]byte, n))}, nil, 0, 0))
	word := fromJSON(t, arrow.BinaryTypes.String, `["`+strings.Repeat("x", size)+`"]`)
	return array.NewDictionaryArray(&arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int8, ValueType: arrow.BinaryTypes.String}, indices, word)
}

func ints(values ...uint32) (b []byte) {
	for _, v := range values {
		b = binary.LittleEndian.AppendUint32(b, v)
	}
	return b
}

func longs(values ...uint64) (b []byte) {
	for _, v := range values {
		b = binary.LittleEndian.AppendUint64(b, v)
	}
	return b
}

// claims is a compressed buffer of n bytes that claims to hold others.
func claims(size uint64, n int) []byte { return append(longs(size), make([]byte, n-8)...) }

// withoutEnd puts messages after a stream, in place of the mark at its end.
func withoutEnd(stream []byte, messages ...[]byte) []byte {
	return append(bytes.Clone(stream[:len(stream)-8]), bytes.Join(messages, nil)...)
}
