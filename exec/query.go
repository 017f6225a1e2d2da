package exec

import (
	"context"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/exec/eval"
	"github.com/mediaflight/mediaflight/exec/sidetable"
	"github.com/mediaflight/mediaflight/exec/spill"
	"github.com/mediaflight/mediaflight/udf"
)

// Env is what a plan runs in.
type Env struct {
	Catalog    catalog.Catalog
	Files      catalog.FileReader // nil where no files are read
	Functions  *udf.Set
	Call       udf.Env
	Params     []arrow.Array // one row each, $1 first, of the plan's types; they stay the caller's
	Memory     *Memory       // nil is no limit
	Mem        memory.Allocator
	Spill      *spill.Folder     // where operators keep rows that they may not hold; nil for nowhere
	Workers    int               // goroutines for scans; 0 is one
	Part       CutPart           // what of the plan is wanted, as Plan.Cut gave it; nil for the whole
	Rows       int               // rows a batch aims at; 0 is the default
	RowSets    *RowSets          // shared by the queries of a server; nil to remember nothing
	SideTables *sidetable.Tables // shared by the queries of a server; nil for none
	Log        *slog.Logger      // nil for the default
}

// defaultRows is how many rows a batch aims at: enough to make the cost of a call for each batch vanish, few enough for
// some columns to stay in the second-level cache.
const defaultRows = 32 << 10

// maxBatchBytes is how large batches may become, about: what one message on the wire carries well.
const maxBatchBytes = 2 << 20

// A Query is a compiled plan. It runs once.
type Query struct {
	root       Operator
	schema     *arrow.Schema
	compiler   *eval.Compiler
	subqueries []*subquery
	shares     *shares
	memory     *Memory
	elapsed    time.Duration
	unpinned   bool // reads what has no snapshots, such as system tables
}

// Schema is the schema of the rows.
func (q *Query) Schema() *arrow.Schema { return q.schema }

// Run runs the query. When the stream ends, in whatever way, everything is freed and no goroutine of the query is left.
func (q *Query) Run(ctx context.Context) Batches {
	return func(yield func(arrow.RecordBatch, error) bool) {
		start := time.Now()
		defer func() { q.elapsed = time.Since(start) }()
		defer q.compiler.Release()
		defer q.shares.begin(ctx)()

		defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
		yielding := false // a panic is then the consumer's own
		defer func() {
			if yielding {
				return
			}
			if p := recover(); p != nil {
				err := faultError(p)
				if err == nil {
					panic(p)
				}
				yield(nil, err)
			}
		}()
		for batch, err := range q.root.Run(ctx) {
			if err != nil {
				yielding = true
				yield(nil, err)
				yielding = false
				return
			}
			named := withSchema(q.schema, batch)
			yielding = true
			more := emit(yield, named)
			yielding = false
			if !more {
				return
			}
		}
	}
}
