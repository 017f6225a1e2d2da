package files

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/float16"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
	"github.com/klauspost/compress/zstd"
)

// rows is a batch of columns that only binary files have.
func rows(t testing.TB, n int) arrow.RecordBatch {
	t.Helper()
	b := array.NewRecordBuilder(memory.DefaultAllocator, arrow.NewSchema([]arrow.Field{
		{Name: "id", Type: arrow.PrimitiveTypes.Uint32, Nullable: true},
		{Name: "kind", Type: &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int8, ValueType: arrow.BinaryTypes.String}, Nullable: true},
		{Name: "half", Type: arrow.FixedSizeListOf(4, arrow.FixedWidthTypes.Float16), Nullable: true},
		{Name: "double", Type: arrow.ListOf(arrow.PrimitiveTypes.Float64), Nullable: true},
		{Name: "ragged", Type: arrow.ListOf(arrow.PrimitiveTypes.Float32), Nullable: true},
	}, nil))
	defer b.Release()
	for i := range n {
		b.Field(0).(*array.Uint32Builder).Append(uint32(i))
		if err := b.Field(1).(*array.BinaryDictionaryBuilder).AppendString([]string{"a", "b"}[i%2]); err != nil {
			t.Fatal(err)
		}
		half, double, ragged := b.Field(2).(*array.FixedSizeListBuilder), b.Field(3).(*array.ListBuilder), b.Field(4).(*array.ListBuilder)
		half.Append(true) // pqarrow cannot write NULL there
		for j := range 4 {
			half.ValueBuilder().(*array.Float16Builder).Append(float16.New(float32(i%100) + float32(j)/4))
		}
		if i%10 == 9 {
			double.AppendNull()
			ragged.AppendNull()
			continue
		}
		double.Append(true)
		ragged.Append(true)
		for j := range 4 {
			double.ValueBuilder().(*array.Float64Builder).Append(float64(i) + float64(j)/4)
		}
		for range i % 3 {
			ragged.ValueBuilder().(*array.Float32Builder).Append(1)
		}
	}
	return b.NewRecordBatch()
}

// binaryFiles writes the batch in every binary format.
func binaryFiles(t testing.TB, folder string, batch arrow.RecordBatch) []string {
	t.Helper()
	var paths []string
	create := func(name string) *os.File {
		f, err := os.Create(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, f.Name())
		return f
	}
	write := func(w interface {
		Write(arrow.RecordBatch) error
		Close() error
	}, err error) {
		if err == nil {
			for from := int64(0); from < batch.NumRows() && err == nil; from += 30_000 {
				part := batch.NewSlice(from, min(from+30_000, batch.NumRows()))
				err = w.Write(part)
				part.Release()
			}
		}
		if err := errors.Join(err, w.Close()); err != nil {
			t.Fatal(err)
		}
	}
	schema := ipc.WithSchema(batch.Schema())
	write(ipc.NewFileWriter(create("file.arrow"), schema))
	write(ipc.NewFileWriter(create("small.feather"), schema, ipc.WithZstd()))
	write(ipc.NewWriter(create("stream.arrows"), schema), nil)
	write(pqarrow.NewFileWriter(batch.Schema(), create("noted.parquet"), nil, pqarrow.NewArrowWriterProperties(pqarrow.WithStoreSchema())))
	write(pqarrow.NewFileWriter(batch.Schema(), create("plain.pq"), parquet.NewWriterProperties(parquet.WithDictionaryDefault(false)), pqarrow.DefaultWriterProps()))
	return paths
}

