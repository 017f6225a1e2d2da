package reader_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/catalog/parquet/reader"
)

// readAll reads whatever a file says it has, within bounds, in every way.
func readAll(path string) error {
	f, err := reader.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	schema, err := f.ArrowSchema()
	if err != nil || f.Rows() > 1<<20 {
		return err
	}
	columns := columnsOf(schema)
	scans := []catalog.Scan{{Columns: everything(columns)}}
	for i := range columns {
		scans = append(scans, catalog.Scan{Columns: []int{i}, Prune: []catalog.Predicate{{Column: i, Op: catalog.IsNull}, {Column: i, Op: catalog.IsNotNull}}})
	}
	var first error
	for _, scan := range scans {
		scan.Mem, scan.Stats, scan.Rows = memory.DefaultAllocator, new(catalog.ScanStats), 1000
		tasks, err := f.Tasks(reader.Spec{Columns: columns, Scan: scan})
		if err != nil && first == nil {
			first = err
		}
		for _, task := range tasks {
			batches := 0
			for batch, err := range task.Read(context.Background()) {
				if err != nil && first == nil {
					first = err
				}
				if err == nil {
					for _, c := range batch.Columns() {
						_ = array.Equal(c, c) // looks at every value
					}
				}
				if batches++; batches > 10 {
					break
				}
			}
		}
	}
	if rows := f.Rows(); rows > 0 {
		if batch, err := f.Take(columns, []int64{rows - 1, 0}, memory.DefaultAllocator, new(catalog.ScanStats)); err == nil {
			batch.Release()
		}
	}
	return first
}

// A file that was cut short anywhere is an error with a state.
func TestTruncatedFiles(t *testing.T) {
	data, err := os.ReadFile("testdata/nested.page_index.parquet")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "cut.parquet")
	for n := 0; n < len(data); n += 97 {
		if err := os.WriteFile(path, data[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		err := readAll(path)
		if fault, ok := err.(*catalog.Error); !ok || fault.State != "XX001" {
			t.Fatalf("%d bytes: %v", n, err)
		}
	}
}

// Any byte may be wrong: reading ends, with an error or without.
func TestFlippedBytes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "flipped.parquet")
	for _, name := range []string{"testdata/short.lz4_v1.parquet", "testdata/duckdb.v2.parquet", "testdata/encodings.v2.parquet", "testdata/one.pyarrow.parquet"} {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for at := 0; at < len(data); at += 71 {
			for _, flip := range []byte{0x01, 0x80, 0xff} {
				data[at] ^= flip
				if err := os.WriteFile(path, data, 0o600); err != nil {
					t.Fatal(err)
				}
				_ = readAll(path)
				data[at] ^= flip
			}
		}
	}
}

func TestNotParquet(t *testing.T) {
	for name, content := range map[string]string{"empty": "", "short": "PAR1", "text": "id,caption\n1,a cat on a mat\n", "encrypted": "PARE............PARE"} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := readAll(path); err == nil {
			t.Errorf("%s is read", name)
		}
	}
	if err := readAll(t.TempDir()); err == nil {
		t.Error("a folder is read")
	}
}

// FuzzOpen holds the whole reader to its word that files are not trusted.
func FuzzOpen(f *testing.F) {
	paths, err := filepath.Glob("testdata/*.parquet")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "fuzz.parquet")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		_ = readAll(path)
	})
}
