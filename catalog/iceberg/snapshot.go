package iceberg

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"slices"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/iceberg-go"
	"github.com/apache/iceberg-go/table"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/catalog/parquet/reader"
)

// A Snapshot is the data files that made up a table at some time, less the rows that were deleted from them.
type Snapshot struct {
	catalog  *Catalog
	name     catalog.Name
	state    *state
	columns  []column
	schema   *arrow.Schema
	snapshot *table.Snapshot // nil before the first commit of rows
}

// before is the state of the table before its first snapshot.
func (s *state) before() *Snapshot {
	empty := *s.current
	empty.snapshot = nil
	return &empty
}

// snapshot finds an older snapshot; nil if there is none.
func (s *state) snapshot(id int64) *Snapshot {
	found := s.meta.SnapshotByID(id)
	if found == nil {
		return nil
	}
	older := *s.current
	older.snapshot = found
	for _, schema := range s.meta.Schemas() {
		if found.SchemaID != nil && schema.ID == *found.SchemaID && schema.ID != s.meta.CurrentSchema().ID {
			older.columns = columnsOf(schema, s.meta)
			older.schema = arrowSchema(older.columns)
		}
	}
	return &older
}

// As finds the columns among those of the table's schemas, the newest first: their ids then say where files have them.
func (s *Snapshot) As(columns []arrow.Field) catalog.Snapshot {
	schemas := s.state.meta.Schemas()
	for i := len(schemas) - 1; i >= 0; i-- {
		had := columnsOf(schemas[i], s.state.meta)
		if slices.EqualFunc(had, columns, func(c column, f arrow.Field) bool {
			return c.arrow.Name == f.Name && arrow.TypeEqual(c.arrow.Type, f.Type)
		}) {
			as := *s
			as.columns, as.schema = had, arrowSchema(had)
			return &as
		}
	}
	return nil
}

func (s *Snapshot) ID() int64 {
	if s.snapshot == nil {
		return 0
	}
	return s.snapshot.SnapshotID
}

func (s *Snapshot) Time() time.Time {
	if s.snapshot == nil {
		return millis(s.state.meta.LastUpdatedMillis())
	}
	return millis(s.snapshot.TimestampMs)
}

func (s *Snapshot) Schema() *arrow.Schema { return s.schema }

// Rows adds up the rows of the data files, less those that are marked as deleted. Deletion vectors say how many they mark; other
// delete files may mark a row twice, or one that is not there, so that with them the number is an estimate.
func (s *Snapshot) Rows() (int64, bool) {
	plan, err := s.plan(context.Background())
	if err != nil {
		return 0, false
	}
	return plan.rows, plan.exact
}

// Files lists the data files, for mediaflight.files.
func (s *Snapshot) Files(ctx context.Context) ([]catalog.FileInfo, error) {
	plan, err := s.plan(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]catalog.FileInfo, len(plan.files))
	for i, f := range plan.files {
		out[i] = catalog.FileInfo{Path: f.path, Rows: f.file.Count(), Bytes: f.file.FileSizeBytes()}
	}
	return out, nil
}

func (s *Snapshot) Tasks(ctx context.Context, scan catalog.Scan) ([]catalog.Task, error) {
	return s.tasksOf(ctx, scan, func(int) bool { return true })
}

// tasksOf splits a scan of some data files, by their ordinals.
func (s *Snapshot) tasksOf(ctx context.Context, scan catalog.Scan, wanted func(ordinal int) bool) ([]catalog.Task, error) {
	columns := scan.Columns
	if scan.Filter != nil {
		columns = append(slices.Clone(columns), scan.Filter.Columns()...)
	}
	if err := s.checkReadable(columns); err != nil {
		return nil, err
	}
	plan, err := s.plan(ctx)
	if err != nil {
		return nil, err
	}
	byPartition := s.partitionFilters(scan.Prune)
	var tasks []catalog.Task
	for i, f := range plan.files {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if from, to := scan.Within.Clip(int64(i)<<ordinalShift, 1<<ordinalShift); !wanted(i) || from == to {
			continue
		}
		if byPartition[f.file.SpecID()].refute(f.partition) || s.refuted(f, scan.Prune) {
			scan.Stats.FilesPruned.Add(1)
			continue
		}
		scan.Stats.Files.Add(1)
		deleted, err := s.deleted(ctx, plan, f, scan.Mem)
		if err != nil {
			return nil, err
		}
		of, err := s.fileTasks(f, i, deleted, scan)
		if err != nil {
			return nil, err
		}
		tasks = append(tasks, of...)
	}
	return tasks, nil
}

