package writer

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet/metadata"
	"github.com/parquet-go/parquet-go/encoding/thrift"
)

// DefaultRowGroupRows is how many rows a row group has unless their bytes end it before.
const DefaultRowGroupRows = 128 << 10

// DefaultCreatedBy names the writer in the form that readers parse to find out about faulty statistics.
const DefaultCreatedBy = "mediaflight version 0.1.0"

// Options say how a file is written. The zero value is good.
type Options struct {
	RowGroupRows int      // DefaultRowGroupRows if 0
	Compact      bool     // fewer bytes rather than values that can be read in place
	CreatedBy    string   // DefaultCreatedBy if empty
	BloomColumns []string // columns that get bloom filters
	Mem          memory.Allocator
}

// A Writer writes one Parquet file. It is used by one goroutine. It keeps batches until a row group is full, and must
// be closed or aborted for them to be released.
type Writer struct {
	out     *sink
	schema  *arrow.Schema
	opts    Options
	columns []column
	scratch scratch
	pending pending
	meta    fileMetaData
	groups  [][]chunk
	err     error // of an earlier call
}

// A column writes what it makes of one row group's values.
type column interface {
	write(out *sink, values []arrow.Array) ([]chunk, error)
}

func newColumn(f arrow.Field, opts Options, scratch *scratch) column {
	if isVector(f.Type) {
		return newVectorColumn(f)
	}
	// pqarrow makes bloom filters.
	if physical, ok := physicalType(f.Type); ok && !slices.Contains(opts.BloomColumns, f.Name) {
		return newFlatColumn(f, physical, opts, scratch)
	}
	return newArrowColumn(f, opts, scratch)
}

// A Summary describes a written file.
type Summary struct {
	Rows, Bytes int64
	Metadata    *metadata.FileMetaData
}

// New starts a file. Fields, nested ones too, carry their id as metadata "PARQUET:field_id". Fields of type
// FixedSizeList<float32> are written as lists that can be read in place. A type that files cannot hold is a
// *catalog.Error 0A000.
func New(w io.Writer, schema *arrow.Schema, opts Options) (*Writer, error) {
	if opts.RowGroupRows == 0 {
		opts.RowGroupRows = DefaultRowGroupRows
	}
	if opts.CreatedBy == "" {
		opts.CreatedBy = DefaultCreatedBy
	}
	if opts.Mem == nil {
		opts.Mem = memory.DefaultAllocator
	}
	if err := checkSchema(schema); err != nil {
		return nil, err
	}
	wr := &Writer{out: newSink(w), schema: schema, opts: opts}
	for _, f := range schema.Fields() {
		wr.columns = append(wr.columns, newColumn(f, opts, &wr.scratch))
	}
	wr.pending.columns = make([][]arrow.Array, len(wr.columns))

	empty, err := emptyFile(schema)
	if err != nil {
		return nil, err
	}
	wr.meta = *empty
	wr.meta.CreatedBy = opts.CreatedBy
	_, err = wr.out.Write(magic)
	return wr, err
}

var magic = []byte("PAR1")

// Write appends a batch whose columns have the schema's types. NULL where the schema has none is a *catalog.Error
// 23502. The batch stays the caller's.
func (w *Writer) Write(batch arrow.RecordBatch) error {
	if w.err == nil {
		w.err = w.write(batch)
	}
	return w.err
}

