package flightsrv

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/mediaflight/mediaflight/exec"
)

// copyTo runs a query and writes its rows to a file, which has all of them or does not change. It returns how many there were.
func (s *Server) copyTo(ctx context.Context, r *request, st *statement) (arrow.RecordBatch, error) {
	env := s.execEnv(r.id, r.env(), nil, r.values().MemoryLimit)
	env.Catalog = s.catalog(ctx)
	if st.params != nil {
		if st.params.NumRows() != 1 {
			return nil, &Error{State: notSupported, Msg: "COPY with several rows of parameters", Hint: "bind one row"}
		}
		env.Params = st.params.Columns()
	}
	query, err := exec.Compile(ctx, st.Plan, env)
	if err != nil {
		return nil, err
	}
	out, err := s.config.Files.WriteFile(*st.Copy, query.Schema(), s.config.Allocator)
	if err != nil {
		return nil, err
	}
	defer out.Abort()
	for batch, err := range query.Run(ctx) {
		if err == nil {
			err = ctx.Err()
		}
		if err == nil {
			err = out.Write(batch)
		}
		if err != nil {
			return nil, err
		}
	}
	count, err := out.Commit(ctx)
	return countBatch(count), err
}
