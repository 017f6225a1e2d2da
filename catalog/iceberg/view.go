package iceberg

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/iceberg-go"
	"github.com/apache/iceberg-go/table"
	"github.com/apache/iceberg-go/view"
	"github.com/google/uuid"

	"github.com/mediaflight/mediaflight/catalog"
)

// dialect is that of our views' SQL, and dialects are those that we take for it.
const dialect = "mediaflight"

var dialects = []string{dialect, "postgresql", "postgres"}

// schemaKey is the view property that holds the columns as Arrow has them: Iceberg has no types for some of them, such as intervals, and
// stands in text there.
const schemaKey = "mediaflight.schema"

func (c *Catalog) Views(ctx context.Context, schema string) ([]string, error) {
	return c.store.views(ctx, schema)
}

func (c *Catalog) CreateView(ctx context.Context, name catalog.Name, def catalog.ViewDefinition) error {
	if err := c.vacant(ctx, name); err != nil {
		return err
	}
	folder := c.warehouse + "/" + pathPart(name.Schema) + "/" + pathPart(name.Table) + "-" + uuid.NewString()[:8]
	version, schema, props, err := viewVersion(view.InitialVersionID, def)
	if err != nil {
		return viewFault("create view", name, err)
	}
	meta, err := view.NewMetadata(version, schema, folder, props)
	if err != nil {
		return viewFault("create view", name, err)
	}
	if err := c.store.insertLeftover(ctx, folder); err != nil {
		return err
	}
	location, err := writeView(folder, 0, meta)
	if err != nil {
		return viewFault("create view", name, err)
	}
	if err := c.store.insertView(ctx, name, location, folder); err != nil {
		c.purge(ctx, folder)
		return err
	}
	return nil
}

func (c *Catalog) ReplaceView(ctx context.Context, name catalog.Name, def catalog.ViewDefinition) error {
	const op = "replace view"
	if err := c.checkWritable(op, name.String()); err != nil {
		return err
	}
	for {
		v, err := c.view(ctx, op, name)
		if err != nil {
			return err
		}
		version, schema, props, err := viewVersion(v.meta.CurrentVersionID()+1, def)
		if err != nil {
			return viewFault(op, name, err)
		}
		builder, err := view.MetadataBuilderFromBase(v.meta)
		if err != nil {
			return viewFault(op, name, err)
		}
		built, err := builder.RemoveProperties([]string{commentKey}).SetProperties(props).SetCurrentVersion(version, schema).Build()
		if err != nil {
			return viewFault(op, name, err)
		}
		location, err := writeView(v.meta.Location(), len(v.meta.VersionLog()), built)
		if err != nil {
			return viewFault(op, name, err)
		}
		done, err := c.store.move(ctx, name, v.location, location)
		if err != nil || done {
			return err
		}
		if path, err := localPath(location); err == nil { // somebody else was faster
			_ = os.Remove(path)
		}
	}
}

func (c *Catalog) DropView(ctx context.Context, name catalog.Name) error {
	for {
		location, err := c.store.viewLocation(ctx, "drop view", name)
		if err != nil {
			return err
		}
		folder := ""
		if meta, err := readView(location); err == nil {
			folder = meta.Location()
		}
		done, err := c.store.remove(ctx, name, location, folder)
		if err != nil {
			return err
		}
		if done {
			c.purge(ctx, folder)
			return nil
		}
	}
}

// view finds a view.
func (c *Catalog) view(ctx context.Context, op string, name catalog.Name) (*View, error) {
	location, err := c.store.viewLocation(ctx, op, name)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	known := c.views[name]
	c.mu.Unlock()
	if known != nil && known.location == location {
		return known, nil
	}
	meta, err := readView(location)
	if err != nil {
		return nil, c.metadataFault(op, name, location, err)
	}
	v := &View{name: name, location: location, meta: meta, schema: viewSchema(meta)}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.views[name] = v
	return v, nil
}

// viewVersion is a version of a view with its schema and its properties.
func viewVersion(id int64, def catalog.ViewDefinition) (*view.Version, *iceberg.Schema, iceberg.Properties, error) {
	next := 0
	fields := slices.Clone(def.Schema.Fields())
	for i, f := range fields {
		if _, err := toIcebergFields([]arrow.Field{f}, func() int { return 0 }); err != nil {
			fields[i].Type = arrow.BinaryTypes.String
		}
	}
	columns, err := toIcebergFields(fields, func() int { next++; return next })
	if err != nil {
		return nil, nil, nil, err
	}
	props := iceberg.Properties{schemaKey: base64.StdEncoding.EncodeToString(flight.SerializeSchema(def.Schema, memory.DefaultAllocator))}
	if def.Comment != "" {
		props[commentKey] = def.Comment
	}
	version, err := view.NewVersion(id, view.LastAddedID, view.Representations{view.NewRepresentation(def.SQL, dialect)}, table.Identifier{def.Default},
		view.WithDefaultViewCatalog(catalog.Database), view.WithVersionSummary(view.VersionSummary{"engine-name": dialect}))
	return version, iceberg.NewSchema(0, columns...), props, err
}

