package iceberg

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
	"github.com/apache/iceberg-go"
	"github.com/apache/iceberg-go/table"

	"github.com/mediaflight/mediaflight/catalog"
)

// Here iceberg-go writes tables in ways in which we don't, as other engines do.

// change commits a change to a table.
func (f *fixture) change(name catalog.Name, change func(context.Context, *table.Transaction) error) {
	f.Helper()
	id := f.table(name).(*Table).state.meta.TableUUID()
	f.check(f.c.commit(f.Context(), "change", name, id, func(tx *table.Transaction, _ *state) error {
		return change(f.Context(), tx)
	}))
}

// foreignAppend appends rows with iceberg-go's own writer.
func (f *fixture) foreignAppend(name catalog.Name, schema *arrow.Schema, json string) {
	f.Helper()
	f.change(name, func(ctx context.Context, tx *table.Transaction) error {
		rows := f.batch(schema, json)
		defer rows.Release()
		reader, err := array.NewRecordReader(schema, []arrow.RecordBatch{rows})
		if err != nil {
			return err
		}
		defer reader.Release()
		return tx.Append(ctx, reader, nil)
	})
}

func (f *fixture) deleteWhere(name catalog.Name, filter iceberg.BooleanExpression) {
	f.Helper()
	f.change(name, func(ctx context.Context, tx *table.Transaction) error { return tx.Delete(ctx, filter, nil) })
}

var pairs = catalog.Name{Schema: "main", Table: "pairs"}

var pairSchema = arrow.NewSchema([]arrow.Field{
	{Name: "n", Type: arrow.PrimitiveTypes.Int32, Nullable: true},
	{Name: "s", Type: arrow.BinaryTypes.String, Nullable: true},
}, nil)

func (f *fixture) createPairs(properties map[string]string) {
	f.Helper()
	f.create(pairs, catalog.Definition{Schema: pairSchema, Properties: properties})
	f.foreignAppend(pairs, pairSchema, `[{"n":1,"s":"a"},{"n":2,"s":"b"},{"n":3},{"s":"d"}]`)
	f.foreignAppend(pairs, pairSchema, `[{"n":5,"s":"e"},{"n":6,"s":"b"}]`)
}

// Format 2 deletes rows by position delete files, format 3 by deletion vectors.
func TestDeletes(t *testing.T) {
	for _, version := range []string{"2", "3"} {
		t.Run("v"+version, func(t *testing.T) {
			f := newFixture(t)
			f.createPairs(map[string]string{"format-version": version, table.WriteDeleteModeKey: table.WriteModeMergeOnRead})
			before := f.table(pairs).Current()
			f.deleteWhere(pairs, iceberg.EqualTo(iceberg.Reference("s"), "b"))
			now := f.table(pairs).Current()
			plan, err := now.(*Snapshot).plan(t.Context())
			f.check(err)
			if !plan.deletes {
				t.Fatal("the delete rewrote the files: nothing is tested")
			}
			f.equal("after the delete", f.rows(now, "n", "s"), "1 a\n3 (null)\n(null) d\n5 e")
			f.equal("before the delete", f.rows(before, "n", "s"), "1 a\n2 b\n3 (null)\n(null) d\n5 e\n6 b")
			if n, known := now.Rows(); known != (version == "3") || known && n != 4 {
				t.Errorf("%d rows, known: %v: deletion vectors tell, and position deletes must be read", n, known)
			}

			f.deleteWhere(pairs, iceberg.EqualTo(iceberg.Reference("n"), int32(1)))
			f.equal("after another", f.rows(f.table(pairs).Current(), "n"), "3\n(null)\n5")
			var deleted []int64
			for _, s := range f.table(pairs).(catalog.Historian).Snapshots() {
				deleted = append(deleted, s.Deleted)
			}
			f.equal("rows deleted by each snapshot", fmt.Sprint(deleted), "[0 0 2 1]")
			f.append(f.table(pairs), `[{"n":7,"s":"b"}]`)
			f.equal("after an append", f.rows(f.table(pairs).Current(), "n", "s"), "3 (null)\n(null) d\n5 e\n7 b")
		})
	}
}

