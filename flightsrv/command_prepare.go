package flightsrv

import (
	"context"

	"github.com/mediaflight/mediaflight/flightsrv/session"
	"github.com/mediaflight/mediaflight/planner/plan"
)

// prepareNamed keeps a statement in the client's session, which it begins if there is none.
func (s *Server) prepareNamed(ctx context.Context, r *request, c plan.Prepare) error {
	if err := s.change(ctx, r, func(v *session.Values) (*session.Values, error) { return v, nil }); err != nil {
		return err
	}
	return r.session.Prepare(c.Name, session.Named{SQL: c.SQL, Types: c.Types})
}

// prepared finds the statements that the client's session has named.
func (r *request) prepared(name string) (plan.Prepare, bool) {
	found, ok := r.session.Prepared(name)
	return plan.Prepare{Name: name, SQL: found.SQL, Types: found.Types}, ok
}

// discard forgets what a session has made.
func (s *Server) discard(ctx context.Context, r *request, c plan.Discard) error {
	if tables := r.session.Temporary(); c.Temporary && tables != nil {
		if err := tables.DropAll(ctx); err != nil {
			return err
		}
	}
	if !c.All {
		return nil
	}
	if err := r.session.Deallocate(""); err != nil {
		return err
	}
	return s.reset(ctx, r, "all")
}
