package iceberg

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/catalog/index"
	"github.com/mediaflight/mediaflight/udf"
)

// CreateIndex builds an index over the table's current snapshot. It belongs to the table's identity, not to its name.
func (c *Catalog) CreateIndex(ctx context.Context, def catalog.IndexDefinition, watch func(catalog.IndexProgress)) error {
	const op = "create index"
	if err := c.checkWritable(op, def.Name); err != nil {
		return err
	}
	s, err := c.load(ctx, op, def.Table)
	if err != nil {
		return err
	}
	if !slices.Contains(indexedMetrics, def.Metric) {
		return &catalog.Error{Op: op, Name: def.Name, State: "0A000", Msg: fmt.Sprintf("%s cannot be indexed", def.Metric), Hint: "metrics of indexes are " + strings.Join(indexedMetrics, ", ")}
	}
	column, dim, err := s.current.vectorColumn(ctx, op, def)
	if err != nil {
		return err
	}
	source, err := s.current.indexSource(ctx, column, dim)
	if err != nil {
		return err
	}
	tables, err := c.schemaTables(ctx, op, def.Table.Schema)
	if err != nil {
		return err
	}
	siblings := make([]string, len(tables))
	for i, t := range tables {
		siblings[i] = t.id()
	}
	err = c.indexes.Create(ctx, index.Definition{Table: s.id(), Name: def.Name, FieldID: s.current.columns[column].field.ID,
		Metric: def.Metric, Dim: dim, Lists: def.Lists, Bits: def.Bits}, siblings, source, watch)
	if err != nil {
		return diskFault(op, def.Table, err)
	}
	// A table that was dropped meanwhile took its indexes with it, but for one that nobody saw yet.
	if now, err := c.load(ctx, op, def.Table); stateOf(err) == "42P01" || err == nil && now.id() != s.id() {
		c.dropIndexes(def.Table, s.id())
		return &catalog.Error{Op: op, Name: def.Name, State: "42P01", Msg: fmt.Sprintf("table %s was dropped or replaced meanwhile", def.Table)}
	}
	return nil
}

var indexedMetrics = []string{"l2_distance", "cosine_distance", "negative_inner_product"}

// id is the table's identity.
func (s *state) id() string { return s.meta.TableUUID().String() }

func (c *Catalog) checkWritable(op, name string) error {
	if !c.options.ReadOnly {
		return nil
	}
	return &catalog.Error{Op: op, Name: name, State: "25006", Msg: "the catalog is read-only"}
}

// vectorColumn finds the column to index and the number of its elements.
func (s *Snapshot) vectorColumn(ctx context.Context, op string, def catalog.IndexDefinition) (at, dim int, err error) {
	at = slices.IndexFunc(s.columns, func(c column) bool { return c.field.Name == def.Column })
	if at < 0 {
		return 0, 0, &catalog.Error{Op: op, Name: def.Name, State: "42703", Msg: fmt.Sprintf("column does not exist in %s: %q", s.name, def.Column)}
	}
	dim, ok := indexedDim(s.columns[at].arrow.Type)
	if !ok {
		return 0, 0, &catalog.Error{Op: op, Name: def.Name, State: "42804", Msg: fmt.Sprintf("column %q is of type %s, not a vector", def.Column, udf.TypeName(s.columns[at].arrow.Type)),
			Hint: "columns of type vector(n), real[] and integer[] can be indexed"}
	}
	if dim == 0 {
		dim, err = s.firstLength(ctx, at)
	}
	if err == nil && dim == 0 {
		err = &catalog.Error{Op: op, Name: def.Name, State: "55000", Msg: fmt.Sprintf("column %q is of lists and has none that says how long they are", def.Column),
			Hint: "add rows first, or declare the column as vector(n)"}
	}
	return at, dim, err
}

// firstLength is the length of the first list of a column that is not NULL: all others must be as long. 0 if there is none.
func (s *Snapshot) firstLength(ctx context.Context, column int) (int, error) {
	tasks, err := s.Tasks(ctx, catalog.Scan{Columns: []int{column}, Mem: memory.DefaultAllocator, Stats: new(catalog.ScanStats), Rows: 1024})
	if err != nil {
		return 0, err
	}
	for _, t := range tasks {
		for batch, err := range t.Read(ctx) {
			if err != nil {
				return 0, err
			}
			lists, ok := batch.Column(0).(*array.List)
			for i := 0; ok && i < lists.Len(); i++ {
				if from, to := lists.ValueOffsets(i); lists.IsValid(i) {
					return int(to - from), nil
				}
			}
		}
	}
	return 0, nil
}

// schemaTables are the states of a schema's tables. One that cannot be read is left out.
func (c *Catalog) schemaTables(ctx context.Context, op, schema string) ([]*state, error) {
	names, err := c.store.tables(ctx, schema)
	if err != nil {
		return nil, err
	}
	var states []*state
	for _, name := range names {
		s, err := c.load(ctx, op, catalog.Name{Schema: schema, Table: name})
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err == nil {
			states = append(states, s)
		}
	}
	return states, nil
}

