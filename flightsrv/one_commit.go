package flightsrv

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/mediaflight/mediaflight/catalog"
)

// oneCommit is a catalog in which appends to a table are gathered and committed as one. JDBC's executeBatch and ADBC's
// executemany run an INSERT for each of thousands of rows; a commit for each would take a second a hundred rows, leave a
// file for each, and leave half of them behind if one fails.
type oneCommit struct {
	catalog.Catalog
	appends map[catalog.Name]catalog.Append
}

func newOneCommit(c catalog.Catalog) *oneCommit {
	return &oneCommit{Catalog: c, appends: map[catalog.Name]catalog.Append{}}
}

func (c *oneCommit) Table(ctx context.Context, name catalog.Name) (catalog.Table, error) {
	t, err := c.Catalog.Table(ctx, name)
	if err != nil {
		return nil, err
	}
	return &gatheredTable{Table: t, to: c}, nil
}

// commit makes all rows visible, a table at a time.
func (c *oneCommit) commit(ctx context.Context) error {
	for name, a := range c.appends {
		if _, err := a.Commit(ctx); err != nil {
			return err
		}
		delete(c.appends, name)
	}
	return nil
}

// abort drops what is not committed.
func (c *oneCommit) abort() {
	for _, a := range c.appends {
		a.Abort()
	}
}

type gatheredTable struct {
	catalog.Table
	to *oneCommit
}

func (t *gatheredTable) Append(ctx context.Context) (catalog.Append, error) {
	a, ok := t.to.appends[t.Name()]
	if !ok {
		var err error
		if a, err = t.Table.Append(ctx); err != nil {
			return nil, err
		}
		t.to.appends[t.Name()] = a
	}
	return &gatheredAppend{to: a}, nil
}

// A gatheredAppend writes the rows of one execution into the append that all share. Their commit is the last one's, and
// so is their failure: an execution that fails ends them all.
type gatheredAppend struct {
	to   catalog.Append
	rows int64
}

func (a *gatheredAppend) Write(batch arrow.RecordBatch) error {
	a.rows += batch.NumRows()
	return a.to.Write(batch)
}

func (a *gatheredAppend) Commit(context.Context) (int64, error) { return a.rows, nil }
func (a *gatheredAppend) Abort()                                {}
