package iceberg

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/apache/iceberg-go"
	"github.com/apache/iceberg-go/table"

	"github.com/mediaflight/mediaflight/catalog"
)

// deleteRows deletes rows of a snapshot, given as file and row, and appends others from JSON.
func (f *fixture) deleteRows(t catalog.Table, of catalog.Snapshot, json string, rows ...[2]int64) error {
	f.Helper()
	change, err := t.(catalog.Changeable).Change(f.Context(), of.ID())
	f.check(err)
	defer change.Abort()
	var set catalog.RowSet
	for _, r := range rows {
		set.Add([]int64{r[0]<<ordinalShift | r[1]})
	}
	change.Delete(&set)
	if json != "" {
		b := f.batch(t.Definition().Schema, json)
		defer b.Release()
		f.check(change.Write(b))
	}
	_, err = change.Commit(f.Context())
	return err
}

// formats are those in which rows can be deleted.
var formats = []string{"2", "3"}

func TestChange(t *testing.T) {
	for _, format := range formats {
		t.Run("v"+format, func(t *testing.T) {
			f := newFixture(t)
			f.create(pairs, catalog.Definition{Schema: pairSchema, Properties: map[string]string{"format-version": format}})
			f.append(f.table(pairs), `[{"n":1,"s":"a"},{"n":2,"s":"b"},{"n":3,"s":"c"}]`)
			f.append(f.table(pairs), `[{"n":4,"s":"d"},{"n":5,"s":"e"}]`)
			before := f.table(pairs).Current()

			f.check(f.deleteRows(f.table(pairs), before, "", [2]int64{0, 1}))
			f.wantRows("1 3 4 5")
			f.wantOperation("delete", 0, 1)
			// An update is one snapshot.
			f.check(f.deleteRows(f.table(pairs), f.table(pairs).Current(), `[{"n":40,"s":"d"}]`, [2]int64{1, 0}))
			f.wantRows("1 3 5 40")
			f.wantOperation("overwrite", 1, 1)
			// A second change of a file replaces what marks its rows.
			f.check(f.deleteRows(f.table(pairs), f.table(pairs).Current(), "", [2]int64{0, 0}))
			f.wantRows("3 5 40")
			f.wantDeleteFiles(2)
			// A file without rows goes, and what marks its rows with it.
			f.check(f.deleteRows(f.table(pairs), f.table(pairs).Current(), "", [2]int64{0, 2}))
			f.wantRows("5 40")
			f.wantDeleteFiles(1)
			f.wantOperation("delete", 0, 1)

			if got := f.numbers(before); got != "1 2 3 4 5" {
				t.Errorf("the snapshot before has %s", got)
			}
			f.check(f.table(pairs).(catalog.Changeable).Truncate(f.Context()))
			f.wantRows("")
			f.check(f.table(pairs).(catalog.Changeable).Truncate(f.Context()))
			f.append(f.table(pairs), `[{"n":6}]`)
			f.wantRows("6")
			f.reopen()
			f.wantRows("6")
			if got := f.numbers(before); got != "1 2 3 4 5" {
				t.Errorf("the snapshot before has %s", got)
			}
		})
	}
}

// What others do between the snapshot that a change is of and its commit is kept, or the change fails.
func TestChangeOfOldSnapshot(t *testing.T) {
	for _, format := range formats {
		t.Run("v"+format, func(t *testing.T) {
			f := newFixture(t)
			f.create(pairs, catalog.Definition{Schema: pairSchema, Properties: map[string]string{"format-version": format}})
			f.append(f.table(pairs), `[{"n":1},{"n":2},{"n":3},{"n":4}]`)
			old := f.table(pairs)
			f.append(old, `[{"n":5}]`)
			f.check(f.deleteRows(old, old.Current(), "", [2]int64{0, 0}))
			f.wantRows("2 3 4 5")
			f.check(f.deleteRows(old, old.Current(), `[{"n":20}]`, [2]int64{0, 1}))
			f.wantRows("3 4 5 20")
			f.wantState("40001", f.deleteRows(old, old.Current(), `[{"n":99}]`, [2]int64{0, 1}, [2]int64{0, 2}))
			f.wantRows("3 4 5 20")
			f.check(f.deleteRows(f.table(pairs), f.table(pairs).Current(), "", [2]int64{0, 2}, [2]int64{0, 3}))
			f.wantState("40001", f.deleteRows(old, old.Current(), "", [2]int64{0, 3}))
			f.wantRows("5 20")
		})
	}
}

