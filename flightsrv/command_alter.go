package flightsrv

import (
	"context"
	"fmt"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/planner/plan"
)

// alterTable changes a table's definition. Each table that it changes is a commit of its own: foreign keys are declared only, and
// what they refer to may be gone for a moment.
func (s *Server) alterTable(ctx context.Context, r *request, c plan.AlterTable) error {
	defer s.plans.namesChanged()
	if len(c.Steps) > 0 {
		table, err := s.catalog(ctx).Table(ctx, c.Table)
		if err != nil {
			return err
		}
		evolvable, ok := table.(catalog.Evolvable)
		if !ok {
			return &Error{State: notSupported, Msg: fmt.Sprintf("table %s cannot be altered", c.Table),
				Hint: "make another one: CREATE TEMPORARY TABLE ... AS SELECT"}
		}
		if err := evolvable.Evolve(ctx, c.Steps); err != nil {
			return err
		}
	}
	if err := s.dropViews(ctx, c.Views); err != nil {
		return err
	}
	for _, text := range c.Notices {
		s.notice(ctx, r, "%s", text)
	}
	return s.alterTables(ctx, r, c.Then)
}

func (s *Server) alterTables(ctx context.Context, r *request, all []plan.AlterTable) error {
	for _, c := range all {
		if err := s.alterTable(ctx, r, c); err != nil && !isState(err, "42P01") {
			return err
		}
	}
	return nil
}

func (s *Server) renameTable(ctx context.Context, r *request, c plan.RenameTable) error {
	defer s.plans.namesChanged()
	renamer, ok := s.catalog(ctx).(catalog.Renamer)
	if !ok {
		return &Error{State: notSupported, Msg: "tables of this catalog cannot be renamed"}
	}
	if err := renamer.RenameTable(ctx, c.From, c.To); err != nil {
		return err
	}
	for _, view := range c.Views {
		if err := s.createView(ctx, view); err != nil {
			return err
		}
	}
	return s.alterTables(ctx, r, c.Then)
}
