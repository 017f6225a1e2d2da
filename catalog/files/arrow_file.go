package files

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"iter"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/mediaflight/mediaflight/udf/ipccheck"
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
	err := a.open(func(r *ipccheck.Reader) error {
		var first arrow.RecordBatch
		if r.Next() {
			first = r.RecordBatch()
		}
		a.schema = markLists(r.Schema(), first)
		return r.Err()
	})
	return a, err
}

func (a *arrowFile) Path() string          { return a.path }
func (a *arrowFile) Schema() *arrow.Schema { return a.schema }

func (a *arrowFile) Batches(ctx context.Context) iter.Seq2[arrow.RecordBatch, error] {
	return func(yield func(arrow.RecordBatch, error) bool) {
		err := a.open(func(r *ipccheck.Reader) error {
			for r.Next() {
				if err := ctx.Err(); err != nil {
					return err
				}
				if !yieldParts(r.RecordBatch(), yield) {
					return errStopped
				}
			}
			return r.Err()
		})
		if err != nil && err != errStopped {
			yield(nil, inFile(a.path, err))
		}
	}
}

// open calls do with a reader at the start of the file.
func (a *arrowFile) open(do func(*ipccheck.Reader) error) error {
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
	var r *ipccheck.Reader
	if bytes.Equal(magic, []byte("ARROW1")) {
		r, err = ipccheck.NewFileReader(f, a.size, a.opts.Mem)
	} else {
		r, err = ipccheck.NewStreamReader(buffered, a.size, a.opts.Mem)
	}
	if err != nil {
		return err
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