// Deletes that other engines wrote stay in force.
func TestChangeBesideForeignDeletes(t *testing.T) {
	for _, format := range formats {
		t.Run("v"+format, func(t *testing.T) {
			f := newFixture(t)
			f.create(pairs, catalog.Definition{Schema: pairSchema, Properties: map[string]string{"format-version": format, "write.delete.mode": "merge-on-read"}})
			f.append(f.table(pairs), `[{"n":1},{"n":2},{"n":3}]`)
			f.append(f.table(pairs), `[{"n":2},{"n":5}]`)
			f.deleteWhere(pairs, iceberg.EqualTo(iceberg.Reference("n"), int32(2)))
			f.wantRows("1 3 5")
			f.check(f.deleteRows(f.table(pairs), f.table(pairs).Current(), "", [2]int64{0, 0}))
			f.wantRows("3 5")
			f.deleteWhere(pairs, iceberg.EqualTo(iceberg.Reference("n"), int32(3)))
			f.wantRows("5")
		})
	}
}

func TestChangeOfFormatVersionOne(t *testing.T) {
	f := newFixture(t)
	f.create(pairs, catalog.Definition{Schema: pairSchema, Properties: map[string]string{"format-version": "1"}})
	f.append(f.table(pairs), `[{"n":1},{"n":2}]`)
	f.wantState("0A000", f.deleteRows(f.table(pairs), f.table(pairs).Current(), "", [2]int64{0, 0}))
	f.check(f.deleteRows(f.table(pairs), f.table(pairs).Current(), "", [2]int64{0, 0}, [2]int64{0, 1}))
	f.wantRows("")
}

// numbers are the values of n, sorted.
func (f *fixture) numbers(s catalog.Snapshot) string {
	f.Helper()
	var out []string
	for _, line := range strings.Split(f.rows(s, "n"), "\n") {
		if line = strings.TrimSpace(line); line != "" && !strings.Contains(line, "file") {
			out = append(out, line)
		}
	}
	slices.SortFunc(out, func(a, b string) int { return len(a)*100 + strings.Compare(a, b) - len(b)*100 })
	return strings.Join(out, " ")
}

func (f *fixture) wantRows(want string) {
	f.Helper()
	if got := f.numbers(f.table(pairs).Current()); got != want {
		f.Fatalf("rows are %q, want %q", got, want)
	}
}

func (f *fixture) wantOperation(operation string, added, deleted int64) {
	f.Helper()
	all := f.table(pairs).(catalog.Historian).Snapshots()
	last := all[len(all)-1]
	if last.Operation != operation || last.Added != added || last.Deleted != deleted {
		f.Errorf("last snapshot is %s of %d and %d rows, want %s of %d and %d", last.Operation, last.Added, last.Deleted, operation, added, deleted)
	}
}

// wantDeleteFiles counts the delete files of the newest snapshot that some data file needs.
func (f *fixture) wantDeleteFiles(want int) {
	f.Helper()
	s := f.table(pairs).Current().(*Snapshot)
	manifests, err := s.snapshot.Manifests(storage{})
	f.check(err)
	var found []string
	for _, m := range manifests {
		if m.ManifestContent() != iceberg.ManifestContentDeletes {
			continue
		}
		for e, err := range m.Entries(storage{}, true) {
			f.check(err)
			found = append(found, fmt.Sprint(deleteIDOf(e.DataFile())))
		}
	}
	if len(found) != want {
		f.Errorf("%d delete files, want %d: %v", len(found), want, found)
	}
}

