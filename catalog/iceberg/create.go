package iceberg

import (
	"context"
	"errors"
	"os"
	"regexp"

	"github.com/apache/iceberg-go/table"
	"github.com/google/uuid"

	"github.com/mediaflight/mediaflight/catalog"
)

// CreateTable makes an empty table.
func (c *Catalog) CreateTable(ctx context.Context, name catalog.Name, def catalog.Definition) (catalog.Table, error) {
	created, err := c.CreateTableAs(ctx, name, def)
	if err != nil {
		return nil, err
	}
	if _, err := created.Commit(ctx); err != nil {
		return nil, err
	}
	return c.Table(ctx, name)
}

// CreateTableAs plans a table, whose files are written before the catalog knows of it.
func (c *Catalog) CreateTableAs(ctx context.Context, name catalog.Name, def catalog.Definition) (catalog.Append, error) {
	if err := c.vacant(ctx, name); err != nil {
		return nil, err
	}
	meta, err := c.newMetadata(name, def)
	if err != nil {
		return nil, err
	}
	a, err := newAppending(&Table{catalog: c, name: name, state: c.newState(name, "", meta)})
	if err != nil {
		return nil, err
	}
	return &creating{appending: a}, nil
}

// vacant tells whether a table of the name can be made.
func (c *Catalog) vacant(ctx context.Context, name catalog.Name) error {
	const op = "create table"
	_, err := c.store.location(ctx, op, name)
	if err == nil {
		return &catalog.Error{Op: op, Name: name.String(), State: "42P07", Msg: "table already exists"}
	}
	if stateOf(err) == "42P01" {
		return nil
	}
	return err
}

func (c *Catalog) newMetadata(name catalog.Name, def catalog.Definition) (table.Metadata, error) {
	const op = "create table"
	if err := checkKeys(op, name, def); err != nil {
		return nil, err
	}
	fault := func(state string, err error) error {
		return &catalog.Error{Op: op, Name: name.String(), State: state, Msg: err.Error()}
	}
	schema, err := icebergSchema(def)
	if err != nil {
		return nil, fault("0A000", err)
	}
	props, err := properties(def)
	if err != nil {
		return nil, fault("42601", err)
	}
	for k, v := range maintenance {
		if _, set := props[k]; !set {
			props[k] = v
		}
	}
	folder := c.warehouse + "/" + pathPart(name.Schema) + "/" + pathPart(name.Table) + "-" + uuid.NewString()[:8]
	meta, err := table.NewMetadata(schema, nil, table.UnsortedSortOrder, folder, props)
	if err != nil {
		return nil, fault("22023", err)
	}
	return meta, nil
}

// pathPart makes a name fit for a path on any system. Folders need not be told apart by it: a table's ends in an id.
func pathPart(name string) string {
	return unfitForPath.ReplaceAllString(name, "_")
}

var unfitForPath = regexp.MustCompile(`[^A-Za-z0-9_-]`)

// creating is an append to a table that is not in the catalog yet.
type creating struct {
	*appending
	entered bool
}

// Commit writes the table's first metadata, with the rows if there are any, and enters it in the catalog.
func (a *creating) Commit(ctx context.Context) (int64, error) {
	defer a.Abort()
	if err := a.finish(); err != nil {
		return 0, err
	}
	t := a.table
	var err error
	if len(a.done) == 0 {
		err = a.enter(ctx)
	} else {
		err = t.catalog.attempt(ctx, t.name, t.state, a.plan(ctx))
	}
	if err == nil || errors.As(err, new(*errUnknown)) {
		a.entered = true
		a.files.keep()
	}
	if err != nil {
		return 0, diskFault("create table", t.name, err)
	}
	return a.rows, nil
}

// Abort removes the folder of a table that did not come to be.
func (a *creating) Abort() {
	a.appending.Abort()
	if a.entered {
		return
	}
	if folder, err := localPath(a.table.state.meta.Location()); err == nil {
		_ = os.RemoveAll(folder)
	}
}

// enter makes a table without rows.
func (a *creating) enter(ctx context.Context) error {
	target := &commitTarget{catalog: a.table.catalog, name: a.table.name, base: a.table.state}
	_, _, err := target.CommitTable(ctx, nil, nil, nil)
	return target.settle(err)
}
