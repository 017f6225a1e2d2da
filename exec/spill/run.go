package spill

import (
	"bufio"
	"context"
	"errors"
	"io"
	"iter"
	"os"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// A Run is a file of batches, written once by one goroutine, and read in the same order any number of times, at once too.
type Run struct {
	folder *Folder
	schema *arrow.Schema
	file   *os.File
	buffer *bufio.Writer
	out    batchWriter
	table  bool // the file is to be mapped
	rows   int64
	data   int64 // bytes of the file
	err    error
}

type batchWriter interface {
	Write(arrow.RecordBatch) error
	Close() error
}

// Create begins a run of batches of a schema. It must be freed. Nothing is created before the first batch comes.
func (f *Folder) Create(schema *arrow.Schema) *Run { return &Run{folder: f, schema: schema} }

// bufferBytes is what a run holds while it is written, besides the batch at hand.
const bufferBytes = 64 << 10

// Write appends a batch, whose columns must be of the schema's types: not encoded.
func (r *Run) Write(batch arrow.RecordBatch) error {
	if r.err != nil || batch.NumRows() == 0 {
		return r.err
	}
	if r.file == nil {
		if r.file, r.err = r.folder.create(); r.err != nil {
			return r.err
		}
		r.buffer = bufio.NewWriterSize(counted{r}, bufferBytes)
		if !r.table {
			r.out = ipc.NewWriter(r.buffer, ipc.WithSchema(r.schema))
		} else if r.out, r.err = ipc.NewFileWriter(r.buffer, ipc.WithSchema(r.schema)); r.err != nil {
			return r.fail(r.err)
		}
	}
	if err := r.out.Write(batch); err != nil {
		return r.fail(err)
	}
	r.rows += batch.NumRows()
	return nil
}

// Finish ends the writing.
func (r *Run) Finish() error {
	if r.err != nil || r.out == nil {
		return r.err
	}
	err := r.out.Close()
	if err == nil {
		err = r.buffer.Flush()
	}
	r.out, r.buffer = nil, nil
	if err != nil {
		return r.fail(err)
	}
	return nil
}

// fail keeps the error of a run that must not be read any more.
func (r *Run) fail(err error) error {
	var own *Error
	if r.err = err; !errors.As(err, &own) {
		r.err = fault(err)
	}
	return r.err
}

// counted writes to a run's file within the folder's limit.
type counted struct{ *Run }

func (c counted) Write(p []byte) (int, error) {
	if err := c.folder.take(int64(len(p))); err != nil {
		return 0, err
	}
	c.data += int64(len(p))
	return c.file.Write(p)
}

// Rows is how many rows were written.
func (r *Run) Rows() int64 { return r.rows }

// Bytes is the length of the file, about what its rows take in memory.
func (r *Run) Bytes() int64 { return r.data }

// Batches reads the run, which is finished. A batch is good until the next one is asked for; to keep it, Retain it.
func (r *Run) Batches(ctx context.Context, mem memory.Allocator) iter.Seq2[arrow.RecordBatch, error] {
	return func(yield func(arrow.RecordBatch, error) bool) {
		if r.err != nil {
			yield(nil, r.err)
			return
		}
		if r.file == nil {
			return
		}
		section := io.NewSectionReader(r.file, 0, r.data)
		in, err := ipc.NewReader(bufio.NewReaderSize(section, bufferBytes), ipc.WithAllocator(mem), ipc.WithSchema(r.schema))
		if err != nil {
			yield(nil, fault(err))
			return
		}
		defer in.Release()
		for in.Next() {
			if err := ctx.Err(); err != nil {
				yield(nil, err)
				return
			}
			if !yield(in.RecordBatch(), nil) {
				return
			}
		}
		if err := in.Err(); err != nil {
			yield(nil, fault(err))
		}
	}
}

// Free removes the file.
func (r *Run) Free() {
	if r.file != nil {
		r.folder.free(r.file, r.data)
		r.file, r.out, r.buffer, r.data = nil, nil, nil, 0
	}
}
