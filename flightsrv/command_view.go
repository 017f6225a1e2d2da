package flightsrv

import (
	"context"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/planner/plan"
)

// viewer is the catalog's part that keeps views.
func (s *Server) viewer(ctx context.Context) (catalog.Viewer, error) {
	if viewer, ok := s.catalog(ctx).(catalog.Viewer); ok {
		return viewer, nil
	}
	return nil, &Error{State: notSupported, Msg: "this catalog has no views"}
}

func (s *Server) createView(ctx context.Context, c plan.CreateView) error {
	viewer, err := s.viewer(ctx)
	if err != nil {
		return err
	}
	defer s.plans.namesChanged()
	if c.Replace {
		return viewer.ReplaceView(ctx, c.Name, c.Definition)
	}
	return viewer.CreateView(ctx, c.Name, c.Definition)
}

func (s *Server) dropView(ctx context.Context, r *request, c plan.DropView) error {
	viewer, err := s.viewer(ctx)
	if err != nil {
		return err
	}
	defer s.plans.namesChanged()
	if err := s.dropViews(ctx, c.Then); err != nil {
		return err
	}
	for _, name := range c.Names {
		err := viewer.DropView(ctx, name)
		if c.IfExists && (isState(err, "42P01") || isState(err, "3F000")) {
			s.notice(ctx, r, "view %q does not exist, skipping", name.Table)
			continue
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// dropViews drops views that others may have dropped already.
func (s *Server) dropViews(ctx context.Context, names []catalog.Name) error {
	if len(names) == 0 {
		return nil
	}
	viewer, err := s.viewer(ctx)
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := viewer.DropView(ctx, name); err != nil && !isState(err, "42P01") {
			return err
		}
	}
	return nil
}