func (w *Writer) write(batch arrow.RecordBatch) error {
	if err := checkBatch(w.schema, batch); err != nil {
		return err
	}
	for from := int64(0); from < batch.NumRows(); {
		part := batch.NewSlice(from, min(batch.NumRows(), from+w.room(batch)))
		from += part.NumRows()
		err := w.pending.add(part, w.opts.Mem)
		part.Release()
		if err != nil {
			return err
		}
		if w.pending.rows >= w.opts.RowGroupRows || w.pending.bytes >= rowGroupBytes {
			if err := w.flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

// room is how many rows like the batch's the row group still takes, at least one.
func (w *Writer) room(batch arrow.RecordBatch) int64 {
	rows := int64(w.opts.RowGroupRows - w.pending.rows)
	each := 1 + batchBytes(batch)/batch.NumRows()
	return max(1, min(rows, (rowGroupBytes-w.pending.bytes+each-1)/each))
}

// Buffered is about how many bytes of memory the writer holds.
func (w *Writer) Buffered() int64 {
	return w.pending.bytes + w.scratch.bytes()
}

// Flush ends the row group, and lets go of the memory that the writer holds.
func (w *Writer) Flush() error {
	if w.err == nil && w.pending.rows > 0 {
		w.err = w.flush()
	}
	w.scratch = scratch{}
	return w.err
}

// flush writes the pending rows as a row group.
func (w *Writer) flush() error {
	group := rowGroup{
		NumRows:    int64(w.pending.rows),
		FileOffset: w.out.pos,
		Ordinal:    int16(len(w.meta.RowGroups)),
	}
	var chunks []chunk
	for i, c := range w.columns {
		written, err := c.write(w.out, w.pending.columns[i])
		if err != nil {
			return err
		}
		chunks = append(chunks, written...)
	}
	for i := range chunks {
		c := &chunks[i]
		if len(c.bloom) > 0 {
			c.MetaData.BloomFilterOffset = w.out.pos
			if _, err := w.out.Write(c.bloom); err != nil {
				return err
			}
			c.bloom = nil
		}
		group.TotalByteSize += c.MetaData.TotalUncompressedSize
		group.TotalCompressedSize += c.MetaData.TotalCompressedSize
	}
	w.meta.NumRows += group.NumRows
	w.meta.RowGroups = append(w.meta.RowGroups, group)
	w.groups = append(w.groups, chunks)
	w.pending.release()
	return nil
}

// Close writes what is pending and the footer. It does not close the file.
func (w *Writer) Close() (*Summary, error) {
	defer w.Abort()
	if w.err == nil && w.pending.rows > 0 {
		w.err = w.flush()
	}
	if w.err != nil {
		return nil, w.err
	}
	footer, err := w.finish()
	if err != nil {
		return nil, err
	}
	meta, err := metadata.NewFileMetaData(footer, nil)
	if err != nil {
		return nil, fmt.Errorf("read the footer back: %w", err)
	}
	return &Summary{Rows: w.meta.NumRows, Bytes: w.out.pos, Metadata: meta}, nil
}

// Abort releases what is pending; the file stays incomplete. After Close it does nothing.
func (w *Writer) Abort() {
	w.pending.release()
	w.scratch = scratch{}
	if w.err == nil {
		w.err = errors.New("the file is closed")
	}
}

// finish writes the page indexes and the footer, which it returns.
func (w *Writer) finish() ([]byte, error) {
	for _, chunks := range w.groups {
		for i := range chunks {
			if c := &chunks[i]; c.columnIndex != nil {
				at, size, err := w.writeThrift(c.columnIndex)
				if err != nil {
					return nil, err
				}
				c.ColumnIndexOffset, c.ColumnIndexLength = at, size
			}
		}
	}
	for g, chunks := range w.groups {
		columns := make(thrift.Slice[columnChunk], len(chunks))
		for i := range chunks {
			c := &chunks[i]
			at, size, err := w.writeThrift(c.offsetIndex)
			if err != nil {
				return nil, err
			}
			c.OffsetIndexOffset, c.OffsetIndexLength = at, size
			columns[i] = c.columnChunk
		}
		w.meta.RowGroups[g].Columns = columns
	}
	footer, err := thrift.Marshal(new(thrift.CompactProtocol), &w.meta)
	if err != nil {
		return nil, err
	}
	tail := binary.LittleEndian.AppendUint32(bytes.Clone(footer), uint32(len(footer)))
	if _, err := w.out.Write(append(tail, magic...)); err != nil {
		return nil, err
	}
	return footer, w.out.w.Flush()
}

// writeThrift returns where it wrote the structure and how many bytes.
func (w *Writer) writeThrift(v any) (int64, int32, error) {
	encoded, err := thrift.Marshal(new(thrift.CompactProtocol), v)
	if err != nil {
		return 0, 0, err
	}
	at := w.out.pos
	_, err = w.out.Write(encoded)
	return at, int32(len(encoded)), err
}
