// Package exec compiles Substrait plans into operators and runs them.
package exec

import (
	"context"
	"iter"

	"github.com/apache/arrow-go/v18/arrow"
)

// Batches is a stream of record batches. A batch belongs to whoever yields it and is good until that yield returns; to
// keep it, Retain it. An error is yielded alone and last. Leaving the loop early frees what the stream holds.
//
// Columns have the types of the operator's schema; one of text may come as codes of a dictionary instead, but only to a reader
// that asked for it (encoded.go).
type Batches = iter.Seq2[arrow.RecordBatch, error]

// An Operator computes rows from the rows of its inputs. Run is called once.
type Operator interface {
	Schema() *arrow.Schema
	Inputs() []Operator
	String() string // one line for EXPLAIN
	Run(ctx context.Context) Batches
}

// emit yields a batch and releases it. It is false if the stream is to end.
func emit(yield func(arrow.RecordBatch, error) bool, batch arrow.RecordBatch) bool {
	more := yield(batch, nil)
	batch.Release()
	return more
}

// mapped is the stream of what f makes of each batch. A batch without rows is left out. It looks at the context, so f need
// not.
func mapped(ctx context.Context, input Batches, f func(ctx context.Context, batch arrow.RecordBatch) (arrow.RecordBatch, error)) Batches {
	return func(yield func(arrow.RecordBatch, error) bool) {
		for batch, err := range input {
			if err == nil {
				err = ctx.Err()
			}
			if err == nil {
				batch, err = f(ctx, batch)
			}
			if err != nil {
				yield(nil, err)
				return
			}
			if batch.NumRows() == 0 {
				batch.Release()
				continue
			}
			if !emit(yield, batch) {
				return
			}
		}
	}
}
