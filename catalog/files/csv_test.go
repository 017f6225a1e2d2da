package files

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/memory"
)

// TestLongRecord holds that a quote which is never closed does not bring the rest of a large file into memory.
func TestLongRecord(t *testing.T) {
	path := filepath.Join(t.TempDir(), "open.csv")
	text := append([]byte("a,b\n1,x\n2,\"open\n"), bytes.Repeat([]byte("3,y\n"), maxRecord/4+100_000)...)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Open(path, Options{Mem: memory.DefaultAllocator})
	var fault *Error
	if !errors.As(err, &fault) || fault.State != stateBadFile || !strings.Contains(fault.Msg, "behind line 2") || fault.Hint == "" {
		t.Errorf("answered %v", err)
	}
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	source, err := Open(path, Options{Mem: mem, AllText: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, err = range source.Batches(context.Background()) {
		if err != nil {
			break
		}
	}
	if !errors.As(err, &fault) || fault.State != stateBadFile {
		t.Errorf("answered %v", err)
	}
}
