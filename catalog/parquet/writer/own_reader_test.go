package writer_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/catalog/parquet/reader"
	"github.com/mediaflight/mediaflight/catalog/parquet/writer"
)

// TestOwnReader reads files as tables do.
func TestOwnReader(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	for _, batch := range []arrow.RecordBatch{sampleBatch(t, mem, 3000), flatBatch(20_001)} {
		defer batch.Release()
		for _, opts := range []writer.Options{{}, {Compact: true}, {RowGroupRows: 999}} {
			data, _ := write(t, opts, batch)
			path := filepath.Join(t.TempDir(), "f.parquet")
			if err := os.WriteFile(path, data, 0o644); err != nil {
				t.Fatal(err)
			}
			f, err := reader.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			stats := new(catalog.ScanStats)
			spec := reader.Spec{Scan: catalog.Scan{Mem: mem, Stats: stats, Rows: 64 << 10}}
			for i, field := range batch.Schema().Fields() {
				spec.Columns = append(spec.Columns, reader.Column{Name: field.Name, Field: field})
				spec.Scan.Columns = append(spec.Scan.Columns, i)
			}
			tasks, err := f.Tasks(spec)
			if err != nil {
				t.Fatal(err)
			}
			row := int64(0)
			for _, task := range tasks {
				for got, err := range task.Read(context.Background()) {
					if err != nil {
						t.Fatal(err)
					}
					for i, column := range got.Columns() {
						for j := range column.Len() {
							if a, b := column.ValueStr(j), batch.Column(i).ValueStr(int(row)+j); a != b {
								t.Fatalf("%+v: %s, row %d: got %s, want %s", opts, got.ColumnName(i), row+int64(j), a, b)
							}
						}
					}
					row += got.NumRows()
				}
			}
			if row != batch.NumRows() {
				t.Errorf("%+v: %d rows of %d", opts, row, batch.NumRows())
			}
			if !opts.Compact && stats.BytesInPlace.Load() < stats.Bytes.Load()/3 {
				t.Errorf("%+v: %d bytes of %d were read in place", opts, stats.BytesInPlace.Load(), stats.Bytes.Load())
			}
			f.Close()
		}
	}
}
