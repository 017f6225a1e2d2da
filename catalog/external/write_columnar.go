package external

import (
	"io"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/catalog/parquet/writer"
)

// parquetRows writes Parquet, compactly: such a file is made to be sent somewhere.
type parquetRows struct{ *writer.Writer }

func newParquetRows(out io.Writer, target catalog.FileTarget, schema *arrow.Schema, mem memory.Allocator) (format, error) {
	w, err := writer.New(out, schema, writer.Options{Compact: true, RowGroupRows: target.RowGroupRows, Mem: mem})
	if err != nil {
		return nil, err
	}
	return &parquetRows{w}, nil
}

func (p *parquetRows) Close() error {
	_, err := p.Writer.Close()
	return err
}

// arrowRows writes an Arrow IPC file.
type arrowRows struct{ *ipc.FileWriter }

func newArrowRows(out io.Writer, schema *arrow.Schema) (format, error) {
	// Its padding is what the allocator gives: zeros of Arrow's own, but of others rows of other queries.
	w, err := ipc.NewFileWriter(out, ipc.WithSchema(schema), ipc.WithAllocator(memory.DefaultAllocator), ipc.WithZstd())
	if err != nil {
		return nil, err
	}
	return &arrowRows{w}, nil
}

func (a *arrowRows) Abort() { a.FileWriter.Close() }