func TestEqualityDeletes(t *testing.T) {
	f := newFixture(t)
	f.createPairs(nil)
	f.change(pairs, func(ctx context.Context, tx *table.Transaction) error {
		keys := f.batch(arrow.NewSchema([]arrow.Field{pairSchema.Field(1)}, nil), `[{"s":"b"},{}]`)
		defer keys.Release()
		return tx.CommitEqualityDeletes(ctx, []int{2}, func(yield func(arrow.RecordBatch, error) bool) { yield(keys, nil) }, nil)
	})
	f.equal("after the delete", f.rows(f.table(pairs).Current(), "n", "s"), "1 a\n(null) d\n5 e")
	f.append(f.table(pairs), `[{"n":7,"s":"b"}]`)
	f.equal("newer rows stay", f.rows(f.table(pairs).Current(), "n", "s"), "1 a\n(null) d\n5 e\n7 b")
}

func TestEvolution(t *testing.T) {
	f := newFixture(t)
	f.createPairs(nil)
	old := f.table(pairs).Current()
	f.change(pairs, func(_ context.Context, tx *table.Transaction) error {
		return tx.UpdateSchema(true, false).
			UpdateColumn([]string{"n"}, table.ColumnUpdate{FieldType: iceberg.Optional[iceberg.Type]{Valid: true, Val: iceberg.PrimitiveTypes.Int64}}).
			RenameColumn([]string{"s"}, "t").
			AddColumn([]string{"s"}, iceberg.PrimitiveTypes.Float64, "another s", false, nil).
			Commit()
	})
	f.append(f.table(pairs), `[{"n":4294967296,"t":"x","s":1.5}]`)
	f.equal("columns by id", f.rows(f.table(pairs).Current(), "n", "t", "s"), `
1 a (null)
2 b (null)
3 (null) (null)
(null) d (null)
5 e (null)
6 b (null)
4294967296 x 1.5`)
	f.change(pairs, func(_ context.Context, tx *table.Transaction) error {
		return tx.UpdateSchema(true, false).DeleteColumn([]string{"n"}).Commit()
	})
	then, err := f.table(pairs).Snapshot(t.Context(), old.ID())
	f.check(err)
	if !then.Schema().Equal(pairSchema) {
		t.Errorf("schema of the older snapshot: %s", then.Schema())
	}
	f.equal("older snapshot", f.rows(then, "s", "n"), "a 1\nb 2\n(null) 3\nd (null)\ne 5\nb 6")
}

// Files without field ids are read by the names that the table's name mapping lists.
func TestNameMapping(t *testing.T) {
	f := newFixture(t)
	f.create(pairs, catalog.Definition{Schema: pairSchema})
	plain := filepath.Join(f.dir, "plain.parquet")
	file, err := os.Create(plain)
	f.check(err)
	w, err := pqarrow.NewFileWriter(pairSchema, file, parquet.NewWriterProperties(), pqarrow.DefaultWriterProps())
	f.check(err)
	rows := f.batch(pairSchema, `[{"n":1,"s":"a"},{"n":2}]`)
	defer rows.Release()
	f.check(w.Write(rows))
	f.check(w.Close())

	f.change(pairs, func(ctx context.Context, tx *table.Transaction) error {
		return tx.AddFiles(ctx, []string{plain}, nil, false)
	})
	f.equal("as it was", f.rows(f.table(pairs).Current(), "n", "s"), "1 a\n2 (null)")
	f.change(pairs, func(_ context.Context, tx *table.Transaction) error {
		if err := tx.UpdateSchema(true, false).RenameColumn([]string{"s"}, "t").Commit(); err != nil {
			return err
		}
		return tx.SetProperties(iceberg.Properties{table.DefaultNameMappingKey: `[{"field-id":1,"names":["n"]},{"field-id":2,"names":["s","t"]}]`})
	})
	f.append(f.table(pairs), `[{"n":3,"t":"c"}]`)
	current := f.table(pairs).Current()
	f.equal("renamed", f.rows(current, "n", "t"), "1 a\n2 (null)\n3 c")
	taken, err := current.Take(t.Context(), catalog.Take{Addresses: []int64{0}, Columns: []int{1}, Mem: f.mem, Stats: new(catalog.ScanStats)})
	f.check(err)
	defer taken.Release()
	f.equal("taken", taken.Column(0).ValueStr(0), "a")
}

