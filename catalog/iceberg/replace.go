package iceberg

import (
	"context"
	"slices"
	"time"

	"github.com/mediaflight/mediaflight/catalog"
)

// ReplaceTableAs plans a table that takes the place of another. It shares nothing with that: it has an identity, a folder
// and a history of its own, because columns of the same name need not be the same. The folder of the old table goes after
// a while, once nobody in this process reads it; its indexes go at once, since its columns do.
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
	a.place = a.replace
	return a, nil
}

// replacing is an append to a table that takes another's place.
type replacing struct {
	*creating
	old *state // that was replaced; nil if its metadata cannot be read
}

func (a *replacing) Commit(ctx context.Context) (int64, error) {
	rows, err := a.creating.Commit(ctx)
	if err == nil && a.old != nil {
		a.table.catalog.retire(a.table.name, a.old)
		a.table.catalog.dropIndexes(a.table.name, a.old.meta.TableUUID().String())
	}
	a.old = nil
	return rows, err
}

// replace makes the table's name stand for the metadata at location. What was committed to the old table meanwhile is
// replaced as well.
func (a *replacing) replace(ctx context.Context, location string) (done bool, err error) {
	c, name := a.table.catalog, a.table.name
	for range maxAttempts {
		from, err := c.store.location(ctx, a.op, name)
		if err != nil {
			return false, err
		}
		folder := ""
		if a.old, err = c.at(a.op, name, from); err == nil {
			c.keepReplaced(name, a.old)
			if collectable(a.old.meta.Properties()) {
				folder = a.old.meta.Location()
			}
		}
		if done, err = c.store.replace(ctx, name, from, location, folder, a.folder()); done {
			return true, nil
		}
		c.dropReplaced(name, a.old)
		if err != nil {
			return false, err
		}
	}
	return false, &catalog.Error{Op: a.op, Name: name.String(), State: "40001", Msg: errConflict.Error(), Hint: "try again"}
}

// retire lets go of the last state of a table that was replaced, after a while. Its folder is removed when nobody uses it.
func (c *Catalog) retire(name catalog.Name, old *state) {
	c.keepReplaced(name, old)
	if collectable(old.meta.Properties()) {
		c.purgeUnused(old.folder)
	}
	time.AfterFunc(c.options.KeepReplaced, func() { c.dropReplaced(name, old) })
}

// keepReplaced lets the snapshots of a state be found, from before it is replaced on: a query may be planned just then.
func (c *Catalog) keepReplaced(name catalog.Name, old *state) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !slices.Contains(c.replaced[name], old) {
		c.replaced[name] = append(c.replaced[name], old)
	}
}

func (c *Catalog) dropReplaced(name catalog.Name, old *state) {
	c.mu.Lock()
	defer c.mu.Unlock()
	left := slices.DeleteFunc(c.replaced[name], func(s *state) bool { return s == old })
	if c.replaced[name] = left; len(left) == 0 {
		delete(c.replaced, name)
	}
}

// replacedSnapshot finds a snapshot of a table that was replaced; nil if there is none.
func (c *Catalog) replacedSnapshot(name catalog.Name, id int64) *Snapshot {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.replaced[name] {
		if found := s.snapshot(id); found != nil {
			return found
		}
	}
	return nil
}
