package conn

import (
	"context"
	"iter"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
)

// Append adds batches to a table, which is made where it is missing, and says how many rows they were. All of them are
// visible afterwards, or none. A batch needs to be good until the next is asked for.
func (c *Conn) Append(ctx context.Context, schemaName, table string, schema *arrow.Schema, batches iter.Seq2[arrow.RecordBatch, error]) (int64, error) {
	ctx, cancel := context.WithCancel(ctx) // a source that fails ends the stream without its end
	defer cancel()
	next, stop := iter.Pull2(batches)
	defer stop()
	in := &reader{schema: schema, next: next, failed: cancel}
	rows, err := c.client.ExecuteIngest(ctx, in, &flightsql.ExecuteIngestOpts{
		Table: table, Schema: &schemaName,
		TableDefinitionOptions: &flightsql.TableDefinitionOptions{
			IfNotExist: flightsql.TableDefinitionOptionsTableNotExistOptionCreate,
			IfExists:   flightsql.TableDefinitionOptionsTableExistsOptionAppend,
		},
	})
	if in.err != nil {
		return 0, in.err
	}
	return rows, err
}

// A reader gives batches to the Flight client in the form that it wants.
type reader struct {
	schema *arrow.Schema
	next   func() (arrow.RecordBatch, error, bool)
	failed func()
	batch  arrow.RecordBatch
	err    error
}

func (r *reader) Retain()                        {}
func (r *reader) Release()                       {}
func (r *reader) Schema() *arrow.Schema          { return r.schema }
func (r *reader) RecordBatch() arrow.RecordBatch { return r.batch }
func (r *reader) Record() arrow.RecordBatch      { return r.batch }
func (r *reader) Err() error                     { return r.err }

func (r *reader) Next() bool {
	batch, err, ok := r.next()
	if err != nil {
		r.err = err
		r.failed()
		return false
	}
	r.batch = batch
	return ok
}
