package iceberg

import (
	"bufio"
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/iceberg-go"
	"github.com/apache/iceberg-go/table"

	"github.com/mediaflight/mediaflight/catalog/parquet/writer"
)

// A dataFileWriter writes rows of one partition into data files, one after the other.
type dataFileWriter struct {
	of        *appending
	partition partition
	folder    string // below that of the table's data
	buffering int    // bytes

	location string
	file     io.WriteCloser
	buffer   *bufio.Writer
	written  int64
	writer   *writer.Writer // nil between files
}

func (d *dataFileWriter) write(batch arrow.RecordBatch) error {
	if d.writer == nil {
		if err := d.next(); err != nil {
			return err
		}
	}
	if err := d.writer.Write(batch); err != nil {
		return err
	}
	if d.written+d.writer.Buffered() >= d.of.table.catalog.options.FileBytes {
		return d.finish()
	}
	return nil
}

func (d *dataFileWriter) next() error {
	a := d.of
	d.location = a.places.NewDataLocation(fmt.Sprintf("%s%05d-%s.parquet", d.folder, a.started, a.id))
	a.started++
	file, err := a.files.Create(d.location)
	if err != nil {
		return err
	}
	d.file, d.written = file, 0
	d.buffer = bufio.NewWriterSize(countingWriter{file, &d.written}, d.buffering)
	d.writer, err = writer.New(d.buffer, a.schema, writer.Options{})
	return err
}

// countingWriter counts the bytes that it passes on.
type countingWriter struct {
	io.Writer
	n *int64
}

func (c countingWriter) Write(p []byte) (int, error) {
	n, err := c.Writer.Write(p)
	*c.n += int64(n)
	return n, err
}

// buffered is about how many bytes of memory it holds.
func (d *dataFileWriter) buffered() int64 {
	if d.writer == nil {
		return 0
	}
	return d.writer.Buffered()
}

// finish closes the data file, durably, and takes down what the manifest will say of it.
func (d *dataFileWriter) finish() error {
	if d.writer == nil {
		return nil
	}
	summary, err := d.writer.Close()
	d.writer = nil
	if err == nil {
		err = d.buffer.Flush()
	}
	if closeErr := d.file.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return err
	}
	meta := d.of.table.state.meta
	file, err := table.DataFileFromMetadata(table.DataFileArgs{
		Schema:          d.of.stored,
		Spec:            meta.PartitionSpec(),
		Format:          iceberg.ParquetFile,
		Metadata:        summary.Metadata,
		FilePath:        d.location,
		FileSize:        summary.Bytes,
		Content:         iceberg.EntryContentData,
		PartitionValues: d.partition.values,
		Properties:      meta.Properties(),
		FormatVersion:   meta.Version(),
	})
	if err != nil {
		return fmt.Errorf("describe data file %s: %w", d.location, err)
	}
	d.of.done = append(d.of.done, file)
	return nil
}

func (d *dataFileWriter) abort() {
	if d.writer != nil {
		d.writer.Abort()
		d.writer = nil
		d.file.Close()
	}
}
