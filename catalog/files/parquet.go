package files

import (
	"context"
	"errors"
	"iter"
	"os"
	"sync/atomic"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/catalog/parquet/reader"
)

// A parquetFile reads Parquet files with our own reader. Columns for vectors are read as such at once, most often in
// place, where that loses nothing.
type parquetFile struct {
	path   string
	mem    memory.Allocator
	lists  *arrow.Schema // the file's
	schema *arrow.Schema // with vectors
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
	if p.lists, err = file.ArrowSchema(); err != nil {
		return nil, err
	}
	if err := p.findVectors(file); err != nil {
		return nil, err
	}
	p.schema = withVectors(p.lists, opts.Types)
	return p, nil
}

// findVectors looks at the first lists of the columns that may be vectors.
func (p *parquetFile) findVectors(file *reader.File) error {
	fields := p.lists.Fields()
	var places []int
	var lists []arrow.Field
	for i, f := range fields {
		if mayBeVector(f) {
			places, lists = append(places, i), append(lists, f)
		}
	}
	if len(lists) == 0 {
		return nil
	}
	for batch, err := range p.scan(context.Background(), file, arrow.NewSchema(lists, nil)) {
		if err != nil {
			return err
		}
		for i, f := range markLists(arrow.NewSchema(lists, nil), batch).Fields() {
			fields[places[i]] = f
		}
		break
	}
	meta := p.lists.Metadata()
	p.lists = arrow.NewSchema(fields, &meta)
	return nil
}

// withVectors makes lists vectors that will be vectors in the table, or in the table to be made.
func withVectors(lists, table *arrow.Schema) *arrow.Schema {
	fields := lists.Fields()
	for i, f := range fields {
		list, ok := f.Type.(arrow.ListLikeType)
		if !ok || list.Elem().ID() != arrow.FLOAT16 && list.Elem().ID() != arrow.FLOAT32 {
			continue
		}
		typ, err := columnType(f)
		if table != nil {
			place, findErr := find(f.Name, table.Fields())
			if findErr != nil || place < 0 {
				continue
			}
			typ = table.Field(place).Type
		}
		if err == nil && typ.ID() == arrow.FIXED_SIZE_LIST {
			fields[i].Type = typ
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
		for batch, err := range p.scan(ctx, file, p.schema) {
			if err != nil {
				yield(nil, inFile(p.path, p.locate(ctx, file, err)))
				return
			}
			if !yield(batch, nil) {
				return
			}
			p.done.Add(batch.NumRows())
		}
	}
}

// scan reads all columns of the file with the types given. Rows are read in order.
func (p *parquetFile) scan(ctx context.Context, file *reader.File, schema *arrow.Schema) iter.Seq2[arrow.RecordBatch, error] {
	return func(yield func(arrow.RecordBatch, error) bool) {
		spec := reader.Spec{Scan: catalog.Scan{Mem: p.mem, Stats: new(catalog.ScanStats), Rows: batchRows}}
		for i, f := range schema.Fields() {
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

// locate says of a list that is no vector where it is, in this package's words: it reads the lists as they are.
func (p *parquetFile) locate(ctx context.Context, file *reader.File, err error) error {
	var fault *catalog.Error
	if !errors.As(err, &fault) || fault.State != stateData {
		return err
	}
	rows := int64(0)
	for batch, readErr := range p.scan(ctx, file, p.lists) {
		if readErr != nil {
			return readErr
		}
		converted, convertErr := Convert(p.mem, batch, p.schema)
		if convertErr != nil {
			return after(rows, convertErr)
		}
		converted.Release()
		rows += batch.NumRows()
	}
	return err
}
