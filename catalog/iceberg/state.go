package iceberg

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	icebergio "github.com/apache/iceberg-go/io"
	"github.com/apache/iceberg-go/table"

	"github.com/mediaflight/mediaflight/catalog"
)

// A state is a table at one metadata file, which never changes.
type state struct {
	location string
	meta     table.Metadata
	def      catalog.Definition
	current  *Snapshot
	folder   *folder // kept from being removed while the state is in use
}

// load finds the table's state. The catalog keeps the last one of each table, so that a look-up reads one row of
// SQLite and nothing else unless the table has changed.
func (c *Catalog) load(ctx context.Context, op string, name catalog.Name) (*state, error) {
	location, err := c.store.location(ctx, op, name)
	if err != nil {
		return nil, err
	}
	return c.at(op, name, location)
}

// at is the table's state at a metadata file.
func (c *Catalog) at(op string, name catalog.Name, location string) (*state, error) {
	c.mu.Lock()
	known, ok := c.states[name]
	c.mu.Unlock()
	if ok && known.location == location {
		return known, nil
	}
	meta, err := readMetadata(location)
	if err != nil {
		return nil, c.metadataFault(op, name, location, err)
	}
	return c.keep(name, location, meta), nil
}

func (c *Catalog) keep(name catalog.Name, location string, meta table.Metadata) *state {
	s := c.newState(name, location, meta)
	c.mu.Lock()
	defer c.mu.Unlock()
	s.folder = c.folder(meta.Location())
	c.states[name] = s
	return s
}

func (c *Catalog) newState(name catalog.Name, location string, meta table.Metadata) *state {
	s := &state{location: location, meta: meta, def: definition(meta)}
	s.current = &Snapshot{catalog: c, name: name, state: s, columns: columnsOf(meta.CurrentSchema(), meta),
		schema: s.def.Schema, snapshot: meta.CurrentSnapshot()}
	return s
}

// manifestFault says that the manifests of a snapshot cannot be read.
func (c *Catalog) manifestFault(name catalog.Name, s *table.Snapshot, err error) error {
	fault := &catalog.Error{Op: "read", Name: name.String(), State: "XX001",
		Msg: fmt.Sprintf("manifests of snapshot %d: %v", s.SnapshotID, err)}
	if errors.Is(err, fs.ErrNotExist) {
		fault.State = "58P01"
		fault.Hint = "the table was dropped or the snapshot expired while it was read, or files were lost"
	}
	return fault
}

// metadataFault says what a metadata file that cannot be read means.
func (c *Catalog) metadataFault(op string, name catalog.Name, location string, err error) error {
	fault := &catalog.Error{Op: op, Name: name.String(), State: "XX001", Msg: fmt.Sprintf("metadata file %s: %v", location, err)}
	switch {
	case errors.As(err, new(*catalog.Error)):
		return err
	case errors.Is(err, fs.ErrNotExist) && !strings.HasPrefix(location, c.warehouse+"/"):
		fault.State = "58P01"
		fault.Msg = "metadata file does not exist: " + location
		fault.Hint = "the data folder may have been moved: Iceberg tables name their files by absolute path; move it back, or load the tables anew"
	case errors.Is(err, fs.ErrNotExist):
		fault.State = "58P01"
		fault.Msg = "metadata file does not exist: " + location
		fault.Hint = "restore it from a backup, or drop the table"
	case !errors.Is(err, fs.ErrPermission):
		fault.Hint = "the file is damaged: restore it from a backup, or drop the table"
	}
	return fault
}

func readMetadata(location string) (table.Metadata, error) {
	t, err := table.NewFromLocation(context.Background(), nil, location, readFiles, nil)
	if err != nil {
		return nil, err
	}
	return t.Metadata(), nil
}

func readFiles(context.Context) (icebergio.IO, error) { return storage{}, nil }

// writeMetadata writes the metadata file of a version, durably, and returns its location. We don't compress it.
func writeMetadata(files *writes, meta table.Metadata, version int) (string, error) {
	props := meta.Properties()
	plain := make(map[string]string, len(props))
	for k, v := range props {
		if k != table.MetadataCompressionKey {
			plain[k] = v
		}
	}
	locations, err := table.LoadLocationProvider(meta.Location(), plain)
	if err != nil {
		return "", err
	}
	location, err := locations.NewTableMetadataFileLocation(version)
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(meta)
	if err != nil {
		return "", err
	}
	if err := files.WriteFile(location, text); err != nil {
		return "", err
	}
	return location, files.sync()
}
