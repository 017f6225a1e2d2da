package spill

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"golang.org/x/sys/unix"
)

// A Table is a file of batches that is written once, by one goroutine, and then mapped: its rows are read in any order, by many at once,
// and take memory that the system may have back at any time.
type Table struct {
	run     *Run
	mapping []byte
	batches []arrow.RecordBatch
}

// CreateTable begins a table of batches of a schema. It must be freed.
func (f *Folder) CreateTable(schema *arrow.Schema) *Table {
	return &Table{run: &Run{folder: f, schema: schema, table: true}}
}

// Write appends a batch, as Run's does.
func (t *Table) Write(batch arrow.RecordBatch) error { return t.run.Write(batch) }

// Finish ends the writing.
func (t *Table) Finish() error {
	if err := t.run.Finish(); err != nil || t.run.file == nil {
		return err
	}
	var err error
	if t.mapping, err = unix.Mmap(int(t.run.file.Fd()), 0, int(t.run.data), unix.PROT_READ, unix.MAP_SHARED); err != nil {
		return fault(fmt.Errorf("map: %w", err))
	}
	in, err := ipc.NewMappedFileReader(t.mapping)
	if err != nil {
		return fault(err)
	}
	defer in.Close()
	for i := range in.NumRecords() {
		batch, err := in.RecordBatchAt(i)
		if err != nil {
			return fault(err)
		}
		t.batches = append(t.batches, batch)
	}
	return nil
}

// Batches are those that were written, as they lie in the file. Once the table is freed they must not be read.
func (t *Table) Batches() []arrow.RecordBatch { return t.batches }

// Bytes is the length of the file.
func (t *Table) Bytes() int64 { return t.run.data }

// Free removes the file.
func (t *Table) Free() {
	for _, b := range t.batches {
		b.Release()
	}
	if t.mapping != nil {
		_ = unix.Munmap(t.mapping)
	}
	t.batches, t.mapping = nil, nil
	t.run.Free()
}
