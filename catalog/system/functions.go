package system

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/mediaflight/mediaflight/catalog"
)

// The catalog is a FunctionKeeper whatever it holds: one without functions answers that it has none, and makes none.

func (s *system) FunctionsNamed(ctx context.Context, name string) ([]catalog.Function, error) {
	keeper, ok := s.Catalog.(catalog.FunctionKeeper)
	if !ok {
		return nil, nil
	}
	return keeper.FunctionsNamed(ctx, name)
}

func (s *system) CreateFunction(ctx context.Context, f catalog.Function, replace bool) error {
	keeper, err := s.keeper("create function", f.Name)
	if err != nil {
		return err
	}
	return keeper.CreateFunction(ctx, f, replace)
}

func (s *system) DropFunction(ctx context.Context, name catalog.Name, args *arrow.Schema) error {
	keeper, err := s.keeper("drop function", name)
	if err != nil {
		return err
	}
	return keeper.DropFunction(ctx, name, args)
}

func (s *system) keeper(op string, name catalog.Name) (catalog.FunctionKeeper, error) {
	if s.schema(name.Schema) != nil {
		return nil, readOnly(op, name.String())
	}
	keeper, ok := s.Catalog.(catalog.FunctionKeeper)
	if !ok {
		return nil, &catalog.Error{Op: op, Name: name.String(), State: "0A000", Msg: "this catalog keeps no functions"}
	}
	return keeper, nil
}
