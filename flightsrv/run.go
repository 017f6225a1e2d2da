package flightsrv

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/exec"
	"github.com/mediaflight/mediaflight/udf"
)

// countSchema is of the answer of a statement that returns no rows: how many it changed.
var countSchema = arrow.NewSchema([]arrow.Field{{Name: "count", Type: arrow.PrimitiveTypes.Int64}}, nil)

// read runs the query that a ticket holds, once for each row of its parameters, or shows the result that it holds.
func (s *Server) read(ctx context.Context, t *ticket) (rows, error) {
	if t.result != nil {
		return decodeRows(t.result)
	}
	if t.kept != "" {
		return s.results.find(t.kept)
	}
	env, err := t.env()
	if err != nil {
		return rows{}, err
	}
	params, err := decodeParams(t.params)
	if err != nil {
		return rows{}, err
	}
	known, err := s.known(t.plan)
	if err != nil {
		return rows{}, err
	}
	query, err := s.compile(ctx, known, t, env, params)
	if err != nil {
		return rows{}, err
	}
	schema := known.schema
	if schema == nil {
		schema = describe(query.Schema())
	}
	return rows{schema: schema, batches: s.tracked(ctx, t, query.Run), state: query.TrainingState()}, nil
}

// compile compiles a ticket's plan for the rows of its parameters, which are nil for a query that has none.
func (s *Server) compile(ctx context.Context, plan *knownPlan, t *ticket, env udf.Env, params arrow.RecordBatch) (*exec.Query, error) {
	in, err := s.ticketEnv(plan, t, env)
	if err != nil {
		return nil, err
	}
	if params == nil {
		return plan.decoded.Compile(ctx, in)
	}
	return plan.decoded.CompileRows(ctx, in, params)
}

// ticketEnv is what a ticket's plan is compiled in.
func (s *Server) ticketEnv(plan *knownPlan, t *ticket, env udf.Env) (exec.Env, error) {
	in := s.execEnv(t.query, env, nil, t.memory)
	if in.Part = t.part; in.Part != nil { // the other parts of the query run beside it
		in.Workers = s.running.share(s.config.Workers, "")
	}
	var err error
	if in.Catalog, err = s.ticketCatalog(t); err != nil {
		return in, err
	}
	if tables := s.plans.tables(plan); len(tables) > 0 {
		in.Catalog = &pinnedCatalog{in.Catalog, tables}
	}
	return in, nil
}

// tracked lists a query as running while its batches are read, and gives an error from its being stopped the reason.
func (s *Server) tracked(ctx context.Context, t *ticket, run func(context.Context) exec.Batches) exec.Batches {
	return func(yield func(arrow.RecordBatch, error) bool) {
		ctx, r, done := s.running.begin(ctx, Query{ID: t.query, Principal: t.principal, SQL: t.sql}, t.timeout)
		defer done()
		for batch, err := range run(ctx) {
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				yield(nil, interrupted(ctx, err))
				return
			}
			r.waits.Store(true)
			more := yield(batch, nil)
			r.waits.Store(false)
			if !more {
				return
			}
		}
	}
}

// execEnv is what the executor gets to run a query, which has an id. Limit 0 stands for the server's.
func (s *Server) execEnv(id string, env udf.Env, params []arrow.Array, limit int64) exec.Env {
	budget := exec.NewMemory(s.memoryLimit(limit))
	if s.config.SpillAt > 0 {
		budget.SpillAt(s.config.SpillAt)
	}
	return exec.Env{
		Catalog:    s.config.Catalog,
		Files:      s.config.Files,
		Functions:  s.config.Functions,
		Call:       env,
		Params:     params,
		Memory:     budget,
		Mem:        s.config.Allocator,
		Spill:      s.config.Spill,
		Workers:    s.running.share(s.config.Workers, id),
		Rows:       s.config.BatchRows,
		RowSets:    s.rowSets,
		SideTables: s.sides,
		Log:        s.log,
	}
}

// memoryLimit is what a session asks for, within what the server gives.
func (s *Server) memoryLimit(asked int64) int64 {
	if asked == 0 {
		return s.config.MemoryLimit
	}
	return min(asked, s.config.MemoryLimit)
}

func countBatch(n int64) arrow.RecordBatch {
	b := array.NewRecordBuilder(memory.DefaultAllocator, countSchema)
	defer b.Release()
	b.Field(0).(*array.Int64Builder).Append(n)
	return b.NewRecordBatch()
}

func countOf(batch arrow.RecordBatch) int64 {
	var n int64
	if counts, ok := batch.Column(0).(*array.Int64); ok {
		for i := range counts.Len() {
			n += counts.Value(i)
		}
	}
	return n
}
