package load

import (
	"context"
	"errors"
	"iter"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/mediaflight/mediaflight/catalog/files"
	"github.com/mediaflight/mediaflight/udf/buffers"
)

// A Stream reads files one after the other as the rows of one table. It is used by one goroutine.
type Stream struct {
	// Progress is called after every batch and may be nil.
	Progress func(Progress)

	paths   []string
	sources []files.Source
	schema  *arrow.Schema
	mem     buffers.Pool
}

// Progress is how far a load has come.
type Progress struct {
	File        string // being read
	Rows        int64  // read so far
	Read, Total int64  // bytes of all files
}

// Open opens the files at paths, folders included. Rows have the schema that a new table gets from the first file, until
// As says otherwise.
func Open(paths ...string) (*Stream, error) {
	paths, err := files.Expand(paths)
	if err != nil {
		return nil, err
	}
	if len(paths) == 0 {
		return nil, errors.New("no files to load")
	}
	s := &Stream{paths: paths}
	if err := s.open(nil); err != nil {
		return nil, err
	}
	s.schema, err = files.TableSchema(s.sources[0].Schema())
	return s, err
}

// As sets the schema of the rows: that of the table which they go into. Text is then read as its types.
func (s *Stream) As(schema *arrow.Schema) error {
	s.schema = schema
	return s.open(schema)
}

func (s *Stream) open(types *arrow.Schema) error {
	s.sources = nil
	for _, path := range s.paths {
		source, err := files.Open(path, files.Options{Types: types, Mem: &s.mem})
		if err != nil {
			return err
		}
		s.sources = append(s.sources, source)
	}
	return nil
}

// Schema is the schema of the rows.
func (s *Stream) Schema() *arrow.Schema { return s.schema }

// Files is how many files there are.
func (s *Stream) Files() int { return len(s.paths) }

// Batches reads the rows. A batch is good until the next; an error names the file, row and column at fault.
func (s *Stream) Batches(ctx context.Context) iter.Seq2[arrow.RecordBatch, error] {
	return func(yield func(arrow.RecordBatch, error) bool) {
		progress := Progress{}
		for _, source := range s.sources {
			progress.Total += source.Bytes()
		}
		done := int64(0)
		for _, source := range s.sources {
			progress.File = source.Path()
			for batch, err := range files.Read(ctx, source, s.schema, &s.mem) {
				if err == nil {
					err = ctx.Err()
				}
				if err != nil {
					yield(nil, err)
					return
				}
				if !yield(batch, nil) {
					return
				}
				progress.Rows += batch.NumRows()
				progress.Read = done + source.Read()
				if s.Progress != nil {
					s.Progress(progress)
				}
			}
			done += source.Bytes()
		}
	}
}
