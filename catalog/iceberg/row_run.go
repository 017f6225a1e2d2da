package iceberg

import (
	"bufio"
	"fmt"
	"os"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/ipc"
)

// A rowRun is rows that wait on disk, in the folder of their table, where there is room for them and Sweep finds what a killed
// process leaves: a stream of Arrow's, written once and read once.
type rowRun struct {
	of     *appending
	schema *arrow.Schema
	file   *os.File
	buffer *bufio.Writer
	out    *ipc.Writer
}

func (r *rowRun) write(batch arrow.RecordBatch) error {
	if r.file == nil {
		if err := r.create(); err != nil {
			return err
		}
	}
	return r.out.Write(batch)
}

func (r *rowRun) create() error {
	path, err := localPath(r.of.table.state.meta.Location())
	if err != nil {
		return err
	}
	r.file, err = os.CreateTemp(path, fmt.Sprintf("rows-%s-*.arrow", r.of.id))
	if err != nil {
		return err
	}
	r.buffer = bufio.NewWriterSize(r.file, 64<<10)
	r.out = ipc.NewWriter(r.buffer, ipc.WithSchema(r.schema))
	return nil
}

// read ends the writing and reads what was written.
func (r *rowRun) read(each func(arrow.RecordBatch) error) error {
	err := r.out.Close()
	if err == nil {
		err = r.buffer.Flush()
	}
	if err == nil {
		_, err = r.file.Seek(0, 0)
	}
	if err != nil {
		return err
	}
	in, err := ipc.NewReader(bufio.NewReaderSize(r.file, 64<<10), ipc.WithSchema(r.schema))
	if err != nil {
		return err
	}
	defer in.Release()
	for in.Next() {
		if err := each(in.RecordBatch()); err != nil {
			return err
		}
	}
	return in.Err()
}

// free removes the file.
func (r *rowRun) free() {
	if r.file != nil {
		r.file.Close()
		os.Remove(r.file.Name())
		r.file = nil
	}
}
