package ipccheck_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/extensions"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// columns are of all types that are read, with values as JSON.
var columns = []struct {
	dt     arrow.DataType
	values string
}{
	{arrow.Null, `[null, null, null]`},
	{arrow.FixedWidthTypes.Boolean, `[true, null, false]`},
	{arrow.PrimitiveTypes.Int8, `[1, null, -1]`},
	{arrow.PrimitiveTypes.Uint16, `[1, 2, 3]`},
	{arrow.PrimitiveTypes.Int32, `[1, null, -1]`},
	{arrow.PrimitiveTypes.Int64, `[1, null, -1]`},
	{arrow.FixedWidthTypes.Float16, `[1.5, null, -1]`},
	{arrow.PrimitiveTypes.Float32, `[1.5, null, -1]`},
	{arrow.PrimitiveTypes.Float64, `[1.5, null, -1]`},
	{&arrow.Decimal32Type{Precision: 9, Scale: 2}, `["1.50", null, "-1.00"]`},
	{&arrow.Decimal128Type{Precision: 38, Scale: -2}, `["100", null, "-100"]`},
	{&arrow.Decimal256Type{Precision: 76, Scale: 2}, `["1.50", null, "-1.00"]`},
	{arrow.FixedWidthTypes.Date32, `["2024-02-29", null, "1970-01-01"]`},
	{arrow.FixedWidthTypes.Date64, `["2024-02-29", null, "1970-01-01"]`},
	{arrow.FixedWidthTypes.Time32ms, `["12:30:00.5", null, "00:00:00"]`},
	{arrow.FixedWidthTypes.Time64us, `["12:30:00.5", null, "00:00:00"]`},
	{&arrow.TimestampType{Unit: arrow.Nanosecond, TimeZone: "Europe/Berlin"}, `["2024-02-29T12:00:00Z", null, "1970-01-01T00:00:00Z"]`},
	{arrow.FixedWidthTypes.Duration_s, `["1s", null, "-1s"]`},
	{arrow.FixedWidthTypes.MonthInterval, `[{"months": 1}, null, {"months": -1}]`},
	{arrow.FixedWidthTypes.DayTimeInterval, `[{"days": 1, "milliseconds": 2}, null, {"days": 0, "milliseconds": 0}]`},
	{arrow.FixedWidthTypes.MonthDayNanoInterval, `[{"months": 1, "days": 2, "nanoseconds": 3}, null, {"months": 0, "days": 0, "nanoseconds": 0}]`},
	{&arrow.FixedSizeBinaryType{ByteWidth: 2}, `["AAE=", null, "AAA="]`},
	{arrow.BinaryTypes.String, `["a", null, "é"]`},
	{arrow.BinaryTypes.String, `["", "", ""]`},
	{arrow.BinaryTypes.Binary, `["AAE=", null, ""]`},
	{arrow.BinaryTypes.LargeString, `["a", null, "é"]`},
	{arrow.BinaryTypes.LargeBinary, `["AAE=", null, ""]`},
	{arrow.BinaryTypes.StringView, `["a string of more than twelve bytes", null, "short"]`},
	{arrow.BinaryTypes.BinaryView, `["AAE=", null, ""]`},
	{arrow.ListOf(arrow.PrimitiveTypes.Float32), `[[1, 2], null, []]`},
	{arrow.LargeListOf(arrow.BinaryTypes.String), `[["a", null], null, []]`},
	{arrow.ListViewOf(arrow.PrimitiveTypes.Int64), `[[1, 2], null, []]`},
	{arrow.LargeListViewOf(arrow.BinaryTypes.StringView), `[["a string of more than twelve bytes"], null, []]`},
	{arrow.FixedSizeListOf(2, arrow.PrimitiveTypes.Float32), `[[1, 2], null, [3, 4]]`},
	{arrow.ListOf(arrow.Null), `[[null], null, []]`},
	{arrow.StructOf(arrow.Field{Name: "a", Type: arrow.BinaryTypes.String, Nullable: true}, arrow.Field{Name: "b", Type: arrow.Null, Nullable: true}), `[{"a": "x", "b": null}, null, {"a": null, "b": null}]`},
	{arrow.MapOf(arrow.BinaryTypes.String, arrow.PrimitiveTypes.Int32), `[[{"key": "a", "value": 1}], null, []]`},
	{&arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int8, ValueType: arrow.BinaryTypes.String}, `["a", null, "b"]`},
	{&arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Uint32, ValueType: arrow.PrimitiveTypes.Float64}, `[1.5, null, 2.5]`},
	{arrow.ListOf(&arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int16, ValueType: arrow.BinaryTypes.String}), `[["a", "b"], null, ["a"]]`},
	{extensions.NewUUIDType(), `["6ba7b810-9dad-11d1-80b4-00c04fd430c8", null, "00000000-0000-0000-0000-000000000000"]`},
	{extensions.NewBool8Type(), `[true, null, false]`},
}

