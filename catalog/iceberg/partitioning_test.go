package iceberg

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/extensions"

	"github.com/mediaflight/mediaflight/catalog"
)

var allTypes = arrow.NewSchema([]arrow.Field{
	{Name: "id", Type: arrow.PrimitiveTypes.Int64},
	{Name: "n", Type: arrow.PrimitiveTypes.Int32, Nullable: true},
	{Name: "s", Type: arrow.BinaryTypes.String, Nullable: true},
	{Name: "d", Type: &arrow.Decimal128Type{Precision: 10, Scale: 2}, Nullable: true},
	{Name: "b", Type: arrow.FixedWidthTypes.Boolean, Nullable: true},
	{Name: "t", Type: &arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: "UTC"}, Nullable: true},
	{Name: "u", Type: extensions.NewUUIDType(), Nullable: true},
	{Name: "day", Type: arrow.FixedWidthTypes.Date32, Nullable: true},
	{Name: "v", Type: arrow.FixedSizeListOfNonNullable(2, arrow.PrimitiveTypes.Float32), Nullable: true},
}, nil)

const allTypesRows = `[
	{"id":1,"n":34,"s":"iceberg","d":"14.20","b":true,"t":"2017-11-16T22:31:08Z","u":"f79c3e09-677c-4bbd-a479-3f349cb785e7","day":"2017-11-16","v":[1,2]},
	{"id":2,"n":34,"s":"ice","d":"14.20","b":false,"t":"2017-11-16T23:31:08Z","u":"f79c3e09-677c-4bbd-a479-3f349cb785e7","day":"2017-11-17"},
	{"id":3,"n":-7,"s":"über alles","d":"-0.01","b":true,"t":"1969-12-31T23:59:59Z","day":"1969-12-31","v":[3,4]},
	{"id":4}]`

// The values are those of the specification, where it has examples: bucket hashes of 34, "iceberg", 14.20 and the rest.
func TestPartitionValues(t *testing.T) {
	for _, test := range []struct {
		field string
		want  string // by file: value and ids
	}{
		{"n", "<nil>: 4, -7: 3, 34: 1 2"},
		{"s", "<nil>: 4, ice: 2, iceberg: 1, über alles: 3"},
		{"b", "<nil>: 4, false: 2, true: 1 3"},
		{"bucket(16, n)", "<nil>: 4, 3: 1 2"},
		{"bucket(s, 1000)", "<nil>: 4, 89: 1"},
		{"bucket(7, d)", "<nil>: 4, 3: 1 2"},
		{"bucket(128, u)", "<nil>: 3 4, 44: 1 2"},
		{"truncate(10, n)", "<nil>: 4, -10: 3, 30: 1 2"},
		{"truncate(3, s)", "<nil>: 4, ice: 1 2, übe: 3"},
		{"years(t)", "<nil>: 4, -1: 3, 47: 1 2"},
		{"month(t)", "<nil>: 4, -1: 3, 574: 1 2"},
		{"day(t)", "<nil>: 4, -1: 3, 17486: 1 2"},
		{"hour(t)", "<nil>: 4, -1: 3, 419686: 1, 419687: 2"},
		{"day(day)", "<nil>: 4, -1: 3, 17486: 1, 17487: 2"},
	} {
		f := newFixture(t)
		field, err := catalog.ParsePartitionField(test.field)
		f.check(err)
		table := f.create(pairs, catalog.Definition{Schema: allTypes, Partitioning: []catalog.PartitionField{field}})
		if got := table.Definition().Partitioning; len(got) != 1 || got[0] != field {
			t.Errorf("%s: defined as %v", test.field, got)
		}
		f.append(table, allTypesRows)
		got := f.partitions()
		for _, want := range strings.Split(test.want, ", ") {
			if !slices.Contains(got, want) {
				t.Errorf("%s: got %q, want %q", test.field, got, want)
			}
		}
	}
}

// partitions are the partitions of the table's files with the ids in them.
func (f *fixture) partitions() []string {
	f.Helper()
	current := f.table(pairs).Current().(*Snapshot)
	plan, err := current.plan(f.Context())
	f.check(err)
	var out []string
	for i, file := range plan.files {
		var values []string
		spec := current.state.meta.PartitionSpec()
		for _, p := range spec.Fields() {
			v := file.partition[p.FieldID]
			if n, ok := integer(v); ok {
				v = n
			}
			values = append(values, fmt.Sprint(v))
		}
		scan := catalog.Scan{Columns: []int{0}, Mem: f.mem, Stats: new(catalog.ScanStats), Rows: 1024}
		tasks, err := current.tasksOf(f.Context(), scan, func(ordinal int) bool { return ordinal == i })
		f.check(err)
		var ids []string
		for _, task := range tasks {
			for batch, err := range task.Read(f.Context()) {
				f.check(err)
				for row := range int(batch.NumRows()) {
					ids = append(ids, batch.Column(0).ValueStr(row))
				}
			}
		}
		out = append(out, strings.Join(values, "/")+": "+strings.Join(ids, " "))
	}
	slices.Sort(out)
	return out
}

