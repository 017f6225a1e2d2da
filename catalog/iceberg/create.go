package iceberg

import (
	"context"
	"errors"
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
	a, err := c.newCreating(ctx, "create table", name, def)
	if err != nil {
		return nil, err
	}
	a.place = func(ctx context.Context, location string) (bool, error) {
		return true, c.store.insert(ctx, name, location, a.folder())
	}
	return a, nil
}

// newCreating plans a table in a folder of its own.
func (c *Catalog) newCreating(ctx context.Context, op string, name catalog.Name, def catalog.Definition) (*creating, error) {
	meta, err := c.newMetadata(op, name, def)
	if err != nil {
		return nil, err
	}
	a, err := newAppending(&Table{catalog: c, name: name, state: c.newState(name, "", meta)})
	if err != nil {
		return nil, err
	}
	a.op = op
	return &creating{appending: a}, c.store.insertLeftover(ctx, meta.Location())
}

// vacant tells whether a table of the name can be made.
func (c *Catalog) vacant(ctx context.Context, name catalog.Name) error {
	const op = "create table"
	_, err := c.store.location(ctx, op, name)
	if stateOf(err) == "42P01" {
		_, err = c.store.viewLocation(ctx, op, name)
	}
	if err == nil {
		return &catalog.Error{Op: op, Name: name.String(), State: "42P07", Msg: "table already exists"}
	}
	if stateOf(err) == "42P01" {
		return nil
	}
	return err
}

func (c *Catalog) newMetadata(op string, name catalog.Name, def catalog.Definition) (table.Metadata, error) {
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
	spec, err := partitionSpec(def, schema)
	if err != nil {
		return nil, fault("42P16", err)
	}
	folder := c.warehouse + "/" + pathPart(name.Schema) + "/" + pathPart(name.Table) + "-" + uuid.NewString()[:8]
	meta, err := table.NewMetadata(schema, spec, table.UnsortedSortOrder, folder, props)
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
	place   func(ctx context.Context, location string) (done bool, err error) // enters the table in the catalog
	entered bool
}

// folder is the table's, as its metadata spells it.
func (a *creating) folder() string { return a.table.state.meta.Location() }

// Commit writes the table's first metadata, with the rows if there are any, and enters it in the catalog.
func (a *creating) Commit(ctx context.Context) (int64, error) {
	defer a.Abort()
	if err := a.finish(); err != nil {
		return 0, err
	}
	t := a.table
	target := &commitTarget{catalog: t.catalog, name: t.name, base: t.state, place: a.place}
	var err error
	if len(a.done) == 0 {
		_, _, err = target.CommitTable(ctx, nil, nil, nil)
		err = target.settle(err)
	} else {
		err = target.attempt(ctx, a.plan(ctx))
	}
	if err == nil || errors.As(err, new(*errUnknown)) {
		a.entered = true
		a.files.keep()
	}
	if err != nil {
		return 0, diskFault(a.op, t.name, err)
	}
	return a.rows, nil
}

// Abort removes the folder of a table that did not come to be.
func (a *creating) Abort() {
	a.appending.Abort()
	if !a.entered {
		a.entered = true
		a.table.catalog.purge(context.Background(), a.folder())
	}
}
