package iceberg

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"github.com/mediaflight/mediaflight/catalog"
)

// Swept is what a sweep removed.
type Swept struct {
	Files, Folders int
	Bytes          int64
}

// Sweep removes what processes that were killed have left: folders of tables that did not come to be or are gone, files
// in the folders of tables that no metadata of any table mentions, and what is left of indexes in the same way. All of it was last written before the given time:
// a commit under way, of this process or another, of Mediaflight or another engine, must not take longer. A table whose
// metadata or manifests cannot be read ends the sweep, because what it mentions is not known. Memory is needed for a name
// of each old file of one table at a time.
func (c *Catalog) Sweep(ctx context.Context, before time.Time) (Swept, error) {
	var swept Swept
	if err := c.sweepFolders(ctx, before, &swept); err != nil {
		return swept, err
	}
	states, err := c.allTables(ctx)
	if err != nil {
		return swept, err
	}
	strays := map[string][]stray{}
	for _, s := range states {
		if err := c.findStrays(ctx, s, before, strays); err != nil {
			return swept, err
		}
	}
	if err := c.sweepIndexes(ctx, states, before, &swept); err != nil || len(strays) == 0 {
		return swept, err
	}
	// Files may have been added to a table from the folder of another, and meanwhile.
	if states, err = c.allTables(ctx); err != nil {
		return swept, err
	}
	for _, s := range states {
		if err := eachMention(ctx, s, func(name string) { delete(strays, name) }); err != nil {
			return swept, err
		}
	}
	for _, files := range strays {
		for _, f := range files {
			if err := ctx.Err(); err != nil {
				return swept, err
			}
			c.screens.Forget(f.path)
			if err := os.Remove(f.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return swept, err
			}
			swept.Files++
			swept.Bytes += f.bytes
		}
	}
	return swept, nil
}

// sweepIndexes removes what is left of indexes: those of tables that are gone, and files that no index names.
func (c *Catalog) sweepIndexes(ctx context.Context, states []*state, before time.Time, swept *Swept) error {
	alive := map[string]bool{}
	for _, s := range states {
		alive[s.id()] = true
	}
	of, err := c.indexes.Sweep(ctx, func(table string) bool { return alive[table] }, before)
	swept.Files += of.Files
	swept.Folders += of.Folders
	swept.Bytes += of.Bytes
	return err
}

// sweepFolders removes leftovers.
func (c *Catalog) sweepFolders(ctx context.Context, before time.Time, swept *Swept) error {
	folders, err := c.store.leftovers(ctx, before)
	if err != nil {
		return err
	}
	for _, location := range folders {
		path, ok := c.withinWarehouse(location)
		if !ok || c.inUse(location) {
			continue
		}
		old, bytes := true, int64(0)
		err := eachFile(ctx, path, func(_ string, info fs.FileInfo) {
			old = old && info.ModTime().Before(before)
			bytes += info.Size()
		})
		if err != nil {
			return err
		}
		if old {
			c.purge(ctx, location)
		}
		if old && !exists(path) {
			swept.Folders++
			swept.Bytes += bytes
		}
	}
	return nil
}

func (c *Catalog) allTables(ctx context.Context) ([]*state, error) {
	schemas, err := c.store.schemas(ctx)
	if err != nil {
		return nil, err
	}
	var states []*state
	for _, schema := range schemas {
		tables, err := c.store.tables(ctx, schema.Name)
		if err != nil && stateOf(err) != "3F000" {
			return nil, err
		}
		for _, table := range tables {
			s, err := c.load(ctx, "sweep", catalog.Name{Schema: schema.Name, Table: table})
			if err != nil && stateOf(err) == "42P01" {
				continue // dropped meanwhile
			}
			if err != nil {
				return nil, err
			}
			states = append(states, s)
		}
	}
	return states, nil
}

// A stray is a file that its table does not mention.
type stray struct {
	path  string
	bytes int64
}

// strayName is the name of a file as engines name those of tables. The id in it is that of the write it belongs to.
var strayName = regexp.MustCompile(`([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}).*\.(parquet|avro|puffin|arrow|metadata\.json)$`)

// findStrays adds the strays in a table's folder by their names. A write that has files which are newer may be under way:
// its older ones are none.
func (c *Catalog) findStrays(ctx context.Context, s *state, before time.Time, strays map[string][]stray) error {
	path, ok := c.withinWarehouse(s.meta.Location())
	if !ok || !collectable(s.meta.Properties()) {
		return nil
	}
	newest := map[string]time.Time{} // by id
	found := map[string][]stray{}
	err := eachFile(ctx, path, func(path string, info fs.FileInfo) {
		m := strayName.FindStringSubmatch(info.Name())
		if m == nil {
			return
		}
		if newest[m[1]].Before(info.ModTime()) {
			newest[m[1]] = info.ModTime()
		}
		if info.ModTime().Before(before) {
			found[info.Name()] = append(found[info.Name()], stray{path, info.Size()})
		}
	})
	if err != nil || len(found) == 0 {
		return err
	}
	// The table may have been changed since the state was loaded, by a commit that mentions files found.
	if s, err = c.load(ctx, "sweep", s.current.name); err != nil {
		if stateOf(err) == "42P01" {
			return nil
		}
		return err
	}
	if err := eachMention(ctx, s, func(name string) { delete(found, name) }); err != nil {
		return err
	}
	for name, files := range found {
		if newest[strayName.FindStringSubmatch(name)[1]].Before(before) {
			strays[name] = append(strays[name], files...)
		}
	}
	return nil
}

// eachFile visits the files below a folder, which need not be there.
func eachFile(ctx context.Context, folder string, visit func(path string, info fs.FileInfo)) error {
	return filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			var info fs.FileInfo
			if info, err = entry.Info(); err == nil && info.Mode().IsRegular() {
				visit(path, info)
			}
		}
		if errors.Is(err, fs.ErrNotExist) { // removed meanwhile
			return ctx.Err()
		}
		return cmp.Or(err, ctx.Err())
	})
}
