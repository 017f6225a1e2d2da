package iceberg

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/iceberg-go"
	"github.com/apache/iceberg-go/table"

	"github.com/mediaflight/mediaflight/catalog"
)

// Rows that are deleted, in whatever way, are never found; older snapshots still have them.
func TestIndexAndDeletes(t *testing.T) {
	for _, test := range []struct {
		name       string
		properties map[string]string
		covered    int64
	}{
		{"position deletes", map[string]string{"format-version": "2", table.WriteDeleteModeKey: table.WriteModeMergeOnRead}, 1900},
		{"deletion vectors", map[string]string{"format-version": "3", table.WriteDeleteModeKey: table.WriteModeMergeOnRead}, 1900},
		{"rewritten files", map[string]string{table.WriteDeleteModeKey: table.WriteModeCopyOnWrite}, 1000},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := newFixture(t)
			f.create(clips, catalog.Definition{Schema: clipSchema, Properties: test.properties})
			f.appendClips(0, 1000)
			f.appendClips(1000, 1000)
			f.createIndex("i", "emb", "l2_distance")
			f.wantCovered(2000)
			before := f.table(clips).Current()
			f.deleteWhere(clips, iceberg.LessThan(iceberg.Reference("id"), int64(100)))
			f.wantCovered(test.covered)
			if got := f.compareSearch(before, 1, "l2_distance"); got != 2000 {
				t.Errorf("before the delete, %d rows are covered", got)
			}
			f.check(f.c.FoldIndex(t.Context(), "main", "i", nil))
			f.wantCovered(1900)
			if faults, err := f.c.VerifyIndex(t.Context(), "main", "i"); err != nil || len(faults) > 0 {
				t.Error(faults, err)
			}
		})
	}
	t.Run("equality deletes", func(t *testing.T) {
		f := newFixture(t)
		f.create(clips, catalog.Definition{Schema: clipSchema})
		f.appendClips(0, 2000)
		f.createIndex("i", "emb", "l2_distance")
		f.change(clips, func(ctx context.Context, tx *table.Transaction) error {
			keys := f.batch(arrow.NewSchema([]arrow.Field{clipSchema.Field(0)}, nil), `[{"id":5},{"id":6},{"id":1999}]`)
			defer keys.Release()
			return tx.CommitEqualityDeletes(ctx, []int{1}, func(yield func(arrow.RecordBatch, error) bool) { yield(keys, nil) }, nil)
		})
		f.wantCovered(1997)
	})
}

// An index follows its column, not the column's name.
func TestIndexAndEvolution(t *testing.T) {
	f := newFixture(t)
	f.create(clips, catalog.Definition{Schema: clipSchema})
	f.appendClips(0, 1500)
	f.createIndex("i", "emb", "l2_distance")
	prefix := vectorPrefix
	f.change(clips, func(_ context.Context, tx *table.Transaction) error {
		if err := tx.UpdateSchema(true, false).RenameColumn([]string{"emb"}, "old").Commit(); err != nil {
			return err
		}
		return tx.SetProperties(iceberg.Properties{prefix + "old" + dimSuffix: fmt.Sprint(testDim)})
	})
	f.wantCovered(1500)
	if info := f.indexInfo("i"); info.Column != "old" {
		t.Errorf("the index is of column %q", info.Column)
	}
	f.check(f.c.Reindex(t.Context(), "main", "i", nil))
	f.wantCovered(1500)
	f.change(clips, func(_ context.Context, tx *table.Transaction) error {
		return tx.UpdateSchema(true, false).DeleteColumn([]string{"old"}).Commit()
	})
	f.wantState("55000", f.c.FoldIndex(t.Context(), "main", "i", nil))
	if info := f.indexInfo("i"); info.Column != "" || info.Detail == "" {
		t.Errorf("of a column that is gone: %+v", info)
	}
	f.check(f.c.DropIndex(t.Context(), "main", "i"))
}

// listSchema is what another engine makes of clips: it knows no vectors.
var listSchema = arrow.NewSchema([]arrow.Field{
	{Name: "id", Type: arrow.PrimitiveTypes.Int64, Nullable: true},
	{Name: "emb", Type: arrow.ListOfField(arrow.Field{Name: "element", Type: arrow.PrimitiveTypes.Float32, Nullable: true}), Nullable: true},
}, nil)

func (f *fixture) appendLists(first, n int) {
	f.Helper()
	f.change(clips, func(ctx context.Context, tx *table.Transaction) error {
		b := array.NewRecordBuilder(f.mem, listSchema)
		defer b.Release()
		for id := first; id < first+n; id++ {
			b.Field(0).(*array.Int64Builder).Append(int64(id))
			list := b.Field(1).(*array.ListBuilder)
			if id%7 == 0 {
				list.AppendNull()
				continue
			}
			list.Append(true)
			list.ValueBuilder().(*array.Float32Builder).AppendValues(clipVector(id, 1), nil)
		}
		rows := b.NewRecordBatch()
		defer rows.Release()
		reader, err := array.NewRecordReader(listSchema, []arrow.RecordBatch{rows})
		if err != nil {
			return err
		}
		defer reader.Release()
		return tx.Append(ctx, reader, nil)
	})
}

