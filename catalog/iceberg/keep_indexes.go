package iceberg

import (
	"context"
	"time"

	"github.com/mediaflight/mediaflight/catalog/index"
)

// KeepIndexes folds what was appended to tables into their indexes, until ctx is over: a server runs it beside its queries.
// One index is folded at a time, by one goroutine, when the rows that are searched exactly because it lacks them have become
// many enough to be worth it. Whatever fails is tried again when the table has changed.
func (c *Catalog) KeepIndexes(ctx context.Context, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	looked := map[*index.Index]int64{} // at which snapshot
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			looked = c.keepIndexes(ctx, looked)
		}
	}
}

func (c *Catalog) keepIndexes(ctx context.Context, looked map[*index.Index]int64) map[*index.Index]int64 {
	now := map[*index.Index]int64{}
	indexed := c.indexes.Tables()
	if len(indexed) == 0 {
		return now
	}
	states, err := c.allTables(ctx)
	if err != nil {
		return looked // some table cannot be read, which others are told when they try
	}
	for _, s := range states {
		if !indexed[s.id()] {
			continue
		}
		indexes, err := c.indexes.Indexes(s.id())
		if err != nil {
			continue
		}
		for _, ix := range indexes {
			id := s.current.ID()
			now[ix] = id
			if last, ok := looked[ix]; ok && last == id {
				continue
			}
			if err := c.keepIndex(ctx, s, ix); err != nil && ctx.Err() == nil && stateOf(err) != "55006" {
				c.options.Logger.Warn("new rows are not folded into a vector index", "index", ix.Name, "table", s.current.name, "error", err)
			}
		}
	}
	return now
}

// keepIndex folds what the index lacks if that is worth it.
func (c *Catalog) keepIndex(ctx context.Context, s *state, ix *index.Index) error {
	source, err := s.indexedBy(ctx, "fold index", ix)
	if err != nil || !ix.WorthFolding(source) {
		return err
	}
	begin := time.Now()
	if err := ix.Fold(ctx, source, 1, nil); err != nil {
		return err
	}
	c.options.Logger.Info("folded new rows into a vector index", "index", ix.Name, "table", s.current.name, "took", time.Since(begin))
	return nil
}
