package ipccheck

import (
	"encoding/binary"
	"io"

	"github.com/apache/arrow-go/v18/arrow/memory"
)

// magic is at both ends of a file.
const magic = "ARROW1"

// A block is where a message is in a file.
type block struct {
	offset, header, body int64
}

// fileOf reads a file of a size as the stream that it holds: schema, all dictionaries, then the batches in the order of
// the footer. Dictionaries may come anywhere in a file, so that the order of its messages alone would not do.
func fileOf(r io.ReaderAt, size int64, mem memory.Allocator) (source, error) {
	blocks, err := footer(r, size)
	if err != nil {
		return nil, err
	}
	schema := streamOf(io.NewSectionReader(r, int64(len(magic))+2, size), size, mem)
	return func() ([]byte, *memory.Buffer, error) {
		if schema != nil {
			header, body, err := schema()
			schema = nil
			return header, body, err
		}
		if len(blocks) == 0 {
			return nil, nil, io.EOF
		}
		next := blocks[0]
		blocks = blocks[1:]
		return streamOf(io.NewSectionReader(r, next.offset, next.header+next.body), next.header+next.body, mem)()
	}, nil
}

// footer reads where the dictionaries and batches are.
func footer(r io.ReaderAt, size int64) ([]block, error) {
	const tail = 4 + int64(len(magic))
	var end [tail]byte
	if size < 2*int64(len(magic))+4 {
		return nil, badf("file of %d bytes", size)
	}
	if _, err := r.ReadAt(end[:], size-tail); err != nil {
		return nil, err
	}
	n := int64(binary.LittleEndian.Uint32(end[:]))
	if string(end[4:]) != magic || n > size-tail-int64(len(magic)) {
		return nil, badf("file has no footer: it was cut off, or is not an Arrow file")
	}
	data := make([]byte, n)
	if _, err := r.ReadAt(data, size-tail-n); err != nil {
		return nil, err
	}
	b := newFlatbuffer(data)
	t := b.table(0)
	left := size
	var blocks []block
	for _, field := range []int{2, 3} { // dictionaries, batches
		at, n := t.vector(field, 24)
		for k := range n {
			next := block{offset: b.int64(at + 24*k), header: int64(int32(b.uint32(at + 24*k + 8))), body: b.int64(at + 24*k + 16)}
			if next.offset < 0 || next.offset > size || next.header < 8 || next.body < 0 || next.body > size-next.offset-next.header {
				return nil, badf("file has a block at %d of %d and %d bytes, itself %d", next.offset, next.header, next.body, size)
			}
			if left -= next.header + next.body; left < 0 {
				return nil, badf("file has blocks that overlap")
			}
			blocks = append(blocks, next)
		}
	}
	return blocks, b.err
}
