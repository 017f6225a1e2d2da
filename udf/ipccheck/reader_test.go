package ipccheck_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/udf/ipccheck"
)

// open reads a stream or, by its first bytes, a file.
func open(data []byte, mem memory.Allocator) (*ipccheck.Reader, error) {
	if bytes.HasPrefix(data, []byte("ARROW1")) {
		return ipccheck.NewFileReader(bytes.NewReader(data), int64(len(data)), mem)
	}
	return ipccheck.NewStreamReader(bytes.NewReader(data), int64(len(data)), mem)
}

// read reads all batches, which are the caller's to release.
func read(data []byte, mem memory.Allocator) (batches []arrow.RecordBatch, err error) {
	r, err := open(data, mem)
	if err != nil {
		return nil, err
	}
	defer r.Release()
	for r.Next() {
		batch := r.RecordBatch()
		batch.Retain()
		batches = append(batches, batch)
	}
	return batches, r.Err()
}

// trusting reads all batches with arrow-go alone.
func trusting(t *testing.T, data []byte) (batches []arrow.RecordBatch) {
	t.Helper()
	if bytes.HasPrefix(data, []byte("ARROW1")) {
		r, err := ipc.NewFileReader(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		for i := range r.NumRecords() {
			batch, err := r.RecordBatchAt(i)
			if err != nil {
				t.Fatal(err)
			}
			batches = append(batches, batch)
		}
		return batches
	}
	r, err := ipc.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	for r.Next() {
		r.RecordBatch().Retain()
		batches = append(batches, r.RecordBatch())
	}
	if r.Err() != nil {
		t.Fatal(r.Err())
	}
	return batches
}

// Whatever arrow-go and pyarrow write is read as arrow-go alone would read it.
func TestValid(t *testing.T) {
	for name, data := range written(t) {
		t.Run(name, func(t *testing.T) {
			mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
			defer mem.AssertSize(t, 0)
			got, err := read(data, mem)
			if err != nil {
				t.Fatal(err)
			}
			want := trusting(t, data)
			if len(got) != len(want) {
				t.Fatalf("%d batches, want %d", len(got), len(want))
			}
			for i := range got {
				if !array.RecordEqual(got[i], want[i]) || !got[i].Schema().Equal(want[i].Schema()) {
					t.Errorf("batch %d: got %v, want %v", i, got[i], want[i])
				}
				got[i].Release()
			}
		})
	}
}

// A stream or file that is cut anywhere is an error or a shorter stream, not a panic, and no memory is left behind.
func TestTruncated(t *testing.T) {
	for _, name := range []string{"plain.arrows", "plain.arrow", "zstd.arrows"} {
		data := written(t)[name]
		for n := 0; n < len(data); n += 11 {
			got, err := read(data[:n:n], memory.DefaultAllocator)
			if bad := (*ipccheck.Error)(nil); err != nil && !errors.As(err, &bad) {
				t.Fatalf("%s, %d bytes: %v", name, n, err)
			}
			for _, batch := range got {
				batch.Release()
			}
		}
	}
}

// What the source of messages fails with comes back as it is.
func TestSourceFails(t *testing.T) {
	gone := errors.New("the client is gone")
	if _, err := ipccheck.NewReader(func() (header, body []byte, err error) { return nil, nil, gone }, memory.DefaultAllocator); err != gone {
		t.Errorf("got %v", err)
	}
}
