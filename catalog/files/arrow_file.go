package files

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"iter"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/ipc"
)

// An arrowFile reads Arrow's IPC files and streams.
type arrowFile struct {
	progress
	path   string
	opts   Options
	schema *arrow.Schema
}

func openArrow(path string, opts Options) (Source, error) {
	a := &arrowFile{path: path, opts: opts}
	err := a.open(func(next recordReader) error {
		first, err := next.Read()
		if err != nil && err != io.EOF {
			return err
		}
		a.schema = markLists(next.Schema(), first)
		return nil
	})
	return a, err
}

func (a *arrowFile) Path() string          { return a.path }
func (a *arrowFile) Schema() *arrow.Schema { return a.schema }

// A recordReader is what ipc's two readers have in common.
type recordReader interface {
	Schema() *arrow.Schema
	Read() (arrow.RecordBatch, error) // good until the next one
}

func (a *arrowFile) Batches(ctx context.Context) iter.Seq2[arrow.RecordBatch, error] {
	return func(yield func(arrow.RecordBatch, error) bool) {
		err := a.open(func(next recordReader) error {
			for {
				if err := ctx.Err(); err != nil {
					return err
				}
				batch, err := next.Read()
				if err == io.EOF {
					return nil
				}
				if err != nil {
					return err
				}
				if !yieldParts(batch, yield) {
					return errStopped
				}
			}
		})
		if err != nil && err != errStopped {
			yield(nil, inFile(a.path, err))
		}
	}
}

// open calls do with a reader at the start of the file.
func (a *arrowFile) open(do func(recordReader) error) error {
	f, err := a.progress.open(a.path)
	if err != nil {
		return err
	}
	defer f.Close()
	buffered := bufio.NewReader(f)
	magic, err := buffered.Peek(6)
	if err != nil && err != io.EOF {
		return err
	}
	if bytes.Equal(magic, []byte("ARROW1")) {
		r, err := ipc.NewFileReader(f, ipc.WithAllocator(a.opts.Mem))
		if err != nil {
			return &Error{State: stateBadFile, Msg: err.Error()}
		}
		defer r.Close()
		return do(r)
	}
	r, err := ipc.NewReader(buffered, ipc.WithAllocator(a.opts.Mem))
	if err != nil {
		return &Error{State: stateBadFile, Msg: "not an Arrow file or stream: " + err.Error()}
	}
	defer r.Release()
	return do(r)
}

// yieldParts yields a batch in parts of bounded size.
func yieldParts(batch arrow.RecordBatch, yield func(arrow.RecordBatch, error) bool) bool {
	rows := min(batchRows, max(1, batchBytes*batch.NumRows()/(1+batchSize(batch))))
	for from := int64(0); from < batch.NumRows(); from += rows {
		part := batch.NewSlice(from, min(from+rows, batch.NumRows()))
		more := yield(part, nil)
		part.Release()
		if !more {
			return false
		}
	}
	return true
}

// batchSize is how many bytes a batch holds on to.
func batchSize(batch arrow.RecordBatch) int64 {
	var size int64
	for _, c := range batch.Columns() {
		size += dataSize(c.Data())
	}
	return size
}

func dataSize(data arrow.ArrayData) int64 {
	var size int64
	for _, b := range data.Buffers() {
		if b != nil {
			size += int64(b.Len())
		}
	}
	for _, child := range data.Children() {
		size += dataSize(child)
	}
	return size
}
