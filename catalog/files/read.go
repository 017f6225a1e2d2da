package files

import (
	"context"
	"errors"
	"iter"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"golang.org/x/sync/semaphore"
)

// errStopped ends a source's reading when its consumer wants no more.
var errStopped = errors.New("no more rows are wanted")

// aheadBytes is how much is read ahead: half a row group, because whoever writes one takes no rows meanwhile.
const aheadBytes = 32 << 20

// Read yields a source's rows as rows of a table: see Convert. Batches are made ahead while others are used. A batch is
// good until the next one. Errors are *Error with the file's name and the row in the file.
func Read(ctx context.Context, source Source, to *arrow.Schema, mem memory.Allocator) iter.Seq2[arrow.RecordBatch, error] {
	return func(yield func(arrow.RecordBatch, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		ahead, room := make(chan result, 64), semaphore.NewWeighted(aheadBytes)
		defer func() {
			cancel()
			for r := range ahead {
				r.release()
			}
		}()
		go func() {
			defer close(ahead)
			readAhead(ctx, source, to, mem, ahead, room)
		}()
		for r := range ahead {
			room.Release(r.bytes)
			more := yield(r.batch, r.err)
			r.release()
			if !more || r.err != nil {
				return
			}
		}
	}
}

type result struct {
	batch arrow.RecordBatch
	bytes int64 // of room that it takes
	err   error
}

func (r result) release() {
	if r.batch != nil {
		r.batch.Release()
	}
}

func readAhead(ctx context.Context, source Source, to *arrow.Schema, mem memory.Allocator, ahead chan<- result, room *semaphore.Weighted) {
	rows := int64(0)
	for batch, err := range source.Batches(ctx) {
		var r result
		if err == nil {
			r.batch, err = Convert(mem, batch, to)
			err = after(rows, err)
		}
		if err != nil {
			r.err = inFile(source.Path(), err)
		} else {
			rows += batch.NumRows()
			r.bytes = min(heldBytes(r.batch), aheadBytes)
			if err := room.Acquire(ctx, r.bytes); err != nil {
				r.release()
				r = result{err: err}
			}
		}
		ahead <- r // the consumer takes whatever comes until the end
		if r.err != nil {
			return
		}
	}
}

// heldBytes is the size of the buffers behind a batch.
func heldBytes(batch arrow.RecordBatch) int64 {
	var bytes int64
	var count func(data arrow.ArrayData)
	count = func(data arrow.ArrayData) {
		for _, b := range data.Buffers() {
			if b != nil {
				bytes += int64(b.Len())
			}
		}
		for _, child := range data.Children() {
			count(child)
		}
	}
	for _, column := range batch.Columns() {
		count(column.Data())
	}
	return bytes
}

// after counts an error's row from the start of the file, rows before it.
func after(rows int64, err error) error {
	fault := (*Error)(nil)
	if rows == 0 || !errors.As(err, &fault) || fault.Row == 0 {
		return err
	}
	at := *fault
	at.Row += rows
	return &at
}