// Files that others wrote, compressed and with NULLs, are indexed as well, and so are lists whose length nobody declared.
func TestIndexOfForeignFiles(t *testing.T) {
	for name, properties := range map[string]iceberg.Properties{
		"vectors": {vectorPrefix + "emb" + dimSuffix: fmt.Sprint(testDim)},
		"lists":   nil,
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			f.create(clips, catalog.Definition{Schema: listSchema})
			f.change(clips, func(_ context.Context, tx *table.Transaction) error { return tx.SetProperties(properties) })
			def := catalog.IndexDefinition{Name: "i", Table: clips, Column: "emb", Metric: "l2_distance"}
			if properties == nil {
				f.wantState("55000", f.c.CreateIndex(t.Context(), def, nil))
			}
			f.appendLists(0, 1200)
			f.check(f.c.CreateIndex(t.Context(), def, nil))
			f.wantCovered(1200)
			f.appendLists(1200, 300)
			f.wantCovered(1200)
			f.check(f.c.FoldIndex(t.Context(), "main", "i", nil))
			f.wantCovered(1500)
			f.reopen()
			f.wantCovered(1500)
		})
	}
}

// An index of an empty table waits for rows.
func TestIndexOfNothing(t *testing.T) {
	f := newFixture(t)
	f.create(clips, catalog.Definition{Schema: clipSchema})
	f.createIndex("i", "emb", "cosine_distance")
	if info := f.indexInfo("i"); info.State != "ready" || info.Detail != "" || info.Rows != 0 {
		t.Errorf("of an empty table: %+v", info)
	}
	f.appendClips(0, 2000)
	if got := f.compareSearch(f.table(clips).Current(), 1, "cosine_distance"); got != -1 {
		t.Errorf("%d rows are covered", got)
	}
	if info := f.indexInfo("i"); info.RowsUncovered != 2000 || info.Detail == "" {
		t.Errorf("before a fold: %+v", info)
	}
	f.check(f.c.FoldIndex(t.Context(), "main", "i", nil))
	small := f.indexInfo("i")
	f.appendClips(2000, 9000)
	f.check(f.c.FoldIndex(t.Context(), "main", "i", nil)) // trained on few rows: anew
	if large := f.indexInfo("i"); large.Rows != 11000 || large.Lists <= small.Lists {
		t.Errorf("the table has grown: %d lists before, %+v", small.Lists, large)
	}
	if got := f.compareSearch(f.table(clips).Current(), 1, "cosine_distance"); got != 11000 {
		t.Errorf("%d rows are covered", got)
	}
}

// However many small files there are, segments stay few.
func TestIndexSegments(t *testing.T) {
	f := newFixture(t)
	f.create(clips, catalog.Definition{Schema: clipSchema})
	f.appendClips(0, 3000)
	f.check(f.c.CreateIndex(t.Context(), catalog.IndexDefinition{Name: "i", Table: clips, Column: "emb", Metric: "l2_distance", Lists: 4}, nil))
	for i := range 12 {
		f.appendClips(3000+100*i, 100)
		f.check(f.c.FoldIndex(t.Context(), "main", "i", nil))
	}
	f.wantCovered(4200)
	if n := len(f.indexFiles("segment-*")); n > 8 {
		t.Errorf("there are %d segments", n)
	}
}

