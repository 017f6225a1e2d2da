package flightsrv

import (
	"context"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/planner/plan"
)

func (s *Server) createSchema(ctx context.Context, r *request, c plan.CreateSchema) error {
	defer s.plans.namesChanged()
	err := s.catalog(ctx).CreateSchema(ctx, catalog.Schema{Name: c.Name})
	if c.IfNotExists && isState(err, "42P06") {
		s.notice(ctx, r, "schema %q already exists, skipping", c.Name)
		return nil
	}
	return err
}

// dropSchema drops schemas one after the other. CASCADE drops their tables first.
func (s *Server) dropSchema(ctx context.Context, r *request, c plan.DropSchema) error {
	defer s.plans.namesChanged()
	for _, name := range c.Names {
		if c.Cascade {
			if err := s.dropTablesOf(ctx, name); err != nil && !(c.IfExists && isState(err, "3F000")) {
				return err
			}
		}
		err := s.catalog(ctx).DropSchema(ctx, name)
		if c.IfExists && isState(err, "3F000") {
			s.notice(ctx, r, "schema %q does not exist, skipping", name)
			continue
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Server) dropTablesOf(ctx context.Context, schema string) error {
	tables, err := s.catalog(ctx).Tables(ctx, schema)
	if err != nil {
		return err
	}
	for _, table := range tables {
		name := catalog.Name{Schema: schema, Table: table}
		err := s.catalog(ctx).DropTable(ctx, name)
		if viewer, ok := s.catalog(ctx).(catalog.Viewer); ok && isState(err, "42P01") {
			err = viewer.DropView(ctx, name)
		}
		if err != nil && !isState(err, "42P01") {
			return err
		}
	}
	return nil
}

func (s *Server) commentOnSchema(ctx context.Context, c plan.Comment) error {
	schema := catalog.Schema{Name: c.Schema}
	if c.Text != nil {
		schema.Comment = *c.Text
	}
	return s.catalog(ctx).AlterSchema(ctx, schema)
}
