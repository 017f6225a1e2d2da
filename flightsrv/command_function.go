package flightsrv

import (
	"context"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/planner/plan"
)

// functionKeeper is the catalog's part that keeps functions.
func (s *Server) functionKeeper(ctx context.Context) (catalog.FunctionKeeper, error) {
	if keeper, ok := s.catalog(ctx).(catalog.FunctionKeeper); ok {
		return keeper, nil
	}
	return nil, &Error{State: notSupported, Msg: "this catalog keeps no functions"}
}

func (s *Server) createFunction(ctx context.Context, c plan.CreateFunction) error {
	keeper, err := s.functionKeeper(ctx)
	if err != nil {
		return err
	}
	defer s.plans.namesChanged()
	return keeper.CreateFunction(ctx, c.Function, c.Replace)
}

func (s *Server) dropFunction(ctx context.Context, r *request, c plan.DropFunction) error {
	keeper, err := s.functionKeeper(ctx)
	if err != nil {
		return err
	}
	defer s.plans.namesChanged()
	for _, f := range c.Functions {
		if err := keeper.DropFunction(ctx, f.Name, f.Args); err != nil {
			return err
		}
	}
	for _, text := range c.Notices {
		s.notice(ctx, r, "%s", text)
	}
	return nil
}
