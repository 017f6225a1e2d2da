package flightsrv

import (
	"context"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/mediaflight/mediaflight/exec"
)

// explainSchema is PostgreSQL's.
var explainSchema = textSchema("QUERY PLAN")

// explain answers with a statement's plan, a line a row. ANALYZE runs it, and drops the rows.
func (s *Server) explain(ctx context.Context, r *request, st *statement) (arrow.RecordBatch, error) {
	env := s.execEnv(r.id, r.env(), nil, r.values().MemoryLimit)
	env.Catalog = s.catalog(ctx)
	if st.params != nil {
		env.Params = st.params.NewSlice(0, 1).Columns()
	}
	q, err := exec.Compile(ctx, st.Plan, env)
	if err != nil {
		return nil, err
	}
	if st.Explain.Analyze {
		for _, err := range q.Run(ctx) {
			if err != nil {
				return nil, err
			}
		}
	}
	text, err := q.Explain(exec.ExplainOptions{Analyze: st.Explain.Analyze, JSON: st.Explain.JSON, Verbose: st.Explain.Verbose})
	if err != nil {
		return nil, err
	}
	if st.Explain.JSON {
		return textBatch(explainSchema, [][]string{{text}}), nil
	}
	var lines [][]string
	for line := range strings.Lines(text) {
		lines = append(lines, []string{strings.TrimSuffix(line, "\n")})
	}
	return textBatch(explainSchema, lines), nil
}