// everything is a batch of all columns.
func everything(t testing.TB) arrow.RecordBatch {
	t.Helper()
	var fields []arrow.Field
	var arrays []arrow.Array
	for i, c := range columns {
		a, _, err := array.FromJSON(memory.DefaultAllocator, c.dt, strings.NewReader(c.values))
		if err != nil {
			t.Fatalf("%s: %v", c.dt, err)
		}
		fields = append(fields, arrow.Field{Name: fmt.Sprintf("c%d", i), Type: c.dt, Nullable: true, Metadata: arrow.NewMetadata([]string{"k"}, []string{"v"})})
		arrays = append(arrays, a)
	}
	meta := arrow.NewMetadata([]string{"by"}, []string{"mediaflight"})
	return array.NewRecordBatch(arrow.NewSchema(fields, &meta), arrays, 3)
}

// one is a batch of one column.
func one(a arrow.Array) arrow.RecordBatch {
	return array.NewRecordBatch(arrow.NewSchema([]arrow.Field{{Name: "c", Type: a.DataType(), Nullable: true}}, nil), []arrow.Array{a}, int64(a.Len()))
}

// stream writes batches as an IPC stream.
func stream(t testing.TB, batches []arrow.RecordBatch, opts ...ipc.Option) []byte {
	t.Helper()
	var b bytes.Buffer
	w := ipc.NewWriter(&b, append(opts, ipc.WithSchema(batches[0].Schema()))...)
	write(t, w, batches)
	return b.Bytes()
}

// file writes batches as an IPC file.
func file(t testing.TB, batches []arrow.RecordBatch, opts ...ipc.Option) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := ipc.NewFileWriter(&b, append(opts, ipc.WithSchema(batches[0].Schema()))...)
	if err != nil {
		t.Fatal(err)
	}
	write(t, w, batches)
	return b.Bytes()
}

func write(t testing.TB, w interface {
	Write(arrow.RecordBatch) error
	io.Closer
}, batches []arrow.RecordBatch) {
	t.Helper()
	for _, batch := range batches {
		if err := w.Write(batch); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

// written are streams and files of all kinds that must be read, by name: our own writer's and pyarrow's.
func written(t testing.TB) map[string][]byte {
	t.Helper()
	batch := everything(t)
	none := batch.NewSlice(0, 0)
	all := map[string][]byte{
		"stream":      stream(t, []arrow.RecordBatch{batch, none, batch}),
		"stream.lz4":  stream(t, []arrow.RecordBatch{batch, batch}, ipc.WithLZ4()),
		"stream.zstd": stream(t, []arrow.RecordBatch{batch, batch}, ipc.WithZstd()),
		"file":        file(t, []arrow.RecordBatch{batch, batch}),
		"file.zstd":   file(t, []arrow.RecordBatch{batch, batch}, ipc.WithZstd()),
		"file.empty":  file(t, []arrow.RecordBatch{none}),
	}
	paths, err := filepath.Glob("testdata/*.arrow*")
	if err != nil || len(paths) == 0 {
		t.Fatalf("testdata: %d files, %v", len(paths), err)
	}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all[filepath.Base(path)] = data
	}
	return all
}
