package memtable

import (
	"context"
	"time"

	"github.com/mediaflight/mediaflight/catalog"
)

// ReplaceTableAs collects the rows of a new definition. Older snapshots keep theirs.
func (c *Catalog) ReplaceTableAs(_ context.Context, name catalog.Name, def catalog.Definition) (catalog.Append, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, err := c.table("replace table", name); err != nil {
		return nil, err
	}
	return &replacing{appending: appending{table: newTable(name, def)}, catalog: c}, nil
}

// replacing is an append to a table that takes the place of another.
type replacing struct {
	appending
	catalog *Catalog
}

func (a *replacing) Commit(context.Context) (int64, error) {
	defer a.Abort()
	a.catalog.mu.Lock()
	defer a.catalog.mu.Unlock()
	old, err := a.catalog.table("replace table", a.table.name)
	if err != nil { // dropped meanwhile
		return 0, err
	}
	old.mu.Lock()
	defer old.mu.Unlock()
	old.rows.def = a.table.def
	old.rows.replaced++
	old.from = len(old.batches)
	old.append(a.batches, time.Now())
	return a.count, nil
}
