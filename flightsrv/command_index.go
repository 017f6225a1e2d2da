package flightsrv

import (
	"context"
	"log/slog"
	"time"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/planner/plan"
)

// indexer is the catalog's part that builds indexes.
func (s *Server) indexer(ctx context.Context) (catalog.Indexer, error) {
	if indexer, ok := s.catalog(ctx).(catalog.Indexer); ok {
		return indexer, nil
	}
	return nil, &Error{State: notSupported, Msg: "tables of this catalog have no indexes"}
}

// createIndex builds an index while the client waits, which may be long: queries and writers go on. Cancelling the statement or its
// timeout ends the building, and leaves nothing that a query could see.
func (s *Server) createIndex(ctx context.Context, r *request, c plan.CreateIndex) error {
	indexer, err := s.indexer(ctx)
	if err != nil {
		return err
	}
	defer s.plans.namesChanged() // plans of vector_search took their metric from the indexes there were
	err = indexer.CreateIndex(ctx, c.Index, s.watchBuild(ctx, r, c.Index.Name))
	if c.IfNotExists && isState(err, "42P07") {
		s.notice(ctx, r, "relation %q already exists, skipping", c.Index.Name)
		return nil
	}
	if err == nil && c.Notice != "" {
		s.notice(ctx, r, "%s", c.Notice)
	}
	return err
}

// reindex builds indexes anew, one after the other. The old ones answer until then.
func (s *Server) reindex(ctx context.Context, r *request, c plan.Reindex) error {
	indexer, err := s.indexer(ctx)
	if err != nil {
		return err
	}
	defer s.plans.namesChanged()
	for _, index := range c.Indexes {
		if err := indexer.Reindex(ctx, index.Schema, index.Name, s.watchBuild(ctx, r, index.Name)); err != nil {
			return err
		}
	}
	if c.Notice != "" {
		s.notice(ctx, r, "%s", c.Notice)
	}
	return nil
}

func (s *Server) dropIndex(ctx context.Context, r *request, c plan.DropIndex) error {
	indexer, err := s.indexer(ctx)
	if err != nil {
		return err
	}
	defer s.plans.namesChanged()
	for _, index := range c.Indexes {
		err := indexer.DropIndex(ctx, index.Schema, index.Name)
		if c.IfExists && (isState(err, "42704") || isState(err, "3F000")) {
			s.notice(ctx, r, "index %q does not exist, skipping", index.Name)
			continue
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// watchBuild logs each stage of a building when it begins.
func (s *Server) watchBuild(ctx context.Context, r *request, name string) func(catalog.IndexProgress) {
	stage, start := "", time.Now()
	return func(p catalog.IndexProgress) {
		if p.Stage == stage {
			return
		}
		stage = p.Stage
		s.log.LogAttrs(ctx, slog.LevelInfo, "building index", slog.String("query", r.id), slog.String("index", name), slog.String("stage", stage),
			slog.Int64("rows", p.Rows), slog.Duration("after", time.Since(start)))
	}
}