// Searches go on while an index is folded, built anew and dropped, and rows are added.
func TestIndexConcurrency(t *testing.T) {
	f := newFixture(t)
	f.create(clips, catalog.Definition{Schema: clipSchema})
	f.appendClips(0, 1500)
	f.createIndex("i", "emb", "l2_distance")
	ctx, stop := context.WithCancel(t.Context())
	var searches sync.WaitGroup
	for range 3 {
		searches.Go(func() {
			for ctx.Err() == nil {
				s, err := f.c.Table(ctx, clips)
				if err == nil {
					_, err = compareSearch(f, s.Current(), 1, "l2_distance")
				}
				if err != nil && ctx.Err() == nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for i := range 4 {
		f.appendClips(1500+200*i, 200)
		if err := f.c.FoldIndex(t.Context(), "main", "i", nil); err != nil {
			t.Error(err)
		}
		if err := f.c.Reindex(t.Context(), "main", "i", nil); err != nil {
			t.Error(err)
		}
	}
	f.check(f.c.DropIndex(t.Context(), "main", "i"))
	stop()
	searches.Wait()
}

// One builds at a time, among all processes, and a drop ends a building.
func TestIndexLocks(t *testing.T) {
	f := newFixture(t)
	f.create(clips, catalog.Definition{Schema: clipSchema})
	f.appendClips(0, 1500)
	f.createIndex("i", "emb", "l2_distance")
	f.wantState("42P07", f.c.CreateIndex(t.Context(), catalog.IndexDefinition{Name: "i", Table: clips, Column: "alt", Metric: "l2_distance"}, nil))
	other := f.open(Options{}) // as another process
	defer other.Close()

	var once sync.Once
	f.check(f.c.Reindex(t.Context(), "main", "i", func(catalog.IndexProgress) {
		once.Do(func() {
			f.wantState("55006", f.c.FoldIndex(t.Context(), "main", "i", nil))
			f.wantState("55006", other.Reindex(t.Context(), "main", "i", nil))
			f.wantCovered(1500)
		})
	}))
	once = sync.Once{}
	err := f.c.Reindex(t.Context(), "main", "i", func(catalog.IndexProgress) {
		once.Do(func() { f.check(other.DropIndex(t.Context(), "main", "i")) })
	})
	f.wantState("55006", err)
	f.wantCovered(-1)

	once = sync.Once{}
	err = f.c.CreateIndex(t.Context(), catalog.IndexDefinition{Name: "j", Table: clips, Column: "emb", Metric: "l2_distance"}, func(catalog.IndexProgress) {
		once.Do(func() {
			if info := f.indexInfo("j"); info.State != "building" || info.Detail != "sample, 0 %" {
				t.Errorf("while it is built: %+v", info)
			}
			f.check(f.c.DropTable(t.Context(), clips))
		})
	})
	if err == nil {
		t.Error("an index of a table that is gone was built")
	}
	if left := f.indexFiles("*"); len(left) > 0 {
		t.Errorf("files are left: %v", left)
	}
}

// A table that is replaced or dropped takes its indexes along.
func TestIndexOfReplacedTable(t *testing.T) {
	f := newFixture(t)
	f.create(clips, catalog.Definition{Schema: clipSchema})
	f.appendClips(0, 1500)
	f.createIndex("i", "emb", "l2_distance")
	old := f.table(clips).Current()
	f.wantCovered(1500)
	a, err := f.c.ReplaceTableAs(t.Context(), clips, catalog.Definition{Schema: clipSchema})
	f.check(err)
	rows := f.clipRows(0, 500)
	defer rows.Release()
	f.check(a.Write(rows))
	_, err = a.Commit(t.Context())
	f.check(err)
	f.wantCovered(-1)
	if got := f.compareSearch(old, 1, "l2_distance"); got != -1 {
		t.Errorf("of the table that was replaced, %d rows are covered", got)
	}
	f.createIndex("i", "emb", "l2_distance")
	f.wantCovered(500)
	f.check(f.c.DropTable(t.Context(), clips))
	if left := f.indexFiles("*"); len(left) > 0 {
		t.Errorf("files are left: %v", left)
	}
}

// What is appended is folded in the background, once there is enough of it.
func TestKeepIndexes(t *testing.T) {
	f := newFixture(t)
	f.create(clips, catalog.Definition{Schema: clipSchema})
	f.appendClips(0, 3000)
	f.createIndex("i", "emb", "l2_distance")
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		f.c.KeepIndexes(ctx, time.Millisecond)
	}()
	defer func() { stop(); <-done }()
	wait := func(rows int64) error {
		for end := time.Now().Add(20 * time.Second); f.indexInfo("i").Rows != rows; time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				return errors.New("rows are not folded")
			}
		}
		return nil
	}
	f.appendClips(3000, 100)
	time.Sleep(20 * time.Millisecond)
	if info := f.indexInfo("i"); info.RowsUncovered != 100 {
		t.Errorf("a few rows were folded: %+v", info)
	}
	f.appendClips(3100, 1000)
	f.check(wait(4100))
	f.wantCovered(4100)
}

// Many indexes share a budget: what is not in use is unmapped, and mapped again when it is.
func TestIndexBudget(t *testing.T) {
	f := newFixture(t)
	f.check(f.c.Close())
	f.c = f.open(Options{IndexBytes: 1})
	f.create(clips, catalog.Definition{Schema: clipSchema})
	f.appendClips(0, 500)
	f.createIndex("i", "emb", "l2_distance")
	f.createIndex("j", "emb", "cosine_distance")
	for range 3 {
		for _, metric := range []string{"l2_distance", "cosine_distance"} {
			if got := f.compareSearch(f.table(clips).Current(), 1, metric); got != 500 {
				t.Errorf("%d rows are covered", got)
			}
		}
	}
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Skip("what is mapped is read as Linux tells it: ", err)
	}
	if strings.Contains(string(maps), filepath.Join(f.dir, "indexes")) {
		t.Error("an index that nobody uses is mapped")
	}
}
