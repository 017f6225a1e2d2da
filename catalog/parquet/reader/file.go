package reader

import (
	"fmt"
	"math"
	"sync"

	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/parquet-go/parquet-go/format"

	"github.com/mediaflight/mediaflight/catalog"
)

// A File is an open Parquet file. Its methods may be called at once.
type File struct {
	path    string
	mapping *memory.Buffer
	data    []byte // of mapping
	meta    *format.FileMetaData
	root    *node
	leaves  []*node
	fields  []*field // the top level, as Arrow sees it
	hasIDs  bool
	groups  []rowGroup
	closing func()                // gives the file back
	reopen  func() (*File, error) // opens it once more
}

// A rowGroup is the file's rows [first, first+rows).
type rowGroup struct {
	first, rows int64
	chunks      []*chunk // one a leaf
}

// Open opens a local file.
func Open(path string) (*File, error) {
	f := &File{path: path}
	err := guard(path, func() error {
		var err error
		if f.mapping, err = mapFile(path); err != nil {
			return err
		}
		f.data = f.mapping.Bytes()
		return f.load()
	})
	if err != nil {
		if f.mapping != nil {
			f.mapping.Release()
		}
		return nil, err
	}
	f.closing = f.mapping.Release
	f.reopen = func() (*File, error) {
		f.mapping.Retain()
		return f, nil
	}
	return f, nil
}

// Close gives the file back. Batches read from it stay good.
func (f *File) Close() { f.closing() }

// Path is where the file lies.
func (f *File) Path() string { return f.path }

// Rows is how many rows the file has.
func (f *File) Rows() int64 { return f.meta.NumRows }

// load decodes the metadata and checks all of it that later reading relies on.
func (f *File) load() error {
	var err error
	if f.meta, err = decodeFooter(f.path, f.data); err != nil {
		return err
	}
	if f.root, f.leaves, err = buildSchema(f.path, f.meta.Schema); err != nil {
		return err
	}
	for _, element := range f.meta.Schema {
		f.hasIDs = f.hasIDs || element.FieldID != 0
	}
	if f.fields, err = buildFields(f.path, f.root, 0); err != nil {
		return err
	}
	first := int64(0)
	for g := range f.meta.RowGroups {
		meta := &f.meta.RowGroups[g]
		if meta.NumRows < 0 || meta.NumRows > math.MaxInt32 || len(meta.Columns) != len(f.leaves) {
			return corrupt(f.path, "row group %d has %d rows and %d columns; the schema has %d columns", g, meta.NumRows, len(meta.Columns), len(f.leaves))
		}
		group := rowGroup{first: first, rows: meta.NumRows, chunks: make([]*chunk, len(f.leaves))}
		for i := range meta.Columns {
			group.chunks[i] = &chunk{file: f, leaf: f.leaves[i], meta: &meta.Columns[i], rows: meta.NumRows, load: new(sync.Once)}
			if err := group.chunks[i].check(); err != nil {
				return err
			}
		}
		f.groups = append(f.groups, group)
		first += meta.NumRows
	}
	if first != f.meta.NumRows {
		return corrupt(f.path, "row groups have %d rows, the file says %d", first, f.meta.NumRows)
	}
	return nil
}

// fault is an error in one row of one column.
func (f *File) fault(row int64, column, state, msg, hint string) error {
	return &catalog.Error{Op: "read", Name: f.path, State: state, Msg: fmt.Sprintf("column %s, row %d: %s", column, row, msg), Hint: hint}
}
