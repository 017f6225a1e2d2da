package files

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/memory"
)

// FuzzText reads any bytes as CSV and JSON: rows or an *Error, never a panic, and no memory is left.
func FuzzText(f *testing.F) {
	for _, seed := range []string{
		"a,b\n1,2\n", "a\n\"x\ny\"\n", `{"a": 1, "b": [1.5, 2], "c": {"d": null}}`, `[{"a": "\u00e9\\"}, {"a": "x"}]`, "{\"a\": 1}\n{\"a\": 2.5}",
		"\x1f\x8b\x08\x00", "\x28\xb5\x2f\xfd", "\ufeffa;b\n2024-02-29;2024-02-29T12:30:00.5+02", `{"a": NaN}{"a": -Infinity}`,
	} {
		f.Add([]byte(seed))
	}
	folder := f.TempDir()
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, format := range []string{"csv", "json"} {
			mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
			path := filepath.Join(folder, "file")
			if err := os.WriteFile(path, data, 0o644); err != nil {
				t.Fatal(err)
			}
			source, err := Open(path, Options{Mem: mem, Format: format})
			if err == nil {
				to, schemaErr := TableSchema(source.Schema())
				if err = schemaErr; err == nil {
					for _, err = range Read(context.Background(), source, to, mem) {
					}
				}
			}
			if fault := (*Error)(nil); err != nil && (!errors.As(err, &fault) || fault.File != path && fault.File != "") {
				t.Errorf("%s: %v", format, err)
			}
			mem.AssertSize(t, 0)
		}
	})
}

// FuzzArrow reads any bytes as an Arrow file or stream: rows or an *Error, never a panic.
func FuzzArrow(f *testing.F) {
	batch := rows(f, 20)
	for _, path := range binaryFiles(f, f.TempDir(), batch)[:3] {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	folder := f.TempDir()
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(folder, "file.arrow")
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		source, err := Open(path, Options{Format: "arrow"})
		if err == nil {
			to, schemaErr := TableSchema(source.Schema())
			if err = schemaErr; err == nil {
				for _, err = range Read(context.Background(), source, to, memory.DefaultAllocator) {
				}
			}
		}
		if fault := (*Error)(nil); err != nil && (!errors.As(err, &fault) || fault.File != path && fault.File != "") {
			t.Errorf("%v", err)
		}
	})
}

// FuzzJSON holds the cursor against encoding/json: it takes what that takes.
func FuzzJSON(f *testing.F) {
	for _, seed := range []string{`{"a": [1, -2.5e3, true, null, "x\n\u00e9\\"], "b": {}}`, `[]`, `"\ud800"`, `01`, `[1,]`, "\"\x01\"", `1e999`, ` 1 `} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c := jsonCursor{data: data}
		raw, err := c.raw()
		ok := err == nil && c.peek() == 0 && c.at == len(data)
		if valid := json.Valid(data); valid && !ok {
			t.Errorf("%q: %v", data, err)
		} else if ok && !valid && !isPython(raw) {
			t.Errorf("%q was taken", data)
		}
	})
}

// isPython says whether a text may hold the numbers that only Python takes for JSON.
func isPython(text string) bool {
	for i := range text {
		if text[i] == 'N' || text[i] == 'I' {
			return true
		}
	}
	return false
}
