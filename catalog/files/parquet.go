package files

import (
	"context"
	"iter"
	"os"
	"sync/atomic"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/catalog/parquet/reader"
)

// A parquetFile reads Parquet files with our own reader, embeddings in place.
type parquetFile struct {
	path   string
	mem    memory.Allocator
	schema *arrow.Schema
	size   int64
	rows   int64
	done   atomic.Int64 // rows
}

func openParquet(path string, opts Options) (Source, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	file, err := reader.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	p := &parquetFile{path: path, mem: opts.Mem, size: info.Size(), rows: file.Rows()}
	if p.schema, err = file.ArrowSchema(); err != nil {
		return nil, err
	}
	p.schema = readVectors(p.schema)
	for batch, err := range p.scan(context.Background(), file) {
		if err != nil {
			return nil, err
		}
		p.schema = markLists(p.schema, batch)
		break
	}
	return p, nil
}

// readVectors has fixed-size lists read as vectors at once where that loses nothing.
func readVectors(schema *arrow.Schema) *arrow.Schema {
	fields := schema.Fields()
	for i, f := range fields {
		list, ok := f.Type.(*arrow.FixedSizeListType)
		if ok && list.Len() > 0 && (list.Elem().ID() == arrow.FLOAT16 || list.Elem().ID() == arrow.FLOAT32) {
			fields[i].Type = arrow.FixedSizeListOfNonNullable(list.Len(), arrow.PrimitiveTypes.Float32)
		}
	}
	return arrow.NewSchema(fields, nil)
}

func (p *parquetFile) Path() string          { return p.path }
func (p *parquetFile) Schema() *arrow.Schema { return p.schema }
func (p *parquetFile) Bytes() int64          { return p.size }
func (p *parquetFile) Read() int64           { return p.size * p.done.Load() / max(1, p.rows) }

func (p *parquetFile) Batches(ctx context.Context) iter.Seq2[arrow.RecordBatch, error] {
	return func(yield func(arrow.RecordBatch, error) bool) {
		file, err := reader.Open(p.path)
		if err != nil {
			yield(nil, inFile(p.path, err))
			return
		}
		defer file.Close()
		p.done.Store(0)
		for batch, err := range p.scan(ctx, file) {
			if err != nil {
				yield(nil, inFile(p.path, err))
				return
			}
			if !yield(batch, nil) {
				return
			}
			p.done.Add(batch.NumRows())
		}
	}
}

// scan reads all columns of the file. Rows are read in order.
func (p *parquetFile) scan(ctx context.Context, file *reader.File) iter.Seq2[arrow.RecordBatch, error] {
	return func(yield func(arrow.RecordBatch, error) bool) {
		spec := reader.Spec{Scan: catalog.Scan{Mem: p.mem, Stats: new(catalog.ScanStats), Rows: batchRows}}
		for i, f := range p.schema.Fields() {
			spec.Columns = append(spec.Columns, reader.Column{Name: f.Name, Field: f})
			spec.Scan.Columns = append(spec.Scan.Columns, i)
		}
		tasks, err := file.Tasks(spec)
		if err != nil {
			yield(nil, err)
			return
		}
		for _, task := range tasks {
			for batch, err := range task.Read(ctx) {
				if !yield(batch, err) || err != nil {
					return
				}
			}
		}
	}
}