func TestBinaryFiles(t *testing.T) {
	batch := rows(t, 100_000)
	defer batch.Release()
	for _, path := range binaryFiles(t, t.TempDir(), batch) {
		t.Run(filepath.Base(path), func(t *testing.T) {
			mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
			defer mem.AssertSize(t, 0)
			source, err := Open(path, Options{Mem: mem})
			if err != nil {
				t.Fatal(err)
			}
			to, err := TableSchema(source.Schema())
			if err != nil {
				t.Fatal(err)
			}
			row := 0
			for got, err := range Read(context.Background(), source, to, mem) {
				if err != nil {
					t.Fatal(err)
				}
				if got.NumRows() > batchRows {
					t.Errorf("a batch of %d rows", got.NumRows())
				}
				checkRows(t, got, row)
				row += int(got.NumRows())
			}
			if row != 100_000 {
				t.Errorf("got %d rows", row)
			}
			if source.Bytes() == 0 || source.Read() < source.Bytes()/2 {
				t.Errorf("%d bytes of %d were read", source.Read(), source.Bytes())
			}
			for range Read(context.Background(), source, to, mem) { // stop early
				break
			}
		})
	}
}

// checkRows holds a batch against rows' values, the first of which is of the row given.
func checkRows(t *testing.T, got arrow.RecordBatch, row int) {
	t.Helper()
	id, kind := got.Column(0).(*array.Int64), got.Column(1).(*array.String)
	half, double := got.Column(2).(*array.FixedSizeList), got.Column(3).(*array.FixedSizeList)
	ragged := got.Column(4).(*array.List)
	halves, doubles := half.ListValues().(*array.Float32), double.ListValues().(*array.Float32)
	for i := range int(got.NumRows()) {
		n := row + i
		at, _ := half.ValueOffsets(i)
		ok := id.Value(i) == int64(n) && kind.Value(i) == []string{"a", "b"}[n%2] && halves.Value(int(at)+3) == float32(n%100)+0.75
		if n%10 == 9 {
			ok = ok && double.IsNull(i) && ragged.IsNull(i)
		} else {
			at, _ := double.ValueOffsets(i)
			ok = ok && doubles.Value(int(at)+1) == float32(n)+0.25
			from, to := ragged.ValueOffsets(i)
			ok = ok && int(to-from) == n%3
		}
		if !ok {
			t.Fatalf("row %d is wrong", n)
		}
	}
}

// TestLateFaults are faults behind the rows that decided about the schema.
func TestLateFaults(t *testing.T) {
	b := array.NewRecordBuilder(memory.DefaultAllocator, arrow.NewSchema([]arrow.Field{{Name: "v", Type: arrow.ListOf(arrow.PrimitiveTypes.Float32), Nullable: true}}, nil))
	var csv, json strings.Builder
	csv.WriteString("n,t\n")
	for i := range 90_000 {
		list := b.Field(0).(*array.ListBuilder)
		list.Append(true)
		for range 2 + i/80_000 {
			list.ValueBuilder().(*array.Float32Builder).Append(1)
		}
		if i == 80_000 {
			csv.WriteString("1,\"a\nb\"\nx,y\n")
			json.WriteString("\n{\"n\": 1, \"m\": 2}\n")
			continue
		}
		fmt.Fprintf(&csv, "%d,a\n", i)
		fmt.Fprintf(&json, "{\"n\": %d}\n", i)
	}
	batch := b.NewRecordBatch()
	defer batch.Release()
	b.Release()
	folder := t.TempDir()
	paths := binaryFiles(t, folder, batch)
	for name, text := range map[string]string{"late.csv": csv.String(), "late.jsonl": json.String()} {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	for _, path := range paths {
		mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
		source, err := Open(path, Options{Mem: mem})
		if err != nil {
			t.Fatal(err)
		}
		to, err := TableSchema(source.Schema())
		if err != nil {
			t.Fatal(err)
		}
		for _, err = range Read(context.Background(), source, to, mem) {
		}
		want := `row 80001: column "v": 3 elements, but the column has 2`
		switch filepath.Ext(path) {
		case ".csv":
			want = `line 80004: column "n": invalid input syntax for type bigint: "x"`
		case ".jsonl":
			want = `line 80002: column "m": there is no such column in the rows before it or in the table`
		}
		if want = path + ": " + want; err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
		mem.AssertSize(t, 0)
	}
}

func TestCompressedText(t *testing.T) {
	folder := t.TempDir()
	for name, compress := range map[string]func(io.Writer) io.WriteCloser{
		"a.csv.gz":   func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) },
		"b.jsonl.gz": func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) },
		"c.csv.zst": func(w io.Writer) io.WriteCloser {
			z, err := zstd.NewWriter(w)
			if err != nil {
				t.Fatal(err)
			}
			return z
		},
	} {
		f, err := os.Create(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		w := compress(f)
		text := "a,b\n1,x\n"
		if strings.Contains(name, "json") {
			text = `{"a": 1, "b": "x"}`
		}
		io.WriteString(w, text)
		if err := errors.Join(w.Close(), f.Close()); err != nil {
			t.Fatal(err)
		}
		if got := show(memory.DefaultAllocator, f.Name(), Options{}); got != "a bigint, b text\n1 | x\n" {
			t.Errorf("%s: got %s", name, got)
		}
		if err := os.Truncate(f.Name(), 20); err != nil {
			t.Fatal(err)
		}
		if got := show(memory.DefaultAllocator, f.Name(), Options{}); !strings.HasPrefix(got, "22P04 "+f.Name()) {
			t.Errorf("%s cut short: got %s", name, got)
		}
	}
}

