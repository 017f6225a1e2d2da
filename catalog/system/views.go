package system

import (
	"context"

	"github.com/mediaflight/mediaflight/catalog"
)

// The catalog is a Viewer whatever it holds: one without views answers that it has none, and makes none.

func (s *system) Views(ctx context.Context, schema string) ([]string, error) {
	viewer, ok := s.Catalog.(catalog.Viewer)
	if !ok || s.schema(schema) != nil {
		return nil, nil
	}
	return viewer.Views(ctx, schema)
}

func (s *system) CreateView(ctx context.Context, name catalog.Name, def catalog.ViewDefinition) error {
	viewer, err := s.viewer("create view", name)
	if err != nil {
		return err
	}
	return viewer.CreateView(ctx, name, def)
}

func (s *system) ReplaceView(ctx context.Context, name catalog.Name, def catalog.ViewDefinition) error {
	viewer, err := s.viewer("replace view", name)
	if err != nil {
		return err
	}
	return viewer.ReplaceView(ctx, name, def)
}

func (s *system) DropView(ctx context.Context, name catalog.Name) error {
	viewer, err := s.viewer("drop view", name)
	if err != nil {
		return err
	}
	return viewer.DropView(ctx, name)
}

func (s *system) viewer(op string, name catalog.Name) (catalog.Viewer, error) {
	if s.schema(name.Schema) != nil {
		return nil, readOnly(op, name.String())
	}
	viewer, ok := s.Catalog.(catalog.Viewer)
	if !ok {
		return nil, &catalog.Error{Op: op, Name: name.String(), State: "0A000", Msg: "this catalog has no views"}
	}
	return viewer, nil
}

// eachView visits the views that are wanted.
func (r *reading) eachView(ctx context.Context, visit func(catalog.Name) error) error {
	return r.eachListed(ctx, r.catalog.Views, func(_ catalog.Schema, name catalog.Name) error { return visit(name) })
}

func views(ctx context.Context, r *reading) error {
	return r.eachView(ctx, func(name catalog.Name) error {
		t, err := r.catalog.Table(ctx, name)
		if gone(err) {
			return nil
		}
		if err != nil {
			return err
		}
		var text any
		if v, ok := t.(catalog.View); ok {
			if def, err := v.View(); err == nil {
				text = def.SQL
			}
		}
		r.add(catalog.Database, name.Schema, name.Table, text, "NONE", "NO", "NO", "NO", "NO", "NO")
		return nil
	})
}
