package flightsrv

import (
	"context"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/catalog/temporary"
	"github.com/mediaflight/mediaflight/planner/plan"
)

func (s *Server) createTable(ctx context.Context, r *request, c plan.CreateTable) error {
	defer s.plans.namesChanged()
	if c.Name.Schema == temporary.Schema {
		if err := s.allowTemporary(ctx, r); err != nil {
			return err
		}
	}
	_, err := s.catalog(ctx).CreateTable(ctx, c.Name, c.Definition)
	if c.IfNotExists && isState(err, "42P07") {
		s.notice(ctx, r, "relation %q already exists, skipping", c.Name.Table)
		return nil
	}
	for _, text := range c.Notices {
		if err == nil {
			s.notice(ctx, r, "%s", text)
		}
	}
	return err
}

func (s *Server) dropTable(ctx context.Context, r *request, c plan.DropTable) error {
	defer s.plans.namesChanged()
	if err := s.dropViews(ctx, c.Views); err != nil {
		return err
	}
	for _, name := range c.Names {
		err := s.catalog(ctx).DropTable(ctx, name)
		if c.IfExists && (isState(err, "42P01") || isState(err, "3F000")) {
			s.notice(ctx, r, "table %q does not exist, skipping", name.Table)
			continue
		}
		if err != nil {
			return err
		}
	}
	return s.alterTables(ctx, r, c.Then)
}

// truncate empties tables, one after the other.
func (s *Server) truncate(ctx context.Context, c plan.Truncate) error {
	for _, name := range c.Tables {
		table, err := s.catalog(ctx).Table(ctx, name)
		if err != nil {
			return err
		}
		changeable, ok := table.(catalog.Changeable)
		if !ok {
			return &Error{State: notSupported, Msg: fmt.Sprintf("table %s cannot be truncated", name)}
		}
		if err := changeable.Truncate(ctx); err != nil {
			return err
		}
	}
	return nil
}

// comment is COMMENT ON a table, one of its columns, or a schema.
func (s *Server) comment(ctx context.Context, c plan.Comment) error {
	if c.Table == "" {
		return s.commentOnSchema(ctx, c)
	}
	table, err := s.catalog(ctx).Table(ctx, catalog.Name{Schema: c.Schema, Table: c.Table})
	if err != nil {
		return err
	}
	step := catalog.SetComment{Column: c.Column}
	if c.Text != nil {
		step.Text = *c.Text
	}
	if evolvable, ok := table.(catalog.Evolvable); ok {
		return evolvable.Evolve(ctx, []catalog.Alteration{step})
	}
	def := table.Definition()
	if c.Column == "" {
		def.Comment = step.Text
		return table.Alter(ctx, def)
	}
	if def.Schema, err = commented(def.Schema, c.Column, c.Text); err != nil {
		return err
	}
	return table.Alter(ctx, def)
}

// commented is the schema with one column's comment changed.
func commented(schema *arrow.Schema, column string, text *string) (*arrow.Schema, error) {
	fields := schema.Fields()
	for i, f := range fields {
		if f.Name != column {
			continue
		}
		values := f.Metadata.ToMap()
		delete(values, catalog.CommentKey)
		if text != nil {
			values[catalog.CommentKey] = *text
		}
		fields[i].Metadata = arrow.MetadataFrom(values)
		metadata := schema.Metadata()
		return arrow.NewSchema(fields, &metadata), nil
	}
	return nil, &Error{State: "42703", Msg: fmt.Sprintf("column %q does not exist", column)}
}