// Row changes of many at once lose nothing.
func TestConcurrentChanges(t *testing.T) {
	f := newFixture(t)
	f.create(pairs, catalog.Definition{Schema: pairSchema})
	f.append(f.table(pairs), `[{"n":1},{"n":2},{"n":3},{"n":4},{"n":5},{"n":6},{"n":7},{"n":8}]`)
	old := f.table(pairs)
	ends := make(chan error)
	for row := range int64(8) {
		go func() {
			change, err := old.(catalog.Changeable).Change(context.Background(), old.Current().ID())
			if err == nil {
				var set catalog.RowSet
				set.Add([]int64{row})
				change.Delete(&set)
				_, err = change.Commit(context.Background())
			}
			ends <- err
		}()
	}
	for range 8 {
		f.check(<-ends)
	}
	f.wantRows("")
}

// Rows of partitioned tables can be deleted, by marks of the partitions that they are in.
func TestChangeOfPartitions(t *testing.T) {
	for _, format := range formats {
		t.Run("v"+format, func(t *testing.T) {
			f := newFixture(t)
			f.createPairs(map[string]string{"format-version": format})
			f.change(pairs, func(_ context.Context, tx *table.Transaction) error {
				return tx.UpdateSpec(true).AddIdentity("s").Commit()
			})
			f.foreignAppend(pairs, pairSchema, `[{"n":7,"s":"x"},{"n":8,"s":"x"},{"n":9,"s":"y"},{"n":10,"s":"y"}]`)
			plan, err := f.table(pairs).Current().(*Snapshot).plan(t.Context())
			f.check(err)
			var rows [][2]int64
			for i := range plan.files {
				rows = append(rows, [2]int64{int64(i), 0})
			}
			before := f.numbers(f.table(pairs).Current())
			f.check(f.deleteRows(f.table(pairs), f.table(pairs).Current(), "", rows...))
			f.wantRows("2 3 6 8 10 (null)")
			f.check(f.insertInto(f.table(pairs), `[{"n":1}]`))
			f.wantRows("1 2 3 6 8 10 (null)")
			f.check(f.table(pairs).(catalog.Changeable).Truncate(t.Context()))
			f.wantRows("")
			if before != "1 2 3 5 6 7 8 9 10 (null)" {
				t.Errorf("before the change there were %s", before)
			}
		})
	}
}

// insertInto is a change that adds a row.
func (f *fixture) insertInto(t catalog.Table, json string) error {
	change, err := t.(catalog.Changeable).Change(f.Context(), t.Current().ID())
	f.check(err)
	defer change.Abort()
	b := f.batch(t.Definition().Schema, json)
	defer b.Release()
	if err := change.Write(b); err != nil {
		return err
	}
	_, err = change.Commit(f.Context())
	return err
}

// Deletion vectors tell how many rows are left; position delete files do about.
func TestRowsAfterChange(t *testing.T) {
	for _, format := range formats {
		f := newFixture(t)
		f.create(pairs, catalog.Definition{Schema: pairSchema, Properties: map[string]string{"format-version": format}})
		f.append(f.table(pairs), `[{"n":1},{"n":2},{"n":3}]`)
		f.check(f.deleteRows(f.table(pairs), f.table(pairs).Current(), "", [2]int64{0, 1}))
		if n, known := f.table(pairs).Current().Rows(); n != 2 || known != (format == "3") {
			t.Errorf("v%s: %d rows, known: %v", format, n, known)
		}
	}
}

// A change that nobody else may come between is refused even where others only added rows.
func TestExclusiveChange(t *testing.T) {
	f := newFixture(t)
	f.create(pairs, catalog.Definition{Schema: pairSchema})
	f.append(f.table(pairs), `[{"n":1},{"n":2}]`)
	for _, exclusive := range []bool{false, true} {
		change, err := f.table(pairs).(catalog.Changeable).Change(t.Context(), f.table(pairs).Current().ID())
		f.check(err)
		if exclusive {
			change.Exclusive()
		}
		f.append(f.table(pairs), `[{"n":3}]`)
		b := f.batch(pairSchema, `[{"n":4}]`)
		f.check(change.Write(b))
		b.Release()
		_, err = change.Commit(t.Context())
		if exclusive {
			f.wantState("40001", err)
		} else {
			f.check(err)
		}
	}
	f.wantRows("1 2 3 3 4")
}