func TestBrokenFiles(t *testing.T) {
	folder := t.TempDir()
	batch := rows(t, 1000)
	defer batch.Release()
	paths := binaryFiles(t, folder, batch)
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(path, info.Size()/2); err != nil {
			t.Fatal(err)
		}
		got := show(memory.DefaultAllocator, path, Options{})
		if strings.HasPrefix(got, "no *Error") || !strings.Contains(got, path+": ") {
			t.Errorf("got %s", got)
		}
	}
	for name, want := range map[string]string{"missing.csv": "58P01", "what.bin": "0A000"} {
		path := filepath.Join(folder, name)
		if name == "what.bin" {
			if err := os.WriteFile(path, []byte("what"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if got := show(memory.DefaultAllocator, path, Options{}); !strings.HasPrefix(got, want+" "+path+": ") {
			t.Errorf("got %s", got)
		}
	}
}

func TestDeepJSON(t *testing.T) {
	path := filepath.Join(t.TempDir(), "deep.json")
	if err := os.WriteFile(path, []byte(`{"a": `+strings.Repeat("[", 1_000_000)), 0o644); err != nil {
		t.Fatal(err)
	}
	if got := show(memory.DefaultAllocator, path, Options{}); got != "22P04 "+path+": line 1: the object is nested too deeply" {
		t.Errorf("got %s", got)
	}
}

func TestCancel(t *testing.T) {
	batch := rows(t, 100_000)
	defer batch.Release()
	for _, path := range binaryFiles(t, t.TempDir(), batch) {
		mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
		source, err := Open(path, Options{Mem: mem})
		if err != nil {
			t.Fatal(err)
		}
		to, err := TableSchema(source.Schema())
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		for _, err = range Read(ctx, source, to, mem) {
			cancel()
		}
		cancel()
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: got %v", path, err)
		}
		mem.AssertSize(t, 0)
	}
}

func TestExpand(t *testing.T) {
	folder := t.TempDir()
	for _, name := range []string{"b.csv", "a.parquet", "sub/c.jsonl.gz", "sub/_d.csv", ".e.csv", "_delta/f.parquet", "notes.md"} {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	one := filepath.Join(folder, "notes.md")
	got, err := Expand([]string{one, folder})
	for i := range got {
		got[i] = strings.TrimPrefix(got[i], folder+"/")
	}
	if want := []string{"notes.md", "a.parquet", "b.csv", "sub/c.jsonl.gz"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
	for _, path := range []string{filepath.Join(folder, "none"), t.TempDir()} {
		var fault *Error
		if _, err := Expand([]string{path}); !errors.As(err, &fault) || fault.State != "58P01" || fault.File != path {
			t.Errorf("%s: %v", path, err)
		}
	}
}
