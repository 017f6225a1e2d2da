package iceberg

import (
	"context"

	"github.com/mediaflight/mediaflight/catalog"
)

// ReplaceTableAs plans a table that takes the place of another. It shares nothing with that: it has an identity, a folder
// and a history of its own, because columns of the same name need not be the same. The folder of the old table goes once
// nobody in this process reads it.
func (c *Catalog) ReplaceTableAs(ctx context.Context, name catalog.Name, def catalog.Definition) (catalog.Append, error) {
	const op = "replace table"
	if _, err := c.store.location(ctx, op, name); err != nil {
		return nil, err
	}
	created, err := c.newCreating(ctx, op, name, def)
	if err != nil {
		return nil, err
	}
	a := &replacing{creating: created}
	a.place = func(ctx context.Context, location string) (done bool, err error) {
		a.old, done, err = c.replace(ctx, name, location, a.folder())
		return done, err
	}
	return a, nil
}

// replacing is an append to a table that takes another's place.
type replacing struct {
	*creating
	old string // the folder of the table that was replaced
}

func (a *replacing) Commit(ctx context.Context) (int64, error) {
	rows, err := a.creating.Commit(ctx)
	if err == nil {
		a.table.catalog.retire(ctx, a.old)
	}
	return rows, err
}

// replace puts the table at location in the place of the one of that name, and returns the folder of that one. What was
// committed to it meanwhile is replaced as well.
func (c *Catalog) replace(ctx context.Context, name catalog.Name, location, folder string) (old string, done bool, err error) {
	for range maxAttempts {
		from, err := c.store.location(ctx, "replace table", name)
		if err != nil {
			return "", false, err
		}
		old = folderOf(from)
		if done, err = c.store.replace(ctx, name, from, location, old, folder); done || err != nil {
			return old, done, err
		}
	}
	return "", false, &catalog.Error{Op: "replace table", Name: name.String(), State: "40001", Msg: errConflict.Error(), Hint: "try again"}
}
