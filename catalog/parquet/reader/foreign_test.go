package reader_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	_ "github.com/apache/arrow-go/v18/arrow/extensions"
	"github.com/apache/arrow-go/v18/arrow/ipc"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/catalog/parquet/reader"
)

// Files of other writers are read as pyarrow reads them. testdata/make.py makes both sides.
func TestForeignFiles(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.parquet")
	if err != nil || len(paths) < 20 {
		t.Fatalf("%d files in testdata: %v", len(paths), err)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			name, _, _ := strings.Cut(filepath.Base(path), ".")
			want := readIPC(t, filepath.Join("testdata", name+".arrow"))
			f := open(t, path)
			schema, err := f.ArrowSchema()
			if err != nil {
				t.Fatal(err)
			}
			if schema.NumFields() != want.Schema().NumFields() {
				t.Fatalf("got %s\nwant %s", schema, want.Schema())
			}
			for i, field := range schema.Fields() {
				if expected := want.Schema().Field(i); field.Name != expected.Name || field.Type.Fingerprint() != expected.Type.Fingerprint() {
					t.Errorf("got %s: %s, want %s: %s", field.Name, field.Type, expected.Name, expected.Type)
				}
			}
			columns := columnsOf(schema)
			for _, rows := range []int{0, 1, 5} {
				got := scan(t, f, reader.Spec{Columns: columns, Scan: catalog.Scan{Columns: everything(columns), Rows: rows, Mem: checked(t)}})
				if want.NumRows() == 0 {
					if got != nil {
						t.Fatalf("%d rows, want none", got.NumRows())
					}
					continue
				}
				equal(t, want, got)
				got.Release()
			}
		})
	}
}

func readIPC(t testing.TB, path string) arrow.RecordBatch {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	r, err := ipc.NewFileReader(file)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	record, err := r.RecordBatch(0)
	if err != nil {
		t.Fatal(err)
	}
	record.Retain()
	return record
}
