// Package exec compiles Substrait plans into operators and runs them.
package exec

import (
	"context"
	"iter"

	"github.com/apache/arrow-go/v18/arrow"
)

// Batches is a stream of record batches. A batch belongs to whoever yields it and is good until that yield returns; to
// keep it, Retain it. An error is yielded alone and last. Leaving the loop early frees what the stream holds.
type Batches = iter.Seq2[arrow.RecordBatch, error]

// An Operator computes rows from the rows of its inputs. Run is called once.
type Operator interface {
	Schema() *arrow.Schema
	Inputs() []Operator
	String() string // one line for EXPLAIN
	Run(ctx context.Context) Batches
}
