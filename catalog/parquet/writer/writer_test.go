package writer_test

import (
	"bytes"
	"context"
	"fmt"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"github.com/mediaflight/mediaflight/catalog/parquet/writer"
)

func write(t testing.TB, opts writer.Options, batches ...arrow.RecordBatch) ([]byte, *writer.Summary) {
	t.Helper()
	var out bytes.Buffer
	w, err := writer.New(&out, batches[0].Schema(), opts)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range batches {
		if err := w.Write(b); err != nil {
			w.Abort()
			t.Fatal(err)
		}
	}
	summary, err := w.Close()
	if err != nil {
		t.Fatal(err)
	}
	if summary.Bytes != int64(out.Len()) {
		t.Errorf("summary says %d bytes, the file has %d", summary.Bytes, out.Len())
	}
	return out.Bytes(), summary
}

// readBack reads a file with pqarrow, whose delta decoder does not give all its memory back to an allocator.
func readBack(t testing.TB, data []byte) arrow.Table {
	t.Helper()
	r, err := file.NewParquetReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	fr, err := pqarrow.NewFileReader(r, pqarrow.ArrowReadProperties{BatchSize: 1 << 20}, memory.DefaultAllocator)
	if err != nil {
		t.Fatal(err)
	}
	table, err := fr.ReadTable(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// texts are the values of a column as text, whatever its chunks.
func texts(chunks []arrow.Array) []string {
	var all []string
	for _, c := range chunks {
		for i := range c.Len() {
			all = append(all, c.ValueStr(i))
		}
	}
	return all
}

func checkEqual(t *testing.T, table arrow.Table, batches ...arrow.RecordBatch) {
	t.Helper()
	for i, f := range batches[0].Schema().Fields() {
		if name := table.Schema().Field(i).Name; name != f.Name {
			t.Fatalf("column %d is %s, want %s", i, name, f.Name)
		}
		var want []string
		for _, b := range batches {
			want = append(want, texts([]arrow.Array{b.Column(i)})...)
		}
		got := texts(table.Column(i).Data().Chunks())
		if len(got) != len(want) {
			t.Errorf("%s: %d rows, want %d", f.Name, len(got), len(want))
			continue
		}
		for row := range want {
			if got[row] != want[row] {
				t.Errorf("%s: row %d is %s, want %s", f.Name, row, got[row], want[row])
				break
			}
		}
	}
}

func TestAllTypes(t *testing.T) {
	for _, opts := range []writer.Options{{}, {Compact: true}, {RowGroupRows: 100}, {BloomColumns: []string{"int64", "string", "category"}}} {
		for _, rows := range []int{0, 1, 2, 1000} {
			t.Run(fmt.Sprintf("%+v/%d", opts, rows), func(t *testing.T) {
				mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
				defer mem.AssertSize(t, 0)
				opts := opts
				opts.Mem = mem
				batch := sampleBatch(t, mem, rows)
				defer batch.Release()
				data, summary := write(t, opts, batch)
				if summary.Rows != int64(rows) || summary.Metadata.NumRows != int64(rows) {
					t.Errorf("summary says %d rows, its metadata %d", summary.Rows, summary.Metadata.NumRows)
				}
				table := readBack(t, data)
				defer table.Release()
				checkEqual(t, table, batch)
			})
		}
	}
}

func TestSlices(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	whole := sampleBatch(t, mem, 1000)
	defer whole.Release()
	var slices []arrow.RecordBatch
	for from := int64(3); from < 990; from += 77 {
		s := whole.NewSlice(from, min(from+77, 990))
		defer s.Release()
		slices = append(slices, s)
	}
	data, _ := write(t, writer.Options{RowGroupRows: 250, Mem: mem}, slices...)
	table := readBack(t, data)
	defer table.Release()
	checkEqual(t, table, slices...)
}

func TestListsWithValuesUnderNull(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	b := array.NewInt64Builder(mem)
	defer b.Release()
	b.AppendValues([]int64{1, 2, 3, 4, 5, 6}, nil)
	values := b.NewArray()
	defer values.Release()
	offsets := memory.NewBufferBytes(arrow.Int32Traits.CastToBytes([]int32{0, 2, 5, 6}))
	valid := memory.NewBufferBytes([]byte{0b101})
	typ := arrow.ListOf(arrow.PrimitiveTypes.Int64)
	data := array.NewData(typ, 3, []*memory.Buffer{valid, offsets}, []arrow.ArrayData{values.Data()}, 1, 0)
	defer data.Release()
	list := array.NewListData(data)
	defer list.Release()
	batch := array.NewRecordBatch(arrow.NewSchema([]arrow.Field{{Name: "l", Type: typ, Nullable: true}}, nil), []arrow.Array{list}, 3)
	defer batch.Release()

	file, _ := write(t, writer.Options{Mem: mem}, batch)
	table := readBack(t, file)
	defer table.Release()
	checkEqual(t, table, batch)
}
