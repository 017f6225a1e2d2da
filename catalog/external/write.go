package external

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/catalog/durable"
)

// A format writes batches in the way of a format.
type format interface {
	Write(batch arrow.RecordBatch) error
	Close() error // writes what is left, and frees what is held
	Abort()
}

// WriteFile starts a file under a name that nobody looks for, in the folder that it is to be in: Commit gives it its own.
func (r *Reader) WriteFile(target catalog.FileTarget, schema *arrow.Schema, mem memory.Allocator) (catalog.Append, error) {
	if strings.Contains(target.Path, "://") {
		return nil, &catalog.Error{Op: "write", Name: target.Path, State: "0A000", Msg: "only files of this machine can be written"}
	}
	path, err := r.Roots.New(target.Path)
	if err != nil {
		return nil, err
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return nil, &catalog.Error{Op: "write", Name: target.Path, State: "42809", Msg: "it is a folder"}
	}
	next := filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+"."+rand.Text()[:8])
	file, err := durable.Create(next)
	if err != nil {
		return nil, &catalog.Error{Op: "write", Name: target.Path, State: "58030", Msg: cause(err)}
	}
	w := &writing{named: target.Path, path: path, next: next, file: file}
	if err := w.start(target, schema, mem); err != nil {
		w.Abort()
		return nil, err
	}
	return w, nil
}

// A writing is a file that is written.
type writing struct {
	named, path, next string
	file              *durable.File // nil once it is closed
	text              *bufio.Writer // in front of it, for text
	packed            io.WriteCloser
	rows              format
	count             int64
}

func (w *writing) start(target catalog.FileTarget, schema *arrow.Schema, mem memory.Allocator) (err error) {
	switch target.Format {
	case "parquet":
		w.rows, err = newParquetRows(w.file, target, schema, mem)
		return err
	case "arrow":
		w.rows, err = newArrowRows(w.file, schema)
		return err
	}
	var out io.Writer = w.file
	switch target.Compression {
	case "gzip":
		w.packed = gzip.NewWriter(w.file)
		out = w.packed
	case "zstd":
		if w.packed, err = zstd.NewWriter(w.file, zstd.WithEncoderConcurrency(1)); err != nil {
			return err
		}
		out = w.packed
	}
	w.text = bufio.NewWriterSize(out, 1<<20)
	if target.Format == "json" {
		w.rows = &jsonRows{out: w.text, target: target}
		return nil
	}
	rows := &csvRows{out: w.text, target: target}
	w.rows = rows
	return rows.header(schema)
}

func (w *writing) Write(batch arrow.RecordBatch) error {
	w.count += batch.NumRows()
	return w.fault(w.rows.Write(batch))
}

func (w *writing) Commit(context.Context) (int64, error) {
	defer w.Abort()
	err := w.rows.Close()
	w.rows = nil
	if err == nil && w.text != nil {
		err = w.text.Flush()
	}
	if err == nil && w.packed != nil {
		err = w.packed.Close()
	}
	if err != nil {
		return 0, w.fault(err)
	}
	err = w.file.Close()
	w.file = nil
	if err == nil {
		err = os.Rename(w.next, w.path)
	}
	if err != nil {
		return 0, w.fault(err)
	}
	w.next = ""
	return w.count, w.fault(durable.SyncFolder(filepath.Dir(w.path)))
}

// Abort removes what was written, unless it has its name.
func (w *writing) Abort() {
	if w.rows != nil {
		w.rows.Abort()
		w.rows = nil
	}
	if w.file != nil {
		w.file.File.Close()
		w.file = nil
	}
	if w.next != "" {
		_ = os.Remove(w.next)
		w.next = ""
	}
}

// fault says which file could not be written.
func (w *writing) fault(err error) error {
	var stated interface{ SQLState() string }
	if err == nil || errors.As(err, &stated) {
		return err
	}
	return &catalog.Error{Op: "write", Name: w.named, State: "58030", Msg: cause(err)}
}
