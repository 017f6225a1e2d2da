package writer

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// An arrowColumn writes a column of any type but vector, leaves of nested types included. It lets pqarrow write a file of
// this one column and row group into memory and copies the pages over. A file for each chunk is what lets every column
// of every row group have the encoding and the page size that suit its values.
type arrowColumn struct {
	schema  *arrow.Schema // of the column alone, vectors within it as lists
	leaves  []leaf
	compact bool
	bloom   bool
	mem     memory.Allocator

	scratch *scratch
}

// scratch is memory that the columns of a writer use one after the other.
type scratch struct {
	distinct   distinct
	file       bytes.Buffer // by pqarrow
	dictionary dictionary
	head       []byte
	validity   []byte
	packed     []byte
}

// bytes is the memory held.
func (s *scratch) bytes() int64 {
	return int64(s.file.Cap() + 8*len(s.distinct.seen) + 4*cap(s.dictionary.codes) + 4*len(s.dictionary.table))
}

func newArrowColumn(f arrow.Field, opts Options, scratch *scratch) *arrowColumn {
	plain := plainField(f)
	return &arrowColumn{
		schema:  arrow.NewSchema([]arrow.Field{plain}, nil),
		leaves:  leavesOf(nil, plain, ""),
		compact: opts.Compact,
		bloom:   slices.Contains(opts.BloomColumns, f.Name),
		mem:     opts.Mem,
		scratch: scratch,
	}
}

func (c *arrowColumn) write(out *sink, values []arrow.Array) ([]chunk, error) {
	return c.encode(out, values, nil)
}

// encode writes the values in the layouts given, or in those that it chooses leaf by leaf.
func (c *arrowColumn) encode(out *sink, values []arrow.Array, layouts []layout) ([]chunk, error) {
	values, err := plainArrays(values, c.mem)
	defer releaseAll(values)
	if err != nil {
		return nil, err
	}
	leaves := make([][]arrow.Array, len(c.leaves))
	for _, v := range values {
		leafValues(v, leaves)
	}
	defer func() {
		for _, l := range leaves {
			releaseAll(l)
		}
	}()
	if layouts == nil {
		for i, leaf := range c.leaves {
			layouts = append(layouts, chooseLayout(leaf.typ, leaves[i], c.compact, &c.scratch.distinct))
		}
	}
	column := arrow.NewChunked(c.schema.Field(0).Type, values)
	defer column.Release()

	encoded := &c.scratch.file
	encoded.Reset()
	file, err := pqarrow.NewFileWriter(c.schema, encoded, c.properties(layouts), pqarrow.DefaultWriterProps())
	if err != nil {
		return nil, err
	}
	err = file.NewRowGroupChecked()
	if err == nil {
		err = file.WriteColumnChunked(column, 0, int64(column.Len()))
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return nil, fmt.Errorf("encode column %s: %w", c.schema.Field(0).Name, err)
	}
	chunks, err := readChunks(encoded.Bytes())
	if err != nil {
		return nil, fmt.Errorf("read column %s back: %w", c.schema.Field(0).Name, err)
	}
	for i := range chunks {
		chunks[i].finishBounds(c.leaves[i].typ, leaves[i])
	}
	return chunks, copyPages(out, encoded.Bytes(), chunks)
}

func (c *arrowColumn) properties(layouts []layout) *parquet.WriterProperties {
	props := properties(c.mem, c.leaves, layouts)
	if c.bloom {
		// Adaptive filters end as small as the values allow.
		props = append(props, parquet.WithBloomFilterEnabled(true), parquet.WithAdaptiveBloomFilterEnabled(true))
	}
	return parquet.NewWriterProperties(props...)
}

// readChunks reads the footer and the indexes of a file of one row group.
func readChunks(file []byte) ([]chunk, error) {
	var meta fileMetaData
	if err := readFooter(file, &meta); err != nil {
		return nil, err
	}
	var protocol thrift.CompactProtocol
	chunks := make([]chunk, len(meta.RowGroups[0].Columns))
	for i, column := range meta.RowGroups[0].Columns {
		c := chunk{columnChunk: column, offsetIndex: new(format.OffsetIndex)}
		at := c.OffsetIndexOffset
		if err := thrift.Unmarshal(&protocol, file[at:at+int64(c.OffsetIndexLength)], c.offsetIndex); err != nil {
			return nil, err
		}
		if at := c.ColumnIndexOffset; at > 0 {
			c.columnIndex = new(format.ColumnIndex)
			if err := thrift.Unmarshal(&protocol, file[at:at+int64(c.ColumnIndexLength)], c.columnIndex); err != nil {
				return nil, err
			}
		}
		if at := c.MetaData.BloomFilterOffset; at > 0 {
			c.bloom = bytes.Clone(file[at : at+int64(c.MetaData.BloomFilterLength)])
		}
		// They will lie elsewhere, if at all.
		c.OffsetIndexOffset, c.OffsetIndexLength, c.ColumnIndexOffset, c.ColumnIndexLength = 0, 0, 0, 0
		chunks[i] = c
	}
	return chunks, nil
}

func readFooter(file []byte, meta *fileMetaData) error {
	const tail = 8 // the footer's length and the magic bytes
	if len(file) < tail {
		return errors.New("no footer")
	}
	end := len(file) - tail
	size := int(binary.LittleEndian.Uint32(file[end:]))
	if size > end {
		return errors.New("footer larger than the file")
	}
	return thrift.Unmarshal(new(thrift.CompactProtocol), file[end-size:end], meta)
}

// copyPages copies the pages of all chunks, which lie side by side in file, and lets the chunks say where they are now.
func copyPages(out *sink, file []byte, chunks []chunk) error {
	from := chunks[0].MetaData.start()
	last := &chunks[len(chunks)-1].MetaData
	to := last.start() + last.TotalCompressedSize
	shift := out.pos - from
	for i := range chunks {
		chunks[i].move(shift)
	}
	_, err := out.Write(file[from:to])
	return err
}