// findIndex finds an index of a schema by its name, and the table that it is of.
func (c *Catalog) findIndex(ctx context.Context, op, schema, name string) (*index.Index, *state, error) {
	tables, err := c.schemaTables(ctx, op, schema)
	if err != nil {
		return nil, nil, err
	}
	for _, s := range tables {
		indexes, err := c.indexes.Indexes(s.id())
		if err != nil {
			return nil, nil, err
		}
		for _, ix := range indexes {
			if ix.Name == name {
				return ix, s, nil
			}
		}
	}
	return nil, nil, &catalog.Error{Op: op, Name: name, State: "42704", Msg: "index does not exist"}
}

// indexedBy is the current snapshot of a table as one of its indexes sees it.
func (s *state) indexedBy(ctx context.Context, op string, ix *index.Index) (*indexSource, error) {
	at := slices.IndexFunc(s.current.columns, func(c column) bool { return c.field.ID == ix.FieldID })
	if at < 0 {
		return nil, &catalog.Error{Op: op, Name: ix.Name, State: "55000", Msg: "the index does not say of which column it is, or that was dropped", Hint: "drop the index"}
	}
	return s.current.indexSource(ctx, at, ix.Dim)
}

func (c *Catalog) Reindex(ctx context.Context, schema, name string, watch func(catalog.IndexProgress)) error {
	const op = "reindex"
	return c.changeIndex(ctx, op, schema, name, func(ix *index.Index, source index.Source) error {
		return ix.Rebuild(ctx, source, watch)
	})
}

func (c *Catalog) FoldIndex(ctx context.Context, schema, name string, watch func(catalog.IndexProgress)) error {
	return c.changeIndex(ctx, "fold index", schema, name, func(ix *index.Index, source index.Source) error {
		return ix.Fold(ctx, source, 0, watch)
	})
}

func (c *Catalog) changeIndex(ctx context.Context, op, schema, name string, change func(*index.Index, index.Source) error) error {
	if err := c.checkWritable(op, name); err != nil {
		return err
	}
	ix, s, err := c.findIndex(ctx, op, schema, name)
	if err != nil {
		return err
	}
	source, err := s.indexedBy(ctx, op, ix)
	if err != nil {
		return err
	}
	return diskFault(op, s.current.name, change(ix, source))
}

func (c *Catalog) DropIndex(ctx context.Context, schema, name string) error {
	const op = "drop index"
	if err := c.checkWritable(op, name); err != nil {
		return err
	}
	ix, s, err := c.findIndex(ctx, op, schema, name)
	if err != nil {
		return err
	}
	return diskFault(op, s.current.name, ix.Drop())
}

func (c *Catalog) VerifyIndex(ctx context.Context, schema, name string) ([]string, error) {
	const op = "verify index"
	ix, s, err := c.findIndex(ctx, op, schema, name)
	if err != nil {
		return nil, err
	}
	source, err := s.indexedBy(ctx, op, ix)
	if err != nil {
		return nil, err
	}
	return ix.Verify(ctx, source)
}

// Indexes tells of the indexes of a schema as they stand to the current snapshots.
func (c *Catalog) Indexes(ctx context.Context, schema string) ([]catalog.IndexInfo, error) {
	tables, err := c.schemaTables(ctx, "list indexes", schema)
	if err != nil {
		return nil, err
	}
	var infos []catalog.IndexInfo
	for _, s := range tables {
		indexes, err := c.indexes.Indexes(s.id())
		if err != nil {
			return nil, err
		}
		for _, ix := range indexes {
			infos = append(infos, s.indexInfo(ctx, ix))
		}
	}
	slices.SortFunc(infos, func(a, b catalog.IndexInfo) int { return strings.Compare(a.Name, b.Name) })
	return infos, ctx.Err()
}

// IndexFiles lists the data files of the table's current snapshot.
func (c *Catalog) IndexFiles(ctx context.Context, schema, name string) ([]catalog.IndexFile, error) {
	ix, s, err := c.findIndex(ctx, "list files of index", schema, name)
	if err != nil {
		return nil, err
	}
	plan, err := s.current.plan(ctx)
	if err != nil {
		return nil, err
	}
	covers := ix.Covers(plan.dataFiles())
	files := make([]catalog.IndexFile, len(plan.files))
	for i, f := range plan.files {
		files[i] = catalog.IndexFile{Path: f.path, Rows: f.file.Count(), Covered: covers[i]}
	}
	return files, nil
}

func (s *state) indexInfo(ctx context.Context, ix *index.Index) catalog.IndexInfo {
	var files []index.DataFile
	if plan, err := s.current.plan(ctx); err == nil { // else the table says what is wrong when it is read
		files = plan.dataFiles()
	}
	info := ix.Info(files)
	info.Table = s.current.name
	for _, c := range s.current.columns {
		if c.field.ID == ix.FieldID {
			info.Column = c.field.Name
		}
	}
	if info.Column == "" && info.State == "ready" {
		info.Detail = "its column was dropped: drop the index, too"
	}
	return info
}

// dropIndexes removes the indexes of a table that is gone. What stays nevertheless, a sweep removes.
func (c *Catalog) dropIndexes(name catalog.Name, id string) {
	if id == "" {
		return
	}
	if err := c.indexes.Drop(id); err != nil {
		c.options.Logger.Warn("indexes of a table that is gone stay", "table", name, "error", err)
	}
}
