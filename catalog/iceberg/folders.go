package iceberg

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"weak"

	"github.com/apache/iceberg-go"
)

// folders tells which tables' folders are in use, and which of them are to be removed when they no longer are. A
// snapshot is not closed by those who read it, so that only the garbage collector knows when the last one is gone: it
// runs every two minutes at least.
type folders struct {
	used    map[string]weak.Pointer[folder]
	retired map[string]bool
	purges  sync.WaitGroup
}

// A folder is shared by all states of the table that lies there, and with them by all of its snapshots.
type folder struct{ location string }

// folder is the one at a location. The caller holds mu.
func (c *Catalog) folder(location string) *folder {
	if f := c.folders.used[location].Value(); f != nil {
		return f
	}
	f := &folder{location}
	if c.folders.used == nil {
		c.folders.used = map[string]weak.Pointer[folder]{}
	}
	c.folders.used[location] = weak.Make(f)
	return f
}

// inUse tells whether somebody in this process may read the files of a folder.
func (c *Catalog) inUse(location string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.folders.used[location].Value() != nil
}

// unused forgets a folder that was removed.
func (c *Catalog) unused(location string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.folders.used, location)
}

// purgeUnused purges a folder once it is no longer in use.
func (c *Catalog) purgeUnused(f *folder) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.folders.retired == nil {
		c.folders.retired = map[string]bool{}
	}
	c.folders.retired[f.location] = true
	runtime.AddCleanup(f, c.abandoned, f.location)
}

// abandoned is called by the garbage collector, which must not wait for the purge; Close does.
func (c *Catalog) abandoned(location string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.folders.retired[location] {
		return
	}
	delete(c.folders.retired, location)
	c.folders.purges.Go(func() { c.purge(context.Background(), location) })
}

// purgeRetired purges what is still in use, and waits for purges under way.
func (c *Catalog) purgeRetired() {
	c.mu.Lock()
	left := c.folders.retired
	c.folders.retired = nil
	c.mu.Unlock()
	for location := range left {
		c.purge(context.Background(), location)
	}
	c.folders.purges.Wait()
}

// folderOf is the folder of the table at a metadata file, and its identity. They are "" if that cannot be read, and the
// folder if the table's files are not to be removed.
func folderOf(location string) (folder, id string) {
	meta, err := readMetadata(location)
	if err != nil {
		return "", ""
	}
	if collectable(meta.Properties()) {
		folder = meta.Location()
	}
	return folder, meta.TableUUID().String()
}

// collectable tells whether files that a table no longer needs may be removed: they may be part of other tables.
func collectable(properties iceberg.Properties) bool { return properties.GetBool("gc.enabled", true) }

// purge removes a leftover folder if it is one of ours that no table lies in.
func (c *Catalog) purge(ctx context.Context, location string) {
	path, ok := c.withinWarehouse(location)
	if !ok {
		return
	}
	if used, err := c.store.within(ctx, strings.TrimSuffix(location, "/")+"/"); err != nil || used {
		return
	}
	c.screens.Forget(path + string(filepath.Separator))
	err := os.RemoveAll(path)
	if err == nil {
		c.unused(location)
		err = c.store.removeLeftover(ctx, location)
	}
	if err != nil {
		c.options.Logger.Warn("files of a table that is gone stay", "folder", path, "error", err)
	}
}

// withinWarehouse is the path of a folder, if it is one below ours.
func (c *Catalog) withinWarehouse(location string) (path string, ok bool) {
	path, err := localPath(location)
	if err != nil {
		return "", false
	}
	path = filepath.Clean(path)
	return path, strings.HasPrefix(path, filepath.Join(c.dir, "warehouse")+string(filepath.Separator))
}
