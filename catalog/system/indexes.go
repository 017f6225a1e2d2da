package system

import (
	"context"

	"github.com/mediaflight/mediaflight/catalog"
)

// The catalog is an Indexer whatever it holds: one without indexes answers that it has none, and makes none.

func (s *system) CreateIndex(ctx context.Context, def catalog.IndexDefinition, watch func(catalog.IndexProgress)) error {
	if s.schema(def.Table.Schema) != nil {
		return readOnly("create index", def.Name)
	}
	indexer, err := s.indexer("create index", def.Name)
	if err != nil {
		return err
	}
	return indexer.CreateIndex(ctx, def, watch)
}

func (s *system) Reindex(ctx context.Context, schema, name string, watch func(catalog.IndexProgress)) error {
	indexer, err := s.indexerOf("reindex", schema, name)
	if err != nil {
		return err
	}
	return indexer.Reindex(ctx, schema, name, watch)
}

func (s *system) FoldIndex(ctx context.Context, schema, name string, watch func(catalog.IndexProgress)) error {
	indexer, err := s.indexerOf("fold index", schema, name)
	if err != nil {
		return err
	}
	return indexer.FoldIndex(ctx, schema, name, watch)
}

func (s *system) DropIndex(ctx context.Context, schema, name string) error {
	indexer, err := s.indexerOf("drop index", schema, name)
	if err != nil {
		return err
	}
	return indexer.DropIndex(ctx, schema, name)
}

func (s *system) VerifyIndex(ctx context.Context, schema, name string) ([]string, error) {
	indexer, err := s.indexerOf("verify index", schema, name)
	if err != nil {
		return nil, err
	}
	return indexer.VerifyIndex(ctx, schema, name)
}

func (s *system) Indexes(ctx context.Context, schema string) ([]catalog.IndexInfo, error) {
	indexer, ok := s.Catalog.(catalog.Indexer)
	if !ok || s.schema(schema) != nil {
		return nil, nil
	}
	return indexer.Indexes(ctx, schema)
}

// indexerOf is the catalog that has an index; system schemas have none.
func (s *system) indexerOf(op, schema, name string) (catalog.Indexer, error) {
	if s.schema(schema) != nil {
		return nil, &catalog.Error{Op: op, Name: name, State: "42704", Msg: "index does not exist"}
	}
	return s.indexer(op, name)
}

func (s *system) indexer(op, name string) (catalog.Indexer, error) {
	indexer, ok := s.Catalog.(catalog.Indexer)
	if !ok {
		return nil, &catalog.Error{Op: op, Name: name, State: "0A000", Msg: "tables of this catalog cannot be indexed"}
	}
	return indexer, nil
}

func indexStats(ctx context.Context, r *reading) error {
	return r.eachIndex(ctx, func(schema string, ix catalog.IndexInfo) error {
		r.add(schema, ix.Name, ix.Table.Table, ix.Column, ix.Metric, int64(ix.Lists), int64(ix.Bits), ix.Rows, ix.RowsUncovered,
			ix.Files, ix.FilesUncovered, ix.Bytes, ix.Imbalance, ix.State, ix.Detail)
		return nil
	})
}

func indexCurve(ctx context.Context, r *reading) error {
	return r.eachIndex(ctx, func(schema string, ix catalog.IndexInfo) error {
		for _, p := range ix.Curve {
			r.add(schema, ix.Name, ix.Table.Table, int64(p.K), int64(p.Probes), p.Recall)
		}
		return nil
	})
}

func indexFiles(ctx context.Context, r *reading) error {
	coverage, ok := r.catalog.Catalog.(catalog.IndexCoverage)
	if !ok {
		return nil
	}
	return r.eachIndex(ctx, func(schema string, ix catalog.IndexInfo) error {
		files, err := coverage.IndexFiles(ctx, schema, ix.Name)
		if gone(err) {
			return nil
		}
		for _, f := range files {
			r.add(schema, ix.Name, ix.Table.Table, f.Path, f.Rows, f.Covered)
		}
		return err
	})
}

// eachIndex visits the indexes of the schemas and tables that are wanted.
func (r *reading) eachIndex(ctx context.Context, visit func(schema string, ix catalog.IndexInfo) error) error {
	return r.eachSchema(ctx, func(s catalog.Schema) error {
		indexes, err := r.catalog.Indexes(ctx, s.Name)
		if gone(err) {
			return nil
		}
		if err != nil {
			return err
		}
		for _, ix := range indexes {
			if wants(r.tables, ix.Table.Table) {
				if err := visit(s.Name, ix); err != nil {
					return err
				}
			}
		}
		return ctx.Err()
	})
}
