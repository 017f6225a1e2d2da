package ipccheck_test

import (
	"bytes"
	"errors"
	"math"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/udf/ipccheck"
)

// A forgery is bytes that lie, and what is said of them.
type forgery struct {
	name  string
	bytes []byte
	state string
	says  string
	fatal bool // whether arrow-go alone ends the process
}

func forgeries(t *testing.T) []forgery {
	int32s := stream(t, []arrow.RecordBatch{one(fromJSON(t, arrow.PrimitiveTypes.Int32, `[1, 2, 3]`))})
	schemaOf := func(dt arrow.DataType) []byte {
		return stream(t, []arrow.RecordBatch{one(fromJSON(t, dt, `[]`))})
	}
	return []forgery{
		{"fields that are not there", schemaMessage(1, 1<<31-1), "22P04", "leads out of its", true},
		{"metadata that is not there", schemaMessage(2, math.MaxUint32), "22P04", "leads out of its", true},
		{"a field that is its own child", ouroboros(), "22P04", "leads out of its", true},
		{"fields that share children, sixty levels deep", nested(60, 2), "22P04", "unfolds to more", false},
		{"types nested seventy levels deep", nested(70, 1), "54000", "nested more than 64 deep", false},
		{"a body that is not there", withoutEnd(schemaOf(arrow.PrimitiveTypes.Int32),
			batchMessage(forgedBatch{rows: 1, nodes: [][2]int64{{1, 0}}, buffers: [][2]int64{{0, 0}, {0, 4}}, body: 1 << 42})), "22P04", "where 0 are left", true},
		{"an LZ4 buffer that claims a terabyte", withoutEnd(schemaOf(arrow.PrimitiveTypes.Int32),
			batchMessage(forgedBatch{rows: 1, nodes: [][2]int64{{1, 0}}, buffers: [][2]int64{{0, 0}, {0, 16}}, body: 16, codec: 0, packed: true}), claims(1<<40, 16)),
			"22P04", "claims to hold", true},
		{"a zstd buffer that claims a terabyte", withoutEnd(schemaOf(arrow.PrimitiveTypes.Int32),
			batchMessage(forgedBatch{rows: 1, nodes: [][2]int64{{1, 0}}, buffers: [][2]int64{{0, 0}, {0, 24}}, body: 24, codec: 1, packed: true}), claims(1<<40, 24)),
			"22P04", "not one zstd frame", true},
		{"a view column without its count of buffers", withoutEnd(schemaOf(arrow.BinaryTypes.StringView),
			batchMessage(forgedBatch{rows: 1, nodes: [][2]int64{{1, 0}}, buffers: [][2]int64{{0, 0}, {0, 16}}, body: 16, views: []int64{}, after: 1 << 36}), make([]byte, 16)),
			"22P04", "counts of buffers", true},
		{"a negative count of view buffers", withoutEnd(schemaOf(arrow.BinaryTypes.StringView),
			batchMessage(forgedBatch{rows: 1, nodes: [][2]int64{{1, 0}}, buffers: [][2]int64{{0, 0}, {0, 16}}, body: 16, views: []int64{-1}}), make([]byte, 16)),
			"22P04", "-1 buffers", false},
		{"fewer arrays than columns", withoutEnd(schemaOf(arrow.PrimitiveTypes.Int32),
			batchMessage(forgedBatch{rows: 1})), "22P04", "its schema wants 1 of 2", false},
		{"a buffer outside of the body", withoutEnd(schemaOf(arrow.PrimitiveTypes.Int32),
			batchMessage(forgedBatch{rows: 1, nodes: [][2]int64{{1, 0}}, buffers: [][2]int64{{0, 0}, {8, math.MaxInt64}}, body: 8}), make([]byte, 8)),
			"22P04", "in a body of 8", false},
		{"buffers that overlap", withoutEnd(schemaOf(arrow.PrimitiveTypes.Int32),
			batchMessage(forgedBatch{rows: 1, nodes: [][2]int64{{1, 0}}, buffers: [][2]int64{{0, 8}, {0, 8}}, body: 8}), make([]byte, 8)),
			"22P04", "overlap", false},
		{"values for fewer rows", withoutEnd(schemaOf(arrow.PrimitiveTypes.Int32),
			batchMessage(forgedBatch{rows: 3, nodes: [][2]int64{{3, 0}}, buffers: [][2]int64{{0, 0}, {0, 8}}, body: 8}), make([]byte, 8)),
			"22P04", "3 rows, but values for 2", false},
		{"a column longer than its batch", withoutEnd(schemaOf(arrow.PrimitiveTypes.Int32),
			batchMessage(forgedBatch{rows: 1, nodes: [][2]int64{{2, 0}}, buffers: [][2]int64{{0, 0}, {0, 8}}, body: 8}), make([]byte, 8)),
			"22P04", "2 rows in a batch of 1", false},
		{"a wrong count of nulls", withoutEnd(schemaOf(arrow.PrimitiveTypes.Int32),
			batchMessage(forgedBatch{rows: 2, nodes: [][2]int64{{2, 2}}, buffers: [][2]int64{{0, 8}, {8, 8}}, body: 16}), append([]byte{1}, make([]byte, 15)...)),
			"22P04", "1 nulls, but a count of 2", false},
		{"2^40 NULLs without a byte", withoutEnd(schemaOf(arrow.Null),
			batchMessage(forgedBatch{rows: 1 << 40, nodes: [][2]int64{{1 << 40, 1 << 40}}})), "54000", "too much memory", false},
		{"2^60 rows of nothing", withoutEnd(stream(t, []arrow.RecordBatch{array.NewRecordBatch(arrow.NewSchema(nil, nil), nil, 0)}),
			batchMessage(forgedBatch{rows: 1 << 60})), "54000", "without a column", false},
		{"rows before the schema", int32s[bytes.Index(int32s[8:], []byte{0xff, 0xff, 0xff, 0xff})+8:], "22P04", "begins with its schema", false},
		{"a second schema", withoutEnd(int32s, int32s), "22P04", "begins with its schema", false},
		{"a union", stream(t, []arrow.RecordBatch{one(union(t))}), "0A000", "union", false},
		{"a delta dictionary", deltas(t), "0A000", "delta", false},
		{"offsets that fall", replaced(t, arrow.BinaryTypes.String, `["abc", "defg", "h"]`, ints(0, 3, 7, 8), ints(0, 7, 3, 8)), "22P04", "non-decreasing", false},
		{"text that is not UTF-8", replaced(t, arrow.BinaryTypes.String, `["abc", "defg", "h"]`, []byte("abcdefgh"), []byte("ab\xffdefgh")), "22P04", "UTF-8", false},
		{"lists beyond their elements", replaced(t, arrow.ListOf(arrow.PrimitiveTypes.Int8), `[[1], [2, 3]]`, ints(0, 1, 3), ints(0, 1, 9)), "22P04", "out of bounds", false},
		{"a view beyond its buffer", replaced(t, arrow.BinaryTypes.StringView, `["thirteen bytes", "a"]`, append(ints(14), "thir"...), append(ints(99), "thir"...)), "22P04", "bytes long", false},
		{"an index beyond its dictionary", replaced(t, &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int32, ValueType: arrow.BinaryTypes.String}, `["a", "b", "c", "a"]`,
			ints(0, 1, 2, 0), ints(0, 1, 3, 0)), "22P04", "out of bounds", false},
		{"a million views of one long value", stream(t, []arrow.RecordBatch{one(views(1<<20, 1<<20))}), "54000", "too much memory", false},
		{"a million places of one long word", stream(t, []arrow.RecordBatch{one(words(t, 1<<20, 1<<20))}), "54000", "too much memory", false},
		{"a file whose block is not there", bytes.Replace(file(t, []arrow.RecordBatch{one(fromJSON(t, arrow.PrimitiveTypes.Int32, `[1, 2, 3]`))}), longs(16), longs(1<<50), -1), "22P04", "", false},
	}
}