// fileTasks splits a scan of a data file, of which some rows may have been deleted.
func (s *Snapshot) fileTasks(f *dataFile, ordinal int, deleted rowSet, scan catalog.Scan) ([]catalog.Task, error) {
	columns, err := s.readColumns(f)
	if err != nil {
		return nil, err
	}
	spec := reader.Spec{Columns: columns, Scan: scan, Base: int64(ordinal) << ordinalShift}
	if deleted != nil {
		spec.Deleted = deleted
	}
	file, err := s.open(f.path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if err := chooseNames(s.columns, columns, file); err != nil {
		return nil, err
	}
	tasks, err := file.Tasks(spec)
	for i := range tasks {
		tasks[i] = &task{Task: tasks[i], snapshot: s, path: f.path}
	}
	return tasks, err
}

// A task reads a part of a data file, which it opens then.
type task struct {
	catalog.Task
	snapshot *Snapshot
	path     string
}

func (t *task) Stretches() ([]catalog.Stretch, error) {
	return t.Task.(catalog.AddressedTask).Stretches()
}

func (t *task) Read(ctx context.Context) iter.Seq2[arrow.RecordBatch, error] {
	return func(yield func(arrow.RecordBatch, error) bool) {
		for batch, err := range t.Task.Read(ctx) {
			if !yield(batch, t.snapshot.openFault(t.path, err)) {
				return
			}
		}
	}
}

func (s *Snapshot) open(path string) (*reader.File, error) {
	file, err := s.catalog.files.Open(path)
	return file, s.openFault(path, err)
}

// openFault says what it means that a data file is not there.
func (s *Snapshot) openFault(path string, err error) error {
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return &catalog.Error{Op: "read", Name: s.name.String(), State: "58P01", Msg: "data file does not exist: " + path,
		Hint: "the table was dropped or its old files were cleaned up while it was read, or the file was lost"}
}

func (s *Snapshot) checkReadable(columns []int) error {
	for _, c := range columns {
		if t, ok := s.columns[c].arrow.Metadata.GetValue(unreadableKey); ok {
			return &catalog.Error{Op: "read", Name: s.name.String(), State: "0A000",
				Msg:  fmt.Sprintf("column %q has a type that cannot be read: %s", s.columns[c].field.Name, t),
				Hint: "leave it out"}
		}
	}
	return nil
}

// readColumns says how the snapshot's columns are read from a file. One that the file lacks has the value that the
// file's partition has for it, which is how tables that were taken over from Hive lie, or else the column's default.
func (s *Snapshot) readColumns(f *dataFile) ([]reader.Column, error) {
	values := f.partitionValues(s.state.meta)
	columns := make([]reader.Column, len(s.columns))
	for i, c := range s.columns {
		columns[i] = c.read
		value, ok := values[c.field.ID]
		if !ok {
			continue
		}
		columns[i].Default = nil
		if value == nil {
			continue
		}
		var err error
		if columns[i].Default, err = constantArray(c.field.Type, c.arrow.Type, value); err != nil {
			return nil, fmt.Errorf("partition value of column %q of %s: %w", c.field.Name, f.location, err)
		}
	}
	return columns, nil
}

// partitionValues are the values by field id of the columns that the file's table is partitioned by as they are.
func (f *dataFile) partitionValues(meta table.Metadata) map[int]any {
	spec := meta.PartitionSpecByID(int(f.file.SpecID()))
	if len(f.partition) == 0 || spec == nil {
		return nil
	}
	values := map[int]any{}
	for _, p := range spec.Fields() {
		if _, identity := p.Transform.(iceberg.IdentityTransform); identity {
			values[p.SourceID()] = f.partition[p.FieldID]
		}
	}
	return values
}
