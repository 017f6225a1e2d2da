package reader

import (
	"encoding/base64"
	"encoding/binary"

	"github.com/apache/arrow-go/v18/arrow"
)

// ArrowSchema is the file's schema by itself: Arrow types that this package reads the columns as, with field ids in the
// fields' metadata where the file has them. Lists that an Arrow writer noted to be of one length are FixedSizeLists.
func (f *File) ArrowSchema() (*arrow.Schema, error) {
	fields := make([]arrow.Field, len(f.fields))
	for i, field := range f.fields {
		var err error
		if fields[i], err = field.arrowField(f.path); err != nil {
			return nil, err
		}
	}
	for i, length := range f.notedLengths() {
		if list, ok := fields[i].Type.(*arrow.ListType); ok && length > 0 && !arrow.IsNested(list.Elem().ID()) {
			if layout, _ := layoutOf(list.Elem()); layout == fixed {
				fields[i].Type = arrow.FixedSizeListOfField(length, list.ElemField())
			}
		}
	}
	return arrow.NewSchema(fields, nil), nil
}

// notedLengths is, by column, the length of lists that are of one length as the Arrow schema in the metadata has it; nil if
// there is none that can be read.
func (f *File) notedLengths() (lengths []int32) {
	for _, kv := range f.meta.KeyValueMetadata {
		if kv.Key != "ARROW:schema" {
			continue
		}
		message, err := base64.StdEncoding.DecodeString(kv.Value)
		if err != nil {
			return nil
		}
		_ = guard(f.path, func() error {
			lengths = listLengths(message, len(f.fields))
			return nil
		})
	}
	return lengths
}

// listLengths reads the one thing that is wanted from an Arrow schema message. arrow-go's reader takes memory for what the
// message claims, however much that is; this one only looks, and panics when it looks past the end.
func listLengths(message []byte, columns int) []int32 {
	const (
		headerIsSchema  = 1
		typeIsFixedList = 16
	)
	size := binary.LittleEndian.Uint32(message)
	message = message[4:]
	if size == 0xffffffff { // since Arrow 0.15
		size = binary.LittleEndian.Uint32(message)
		message = message[4:]
	}
	b := flatbuffer(message[:size])
	root := b.follow(0)
	if b.number8(root, 1) != headerIsSchema {
		return nil
	}
	fields := b.child(b.child(root, 2), 1)
	if n := b.number32(fields); int(n) != columns {
		return nil
	}
	lengths := make([]int32, columns)
	for i := range lengths {
		if field := b.follow(fields + 4 + 4*i); b.number8(field, 2) == typeIsFixedList {
			if at := b.field(b.child(field, 3), 0); at > 0 {
				lengths[i] = int32(b.number32(at))
			}
		}
	}
	return lengths
}

// A flatbuffer is read by position, as https://flatbuffers.dev/internals lays down.
type flatbuffer []byte

func (b flatbuffer) number32(at int) uint32 { return binary.LittleEndian.Uint32(b[at:]) }

// follow is the position that the offset at a position leads to.
func (b flatbuffer) follow(at int) int { return at + int(b.number32(at)) }

// field is the position of a table's field, 0 if the table leaves it out.
func (b flatbuffer) field(table, i int) int {
	vtable := table - int(int32(b.number32(table)))
	if 4+2*i >= int(binary.LittleEndian.Uint16(b[vtable:])) {
		return 0
	}
	if offset := int(binary.LittleEndian.Uint16(b[vtable+4+2*i:])); offset > 0 {
		return table + offset
	}
	return 0
}

// child is the position of the table or vector that a field leads to.
func (b flatbuffer) child(table, i int) int {
	at := b.field(table, i)
	if at == 0 {
		panic("flatbuffer: field is missing")
	}
	return b.follow(at)
}

// number8 is a one-byte field, 0 if it is left out.
func (b flatbuffer) number8(table, i int) byte {
	if at := b.field(table, i); at > 0 {
		return b[at]
	}
	return 0
}