// Each forgery is refused.
func TestForged(t *testing.T) {
	for _, f := range forgeries(t) {
		t.Run(f.name, func(t *testing.T) {
			_, err := read(f.bytes, memory.DefaultAllocator)
			var bad *ipccheck.Error
			if !errors.As(err, &bad) || bad.State != f.state || !strings.Contains(bad.Msg, f.says) {
				t.Errorf("got %v, want %s: ...%s...", err, f.state, f.says)
			}
		})
	}
}

// arrow-go alone dies of those that say so. Where this fails, it has learned to look, and the check may have one thing less
// to do.
func TestForgedUnchecked(t *testing.T) {
	const variable = "IPCCHECK_FORGERY"
	if name := os.Getenv(variable); name != "" {
		debug.SetMaxStack(64 << 20)
		for _, f := range forgeries(t) {
			if f.name == name {
				r, err := ipc.NewReader(bytes.NewReader(f.bytes))
				for err == nil && r.Next() {
				}
				t.Logf("survived: %v", err)
			}
		}
		return
	}
	if runtime.GOOS != "linux" {
		t.Skip("the address space is bounded as Linux does it")
	}
	for _, f := range forgeries(t) {
		if !f.fatal {
			continue
		}
		cmd := exec.Command("sh", "-c", "ulimit -v 16000000; exec "+os.Args[0]+" -test.run '^TestForgedUnchecked$' -test.v")
		cmd.Env = append(os.Environ(), variable+"="+f.name)
		out, err := cmd.CombinedOutput()
		if err == nil || !bytes.Contains(out, []byte("fatal error: ")) {
			t.Errorf("%s: arrow-go ends with %v, not with a fatal error:\n%.2000s", f.name, err, out)
		}
	}
}