// More partitions than are written at once, and rows in the worst order: each partition still has one file.
func TestManyPartitions(t *testing.T) {
	for _, rows := range []int{20, 200} {
		f := newFixture(t)
		table := f.create(pairs, catalog.Definition{Schema: allTypes, Partitioning: []catalog.PartitionField{{Transform: "identity", Column: "n"}, {Transform: "bucket", Column: "id", Width: 2}}})
		a, err := table.Append(t.Context())
		f.check(err)
		const each = 500
		for first := 0; first < 4*rows; first += each {
			b := array.NewRecordBuilder(f.mem, allTypes)
			for i := first; i < min(first+each, 4*rows); i++ {
				b.Field(0).(*array.Int64Builder).Append(int64(i))
				b.Field(1).(*array.Int32Builder).Append(int32(i % rows))
				b.Field(2).(*array.StringBuilder).Append(fmt.Sprint("row ", i))
				for c := 3; c < len(allTypes.Fields()); c++ {
					b.Field(c).AppendNull()
				}
			}
			batch := b.NewRecordBatch()
			f.check(a.Write(batch))
			batch.Release()
			b.Release()
			if n := openFiles(t, f.dir); n > openPartitions+laterRuns {
				t.Fatalf("%d files are open", n)
			}
		}
		n, err := a.Commit(t.Context())
		f.check(err)
		if n != int64(4*rows) {
			t.Errorf("%d rows, want %d", n, 4*rows)
		}
		partitions := f.partitions()
		seen := map[string]bool{}
		found := 0
		for _, p := range partitions {
			key, ids, _ := strings.Cut(p, ": ")
			if seen[key] {
				t.Errorf("partition %s has two files", key)
			}
			seen[key] = true
			for _, id := range strings.Fields(ids) {
				var i int
				fmt.Sscan(id, &i)
				if !strings.HasPrefix(key, fmt.Sprint(i%rows, "/")) {
					t.Errorf("row %d lies in partition %s", i, key)
				}
				found++
			}
		}
		if found != 4*rows {
			t.Errorf("found %d rows, want %d", found, 4*rows)
		}
		if left, _ := filepath.Glob(filepath.Join(f.dir, "warehouse", "*", "*", "*.arrow")); len(left) > 0 {
			t.Errorf("rows that waited are left: %s", left)
		}
	}
}

// openFiles counts the files below a folder that the process has open.
func openFiles(t *testing.T, dir string) int {
	links, err := filepath.Glob("/proc/self/fd/*")
	if err != nil || len(links) == 0 {
		t.Skip("open files are counted by /proc")
	}
	n := 0
	for _, link := range links {
		if to, err := os.Readlink(link); err == nil && strings.HasPrefix(to, dir) && (strings.HasSuffix(to, ".parquet") || strings.HasSuffix(to, ".arrow")) {
			n++
		}
	}
	return n
}

// An append that is given up leaves nothing, whatever it has written.
func TestAbortOfPartitions(t *testing.T) {
	f := newFixture(t)
	table := f.create(pairs, catalog.Definition{Schema: pairSchema, Partitioning: []catalog.PartitionField{{Transform: "identity", Column: "n"}}})
	a, err := table.Append(t.Context())
	f.check(err)
	b := array.NewRecordBuilder(f.mem, pairSchema)
	defer b.Release()
	for i := range 200 {
		b.Field(0).(*array.Int32Builder).Append(int32(i))
		b.Field(1).AppendNull()
	}
	batch := b.NewRecordBatch()
	defer batch.Release()
	f.check(a.Write(batch))
	a.Abort()
	err = filepath.WalkDir(filepath.Join(f.dir, "warehouse"), func(path string, entry os.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && !strings.Contains(path, "metadata") {
			t.Errorf("left: %s", path)
		}
		return err
	})
	f.check(err)
}

// Files are dropped by what their partitions are, also where statistics of columns say nothing.
func TestPartitionPruning(t *testing.T) {
	for _, test := range []struct {
		partitioning string
		predicate    catalog.Predicate
		values       string
		kept         int64
	}{
		{"bucket(16, id)", catalog.Predicate{Column: 0, Op: catalog.Eq}, `[1]`, 1},
		{"bucket(16, id)", catalog.Predicate{Column: 0, Op: catalog.In}, `[1, 3]`, 2},
		{"bucket(16, s)", catalog.Predicate{Column: 2, Op: catalog.Eq}, `["ice"]`, 1},
		{"bucket(16, s)", catalog.Predicate{Column: 2, Op: catalog.IsNull}, `[]`, 1},
		{"truncate(3, s)", catalog.Predicate{Column: 2, Op: catalog.GreaterEq}, `["icf"]`, 1},
		{"year(t)", catalog.Predicate{Column: 5, Op: catalog.Less}, `["1980-01-01T00:00:00Z"]`, 1},
		{"month(t)", catalog.Predicate{Column: 5, Op: catalog.Eq}, `["1969-12-01T00:00:00Z"]`, 1},
		{"day(day)", catalog.Predicate{Column: 7, Op: catalog.Greater}, `["2017-11-16"]`, 2},
		{"n", catalog.Predicate{Column: 1, Op: catalog.NotEq}, `[34]`, 1},
		{"n", catalog.Predicate{Column: 1, Op: catalog.IsNotNull}, `[]`, 2},
	} {
		f := newFixture(t)
		field, err := catalog.ParsePartitionField(test.partitioning)
		f.check(err)
		table := f.create(pairs, catalog.Definition{Schema: allTypes, Partitioning: []catalog.PartitionField{field},
			Properties: map[string]string{"write.metadata.metrics.default": "none"}})
		f.append(table, allTypesRows)
		current := f.table(pairs).Current()
		test.predicate.Values, _, err = array.FromJSON(f.mem, allTypes.Field(test.predicate.Column).Type, strings.NewReader(test.values))
		f.check(err)
		stats := new(catalog.ScanStats)
		_, err = current.Tasks(t.Context(), catalog.Scan{Columns: []int{0}, Prune: []catalog.Predicate{test.predicate}, Mem: f.mem, Stats: stats, Rows: 1024})
		f.check(err)
		test.predicate.Values.Release()
		if got := stats.Files.Load(); got != test.kept {
			t.Errorf("%s, %v %s: %d files are read, want %d", test.partitioning, test.predicate.Op, test.values, got, test.kept)
		}
	}
}
