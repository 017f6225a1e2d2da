package iceberg

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/iceberg-go/table"

	"github.com/mediaflight/mediaflight/catalog"
)

// Rows of format v3 keep their numbers when they are updated, once and again, and tell when that was; iceberg-go reads both.
func TestRowNumbers(t *testing.T) {
	f := newFixture(t)
	f.create(pairs, catalog.Definition{Schema: pairSchema, Properties: map[string]string{"format-version": "3"}})
	f.append(f.table(pairs), `[{"n":1},{"n":2},{"n":3}]`)
	f.append(f.table(pairs), `[{"n":4},{"n":5}]`)
	f.wantNumbers("n=1 id=0 at=1", "n=2 id=1 at=1", "n=3 id=2 at=1", "n=4 id=3 at=2", "n=5 id=4 at=2")
	f.updateRows(`[{"n":50},{"n":20}]`, [2]int64{1, 1}, [2]int64{0, 1})
	f.wantNumbers("n=1 id=0 at=1", "n=20 id=1 at=3", "n=3 id=2 at=1", "n=4 id=3 at=2", "n=50 id=4 at=3")
	f.updateRows(`[{"n":10},{"n":500}]`, [2]int64{0, 0}, [2]int64{2, 0})
	f.wantNumbers("n=10 id=0 at=4", "n=20 id=1 at=3", "n=3 id=2 at=1", "n=4 id=3 at=2", "n=500 id=4 at=4")
	f.append(f.table(pairs), `[{"n":6}]`)
	rows := f.lineage()
	if len(rows) != 6 || len(slices.Compact(rows)) != 6 || !strings.Contains(rows[5], "n=6") {
		t.Errorf("rows %v", rows)
	}
	f.equal("rows", f.numbers(f.table(pairs).Current()), "3 4 6 10 20 500")
}

// updateRows replaces rows of the newest snapshot.
func (f *fixture) updateRows(json string, rows ...[2]int64) {
	f.Helper()
	t := f.table(pairs)
	change, err := t.(catalog.Changeable).Change(f.Context(), t.Current().ID())
	f.check(err)
	defer change.Abort()
	var addresses []int64
	var set catalog.RowSet
	for _, r := range rows {
		addresses = append(addresses, r[0]<<ordinalShift|r[1])
	}
	set.Add(addresses)
	b := f.batch(pairSchema, json)
	defer b.Release()
	f.check(change.Update(addresses, b))
	change.Delete(&set)
	_, err = change.Commit(f.Context())
	f.check(err)
}

func (f *fixture) wantNumbers(want ...string) {
	f.Helper()
	if got := f.lineage(); !slices.Equal(got, want) {
		f.Errorf("rows are\n%v\nwant\n%v", got, want)
	}
}

// lineage is the table's rows as iceberg-go reads them, in the order of their numbers.
func (f *fixture) lineage() []string {
	f.Helper()
	s := f.table(pairs).(*Table).state
	t := table.New(table.Identifier{"main", "pairs"}, s.meta, s.location, readFiles, nil)
	read, err := t.Scan(table.WithRowLineage()).ToArrowTable(f.Context())
	f.check(err)
	defer read.Release()
	reader := array.NewTableReader(read, 0)
	defer reader.Release()
	var out []string
	for reader.Next() {
		b := reader.RecordBatch()
		for row := range int(b.NumRows()) {
			value := func(name string) string { return b.Column(b.Schema().FieldIndices(name)[0]).ValueStr(row) }
			out = append(out, fmt.Sprintf("n=%s id=%s at=%s", value("n"), value("_row_id"), value("_last_updated_sequence_number")))
		}
	}
	slices.SortFunc(out, func(a, b string) int {
		return strings.Compare(a[strings.Index(a, "id="):], b[strings.Index(b, "id="):])
	})
	return out
}