func TestDefaults(t *testing.T) {
	f := newFixture(t)
	f.createPairs(map[string]string{"format-version": "3"})
	f.change(pairs, func(_ context.Context, tx *table.Transaction) error {
		return tx.UpdateSchema(true, false).
			AddColumn([]string{"label"}, iceberg.PrimitiveTypes.String, "", false, iceberg.NewLiteral("none")).
			AddColumn([]string{"score"}, iceberg.PrimitiveTypes.Int64, "", false, iceberg.NewLiteral(int64(7))).
			Commit()
	})
	f.reopen()
	f.append(f.table(pairs), `[{"n":7,"label":"cat"}]`)
	f.equal("rows", f.rows(f.table(pairs).Current(), "n", "label", "score"), `
1 none 7
2 none 7
3 none 7
(null) none 7
5 none 7
6 none 7
7 cat (null)`)
}

func TestPartitions(t *testing.T) {
	f := newFixture(t)
	f.createPairs(nil)
	f.change(pairs, func(_ context.Context, tx *table.Transaction) error {
		return tx.UpdateSpec(true).AddIdentity("s").Commit()
	})
	f.foreignAppend(pairs, pairSchema, `[{"n":7,"s":"b"},{"n":8,"s":"x"},{"n":9}]`)
	got := f.rows(f.table(pairs).Current(), "n", "s")
	for _, row := range []string{"1 a\n", "7 b\n", "8 x\n", "9 (null)\n"} {
		if !strings.Contains(got, row) {
			t.Errorf("row %q is missing: %s", row, got)
		}
	}
	f.append(f.table(pairs), `[{"n":10,"s":"x"},{"n":11,"s":"z"}]`)
	f.equal("in a partition", f.scan(f.table(pairs).Current(), catalog.Scan{Prune: []catalog.Predicate{{Column: 1, Op: catalog.Eq, Values: f.text("z")}}}, "n"), "1 files, 6 pruned\n11")
}

// text is an array of one text.
func (f *fixture) text(s string) arrow.Array {
	b := array.NewStringBuilder(memory.DefaultAllocator)
	defer b.Release()
	b.Append(s)
	return b.NewArray()
}

// A type that we have no counterpart for hides its column only.
func TestUnreadableType(t *testing.T) {
	f := newFixture(t)
	f.createPairs(map[string]string{"format-version": "3"})
	geometry, err := iceberg.GeometryTypeOf("OGC:CRS84")
	f.check(err)
	f.change(pairs, func(_ context.Context, tx *table.Transaction) error {
		return tx.UpdateSchema(true, false).AddColumn([]string{"v"}, geometry, "", false, nil).Commit()
	})
	current := f.table(pairs).Current()
	f.equal("other columns", f.rows(current, "n"), "1\n2\n3\n(null)\n5\n6")
	_, err = f.tryScan(current, catalog.Scan{}, "n", "v")
	f.wantState("0A000", err)
	if err == nil || !strings.Contains(err.Error(), `"v"`) {
		t.Errorf("error does not name the column: %v", err)
	}
	_, err = f.table(pairs).Append(t.Context())
	f.wantState("0A000", err)
}