// viewSchema is the columns of a view as Arrow has them.
func viewSchema(meta view.Metadata) *arrow.Schema {
	if text, err := base64.StdEncoding.DecodeString(meta.Properties()[schemaKey]); err == nil && len(text) > 0 {
		schema, err := flight.DeserializeSchema(text, memory.DefaultAllocator)
		if err == nil && schema.NumFields() == meta.CurrentSchema().NumFields() {
			return schema
		}
	}
	var fields []arrow.Field
	for _, f := range meta.CurrentSchema().Fields() {
		fields = append(fields, arrowColumn(f, 0, false))
	}
	return arrow.NewSchema(fields, nil)
}

// writeView writes a view's metadata, durably, and returns its location.
func writeView(folder string, number int, meta view.Metadata) (string, error) {
	text, err := json.Marshal(meta)
	if err != nil {
		return "", err
	}
	files := &writes{}
	location := fmt.Sprintf("%s/metadata/%05d-%s.metadata.json", folder, number, uuid.NewString())
	if err := files.WriteFile(location, text); err != nil {
		return "", err
	}
	return location, files.sync()
}

func readView(location string) (view.Metadata, error) {
	text, err := storage{}.ReadFile(location)
	if err != nil {
		return nil, err
	}
	return view.ParseMetadataBytes(text)
}

func viewFault(op string, name catalog.Name, err error) error {
	if stateOf(err) != "" {
		return err
	}
	return diskFault(op, name, err)
}

// A View is an Iceberg view as it was when it was looked up. It is its own snapshot, which nobody reads.
type View struct {
	name     catalog.Name
	location string
	meta     view.Metadata
	schema   *arrow.Schema
}

// View takes the SQL of one of the dialects that are ours.
func (v *View) View() (catalog.ViewDefinition, error) {
	version := v.meta.CurrentVersion()
	def := catalog.ViewDefinition{Schema: v.schema, Default: strings.Join(version.DefaultNamespace, "."), Comment: v.meta.Properties()[commentKey]}
	var others []string
	for _, known := range dialects {
		for _, r := range version.Representations {
			if strings.EqualFold(r.Dialect, known) {
				def.SQL = r.Sql
				return def, nil
			}
		}
	}
	for _, r := range version.Representations {
		others = append(others, r.Dialect)
	}
	return def, &catalog.Error{Op: "read", Name: v.name.String(), State: "0A000", Msg: "the view is written in another dialect: " + strings.Join(others, ", "),
		Hint: "CREATE OR REPLACE VIEW writes it in this one"}
}

func (v *View) Name() catalog.Name { return v.name }
func (v *View) Kind() string       { return "VIEW" }
func (v *View) Definition() catalog.Definition {
	return catalog.Definition{Schema: v.schema, Comment: v.meta.Properties()[commentKey]}
}
func (v *View) Current() catalog.Snapshot { return v }
func (v *View) Snapshot(_ context.Context, id int64) (catalog.Snapshot, error) {
	if id != v.ID() {
		return nil, &catalog.Error{Op: "read snapshot of", Name: v.name.String(), State: "55000", Msg: "views have no older snapshots"}
	}
	return v, nil
}
func (v *View) Append(context.Context) (catalog.Append, error) { return nil, v.fixed("append to") }
func (v *View) Alter(context.Context, catalog.Definition) error {
	return v.fixed("alter table")
}
func (v *View) fixed(op string) error {
	return &catalog.Error{Op: op, Name: v.name.String(), State: "42809", Msg: "it is a view, not a table"}
}

// ID tells versions apart, those of another view of the same name too.
func (v *View) ID() int64 {
	id := v.meta.ViewUUID()
	return int64(id[0])<<48 | int64(id[1])<<40 | v.meta.CurrentVersionID()
}
func (v *View) Time() time.Time       { return millis(v.meta.CurrentVersion().TimestampMS) }
func (v *View) Schema() *arrow.Schema { return v.schema }
func (v *View) Rows() (int64, bool)   { return 0, false }
func (v *View) Tasks(context.Context, catalog.Scan) ([]catalog.Task, error) {
	return nil, v.fixed("read the rows of")
}
func (v *View) Take(context.Context, catalog.Take) (arrow.RecordBatch, error) {
	return nil, v.fixed("read the rows of")
}
