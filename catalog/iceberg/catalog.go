package iceberg

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"path/filepath"
	"sync"
	"time"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/catalog/durable"
	"github.com/mediaflight/mediaflight/catalog/index"
	"github.com/mediaflight/mediaflight/catalog/parquet/reader"
	"github.com/mediaflight/mediaflight/catalog/screening"
)

// Options say how a folder is opened. The zero value is good.
type Options struct {
	ReadOnly bool
	// OpenFiles is how many data files are kept open and mapped between queries; 0 means 4096.
	OpenFiles int
	// FileBytes is the size near which an append starts the next data file; 0 means 512 MiB.
	FileBytes int64
	// KeepReplaced is how long the snapshots of a table that was replaced can still be found by their ids, which is for
	// queries that were planned before; 0 means 10 minutes.
	KeepReplaced time.Duration
	// IndexBytes is how much of vector index files stays mapped between searches; 0 means 8 GiB.
	IndexBytes int64
	// ScreenBytes is how much memory codes of vectors may take, which make exact searches faster; 0 means none.
	ScreenBytes int64
	Logger      *slog.Logger
}

// A Catalog is a catalog.Catalog of the Iceberg tables in a folder. Other processes may use the folder at the same time.
type Catalog struct {
	dir       string
	warehouse string // as a URI
	options   Options
	store     *store
	files     *reader.Cache
	plans     plans
	indexes   *index.Folder
	screens   *screening.Store

	mu       sync.Mutex
	states   map[catalog.Name]*state
	views    map[catalog.Name]*View
	commits  map[catalog.Name]*sync.Mutex
	replaced map[catalog.Name][]*state // for a while
	folders  folders
}

// Open opens the tables in a folder, which it makes unless there is one or it is to be read only. A folder that exists
// already is not written to.
func Open(ctx context.Context, dir string, options Options) (*Catalog, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if options.OpenFiles == 0 {
		options.OpenFiles = 4096
	}
	if options.FileBytes == 0 {
		options.FileBytes = 512 << 20
	}
	if options.KeepReplaced == 0 {
		options.KeepReplaced = 10 * time.Minute
	}
	if options.Logger == nil {
		options.Logger = slog.Default()
	}
	database := filepath.Join(dir, "catalog.db")
	if options.ReadOnly && !exists(database) {
		return nil, &catalog.Error{Op: "open", Name: dir, State: "58P01", Msg: "folder holds no tables", Hint: "load a table into it first"}
	}
	if !options.ReadOnly {
		if err := durable.MakeFolder(dir); err != nil {
			return nil, fmt.Errorf("make data folder: %w", err)
		}
	}
	store, err := openStore(ctx, database, options.ReadOnly)
	if err != nil {
		return nil, err
	}
	return &Catalog{
		dir:       dir,
		warehouse: (&url.URL{Scheme: "file", Path: filepath.ToSlash(filepath.Join(dir, "warehouse"))}).String(),
		options:   options,
		store:     store,
		files:     reader.NewCache(options.OpenFiles),
		indexes:   index.Open(filepath.Join(dir, "indexes"), index.Options{Bytes: options.IndexBytes, Logger: options.Logger}),
		screens:   screening.New(options.ScreenBytes, options.Logger),
		states:    map[catalog.Name]*state{},
		views:     map[catalog.Name]*View{},
		commits:   map[catalog.Name]*sync.Mutex{},
		replaced:  map[catalog.Name][]*state{},
	}, nil
}

// Close unmaps the data files. Nothing may be read any more.
func (c *Catalog) Close() error {
	c.indexes.Close()
	c.screens.Close()
	c.files.Close()
	c.purgeRetired()
	return c.store.close()
}

func (c *Catalog) Schemas(ctx context.Context) ([]catalog.Schema, error) { return c.store.schemas(ctx) }

func (c *Catalog) CreateSchema(ctx context.Context, s catalog.Schema) error {
	return c.store.insertSchema(ctx, s)
}

func (c *Catalog) AlterSchema(ctx context.Context, s catalog.Schema) error {
	return c.store.alterSchema(ctx, s)
}

func (c *Catalog) DropSchema(ctx context.Context, name string) error {
	return c.store.removeSchema(ctx, name)
}

func (c *Catalog) Tables(ctx context.Context, schema string) ([]string, error) {
	return c.store.relations(ctx, schema)
}

func (c *Catalog) Table(ctx context.Context, name catalog.Name) (catalog.Table, error) {
	s, err := c.load(ctx, "look up table", name)
	if stateOf(err) == "42P01" {
		v, viewErr := c.view(ctx, "look up table", name)
		if viewErr == nil {
			return v, nil
		}
		err = viewErr
	}
	if err != nil {
		return nil, err
	}
	return &Table{catalog: c, name: name, state: s}, nil
}

// DropTable takes the table out of the catalog and then removes its files, so that a crash in between leaves files
// without a table, not a table without files. A query that has the files mapped still reads them; one that has not
// opened them yet gets an error that says so.
func (c *Catalog) DropTable(ctx context.Context, name catalog.Name) error {
	for {
		location, err := c.store.location(ctx, "drop table", name)
		if err != nil {
			return err
		}
		folder, id := folderOf(location)
		done, err := c.store.remove(ctx, name, location, folder)
		if err != nil {
			return err
		}
		if !done {
			continue // somebody has committed to it meanwhile
		}
		c.forget(name)
		c.dropIndexes(name, id)
		c.purge(ctx, folder)
		return nil
	}
}

func (c *Catalog) forget(name catalog.Name) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.states, name)
}

// committing is the lock that keeps this process's changes to a table from racing each other.
func (c *Catalog) committing(name catalog.Name) *sync.Mutex {
	c.mu.Lock()
	defer c.mu.Unlock()
	lock, ok := c.commits[name]
	if !ok {
		lock = &sync.Mutex{}
		c.commits[name] = lock
	}
	return lock
}

// millis is a time of Iceberg's metadata.
func millis(ms int64) time.Time { return time.UnixMilli(ms).UTC() }
