package files

import (
	"context"
	"errors"
	"iter"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// errStopped ends a source's reading when its consumer wants no more.
var errStopped = errors.New("no more rows are wanted")

// Read yields a source's rows as rows of a table: see Convert. The next batch is made while the last one is used. A
// batch is good until the next one. Errors are *Error with the file's name and the row in the file.
func Read(ctx context.Context, source Source, to *arrow.Schema, mem memory.Allocator) iter.Seq2[arrow.RecordBatch, error] {
	return func(yield func(arrow.RecordBatch, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		ahead := make(chan result)
		defer func() {
			cancel()
			for r := range ahead {
				r.release()
			}
		}()
		go func() {
			defer close(ahead)
			readAhead(ctx, source, to, mem, ahead)
		}()
		for r := range ahead {
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
	err   error
}

func (r result) release() {
	if r.batch != nil {
		r.batch.Release()
	}
}

func readAhead(ctx context.Context, source Source, to *arrow.Schema, mem memory.Allocator, ahead chan<- result) {
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
		}
		select {
		case ahead <- r:
		case <-ctx.Done():
			r.release()
			ahead <- result{err: ctx.Err()} // the consumer takes whatever comes until the end
			return
		}
		if r.err != nil {
			return
		}
	}
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
