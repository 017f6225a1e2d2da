package flightsrv

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/exec"
)

// runChange runs a change of rows, once for each row of parameters, and returns the number of rows that it changed in all, or
// the rows that it is to return.
func (s *Server) runChange(ctx context.Context, r *request, st *statement) (arrow.RecordBatch, error) {
	if st.Tag != "INSERT" && st.Tag != "COPY" && st.Tag != "UPDATE" && st.Tag != "DELETE" {
		defer s.plans.namesChanged()
	}
	if st.Temporary {
		if err := s.allowTemporary(ctx, r); err != nil {
			return nil, err
		}
	}
	out := &changes{schema: st.schema()}
	defer out.release()
	switch {
	case st.params == nil:
		if err := s.changeOnce(ctx, r, st, nil, out); err != nil {
			return nil, err
		}
	case st.Tag == "INSERT" && len(st.Tables) == 1: // it reads no table, so no row of parameters sees what another one did
		if err := s.insertTogether(ctx, r, st, out); err != nil {
			return nil, err
		}
	default:
		for row := range st.params.NumRows() {
			one := st.params.NewSlice(row, row+1)
			err := s.changeOnce(ctx, r, st, one, out)
			one.Release()
			if err != nil {
				return nil, err
			}
		}
	}
	return out.batch()
}

// insertTogether runs an INSERT for all rows of parameters. The rows that it inserts become visible together.
func (s *Server) insertTogether(ctx context.Context, r *request, st *statement, out *changes) error {
	env := s.execEnv(r.id, r.env(), nil, r.values().MemoryLimit)
	together := newOneCommit(s.catalog(ctx))
	defer together.abort()
	env.Catalog = together
	for row := range st.params.NumRows() {
		one := st.params.NewSlice(row, row+1)
		env.Params = one.Columns()
		env.Memory = exec.NewMemory(s.memoryLimit(r.values().MemoryLimit))
		err := out.run(ctx, st.Plan, env)
		one.Release()
		if err != nil {
			return err
		}
	}
	return together.commit(ctx)
}

// maxChangeAttempts bounds how often a statement is run whose rows others change before it can. Somebody gets through each
// time, so that it takes a crowd that does nothing else.
const maxChangeAttempts = 100

// maxStale bounds how often a statement is run whose plan does not fit the tables any more.
const maxStale = 5

// changeOnce runs a change for one row of parameters, or without. A plan sees tables and rows as they were when it was made. If
// somebody else changes the same rows in the meantime, or the table's columns, nothing has been done, and the statement is planned
// and run again.
func (s *Server) changeOnce(ctx context.Context, r *request, st *statement, params arrow.RecordBatch, out *changes) error {
	planned := st.Statement
	for attempt := 1; ; attempt++ {
		if st.replan != nil && (attempt > 1 || out.runs > 0) {
			var err error
			if planned, err = st.replan(ctx); err != nil {
				return err
			}
		}
		env := s.execEnv(r.id, r.env(), nil, r.values().MemoryLimit)
		env.Catalog = s.catalog(ctx)
		if params != nil {
			env.Params = params.Columns()
		}
		err := out.run(ctx, planned.Plan, env)
		again := isState(err, "40001") && attempt < maxChangeAttempts || isState(err, "55000") && attempt < maxStale
		if !again || st.replan == nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(rand.N(time.Duration(min(attempt, 32)) * time.Millisecond)):
		}
	}
}

// changes are what statements that change rows answer with.
type changes struct {
	schema *arrow.Schema // of the rows that they return, or countSchema
	runs   int
	count  int64
	rows   []arrow.RecordBatch
}

// run runs a plan that ends in a write.
func (c *changes) run(ctx context.Context, plan []byte, env exec.Env) error {
	q, err := exec.Compile(ctx, plan, env)
	if err != nil {
		return err
	}
	for batch, err := range q.Run(ctx) {
		if err != nil {
			return err
		}
		if c.schema == countSchema {
			c.count += countOf(batch)
			continue
		}
		batch.Retain()
		c.rows = append(c.rows, batch)
	}
	c.runs++
	return nil
}

// batch is the answer.
func (c *changes) batch() (arrow.RecordBatch, error) {
	if c.schema == countSchema {
		return countBatch(c.count), nil
	}
	if len(c.rows) == 0 {
		none := array.NewRecordBuilder(memory.DefaultAllocator, c.schema)
		defer none.Release()
		return none.NewRecordBatch(), nil
	}
	return concatenate(c.schema, c.rows)
}

func (c *changes) release() {
	for _, batch := range c.rows {
		batch.Release()
	}
}
