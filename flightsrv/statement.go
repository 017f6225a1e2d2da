package flightsrv

import (
	"context"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/mediaflight/mediaflight/planner"
)

// A statement is one execution of a planned statement, with the rows of parameters that it runs with: once for each row.
type statement struct {
	*planner.Statement
	sql    string
	params arrow.RecordBatch // columns of the types that Statement.Params wants; nil for a statement without parameters
	// replan plans the statement again, for the tables as they are then; nil for a plan that the client made.
	replan func(context.Context) (*planner.Statement, error)
}

// plan plans a statement in the client's session, or finds the plan that was made before. params are the types that the
// client states for its parameters, as far as it does.
func (s *Server) plan(ctx context.Context, r *request, sql string, params []arrow.DataType) (*planner.Statement, error) {
	v := r.values()
	view := planner.Session{Schema: v.Schema, Env: r.env(), Optimize: !s.config.Unoptimized, Recall: v.Recall(), Params: params, Prepared: r.prepared}
	if r.hasTemporary() {
		return s.planTemporary(ctx, r, sql, view)
	}
	key := keyOf(sql, view)
	if planned, ok := s.plans.find(ctx, s.config.Catalog, key); ok {
		return planned, nil
	}
	epoch := s.plans.now()
	planned, err := s.config.Planner.Plan(ctx, sql, view)
	if err != nil {
		return nil, inStatement(sql, err)
	}
	s.plans.add(ctx, s.config.Catalog, epoch, key, planned)
	return planned, nil
}

// planTemporary plans a statement in a session with temporary tables. Its text means something else to other sessions.
func (s *Server) planTemporary(ctx context.Context, r *request, sql string, view planner.Session) (*planner.Statement, error) {
	view.Temporary = true
	there := *s.config.Planner
	there.Catalog = s.catalogOf(r.session)
	planned, err := there.Plan(ctx, sql, view)
	return planned, inStatement(sql, err)
}

// planOnce plans SQL text that runs once, without parameters.
func (s *Server) planOnce(ctx context.Context, r *request, sql string, transaction []byte) (*statement, error) {
	if len(transaction) > 0 {
		return nil, noTransactions()
	}
	planned, err := s.plan(ctx, r, sql, nil)
	if err != nil {
		return nil, err
	}
	st := &statement{Statement: planned, sql: sql}
	st.replan = func(ctx context.Context) (*planner.Statement, error) { return s.plan(ctx, r, sql, nil) }
	return st, inStatement(sql, st.checkParams())
}

// isQuery tells statements that are run when their rows are fetched from those that are run at once.
func (st *statement) isQuery() bool {
	return st.Plan != nil && st.Explain == nil && !st.Changes
}

// schema is of the rows that the statement answers with when they are fetched.
func (st *statement) schema() *arrow.Schema {
	switch {
	case st.Command != nil:
		return commandSchema(st.Command)
	case st.Explain != nil:
		return explainSchema
	case st.ReturnsRows():
		return describe(st.Schema)
	}
	return countSchema
}

// begin runs what changes something, at once and once whichever call brought it, and tells how to fetch the answer.
func (s *Server) begin(ctx context.Context, r *request, st *statement) (*answer, error) {
	t := r.newTicket(st.sql)
	a := &answer{ticket: t, records: -1}
	var err error
	if st.isQuery() {
		if a.endpoints, err = r.wantedEndpoints(st.sql); err != nil {
			return nil, inStatement(st.sql, err)
		}
		if k, ok := s.plans.known(st.Plan); ok {
			a.schema, a.bytes = k.schema, k.bytes
		} else {
			a.schema = st.schema()
		}
		t.plan, t.ordered = st.Plan, st.Ordered
		if r.hasTemporary() {
			t.session = r.session.ID
		} else {
			t.expires = r.start.Add(s.config.TicketLast)
		}
		t.params, err = encodeParams(st.params)
		return a, err
	}
	a.schema = st.schema()
	result, err := s.runNow(ctx, r, st)
	if err != nil {
		return nil, inStatement(st.sql, err)
	}
	defer result.Release()
	if a.schema != countSchema { // ADBC takes the number of records for that of rows changed
		a.records = result.NumRows()
	}
	if batchBytes(result) > maxTicketResult {
		t.kept, t.expires = s.results.keep(result), time.Now().Add(resultsLast)
		return a, nil
	}
	t.expires = r.start.Add(s.config.TicketLast)
	t.result, err = encodeBatch(result)
	return a, err
}

// runNow runs a statement that is no query to its end, and returns its answer of a few rows.
func (s *Server) runNow(ctx context.Context, r *request, st *statement) (arrow.RecordBatch, error) {
	ctx, _, done := s.track(ctx, r, st.sql)
	defer done()
	var result arrow.RecordBatch
	var err error
	switch {
	case st.Command != nil:
		result, err = s.runCommand(ctx, r, st.Command)
	case st.Explain != nil:
		result, err = s.explain(ctx, r, st)
	case st.Copy != nil:
		result, err = s.copyTo(ctx, r, st)
	default:
		result, err = s.runChange(ctx, r, st)
	}
	return result, interrupted(ctx, err)
}

// track lists a statement as running and ends it when its time is up.
func (s *Server) track(ctx context.Context, r *request, sql string) (_ context.Context, now *current, done func()) {
	v := r.values()
	q := Query{ID: r.id, Principal: r.client.Principal, Application: v.ApplicationName, SQL: sql}
	return s.running.begin(ctx, q, v.StatementTimeout)
}

// update runs a statement for its count of rows: -1 for one that returns other rows instead, which is run all the same.
func (s *Server) update(ctx context.Context, r *request, st *statement) (int64, error) {
	a, err := s.begin(ctx, r, st)
	if err != nil {
		return 0, err
	}
	answer, err := s.read(ctx, a.ticket)
	if err != nil {
		return 0, err
	}
	count := int64(-1)
	if st.Changes && st.Explain == nil {
		count = 0
	}
	for batch, err := range answer.batches {
		switch {
		case err != nil:
			return 0, inStatement(st.sql, err)
		case a.schema == countSchema:
			count = countOf(batch)
		case count >= 0:
			count += batch.NumRows()
		}
	}
	return count, nil
}

// isUpdate tells statements whose answer is a count.
func (st *statement) isUpdate() bool { return !st.isQuery() && st.schema() == countSchema }
