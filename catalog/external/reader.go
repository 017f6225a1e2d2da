package external

import (
	"context"
	"encoding/binary"
	"errors"
	"hash/fnv"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/catalog/files"
	"github.com/mediaflight/mediaflight/catalog/parquet/reader"
	"github.com/mediaflight/mediaflight/udf"
)

// A Reader is a catalog.FileReader of the files under some roots.
type Reader struct {
	Roots *Roots

	mapped *reader.Cache
	mu     sync.Mutex
	known  map[question]*file
}

// NewReader returns a reader, which holds files open until Close.
func NewReader(roots *Roots) *Reader {
	return &Reader{Roots: roots, mapped: reader.NewCache(256), known: map[question]*file{}}
}

// Close unmaps files. Nothing may be read any more.
func (r *Reader) Close() { r.mapped.Close() }

// A file is what was found out about a file.
type file struct {
	path   string
	format string
	size   int64
	time   time.Time
	schema *arrow.Schema // as the file is read
	table  *arrow.Schema // as a table would have it
	rows   int64         // -1 if only reading it would tell
}

// A question is what was asked about a file: with other options it has other columns.
type question struct {
	path, format, null string
	delimiter          rune
	noHeader, allText  bool
}

// maxKnown bounds what is remembered of files.
const maxKnown = 4096

func (r *Reader) ReadFiles(ctx context.Context, set catalog.FileSet) (catalog.Snapshot, catalog.FileSet, error) {
	paths, err := r.Roots.expand(ctx, set.Paths)
	if err != nil {
		return nil, set, err
	}
	set.Paths = paths
	s := &snapshot{reader: r, set: set}
	for _, path := range paths {
		if err := ctx.Err(); err != nil {
			return nil, set, err
		}
		f, err := r.look(path, set)
		if err != nil {
			return nil, set, err
		}
		s.files = append(s.files, f)
	}
	if set.Columns == nil {
		if set.Columns, err = columnsOf(s.files, set.Union); err != nil {
			return nil, set, err
		}
	}
	s.set = set
	s.id = identity(s.files)
	return s, set, nil
}

// look finds out what a file has, or remembers it.
func (r *Reader) look(path string, set catalog.FileSet) (*file, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, notThere(path)
	}
	q := question{path: path, format: set.Format}
	if set.Format == "csv" {
		q.null, q.delimiter, q.noHeader, q.allText = set.Null, set.Delimiter, set.NoHeader, set.AllText
	}
	r.mu.Lock()
	f := r.known[q]
	r.mu.Unlock()
	if f != nil && f.size == info.Size() && f.time.Equal(info.ModTime()) {
		return f, nil
	}
	if set.Format == "parquet" { // which may be another file than the one that is mapped
		r.mapped.Forget(path)
	}
	f = &file{path: path, format: set.Format, size: info.Size(), time: info.ModTime(), rows: -1}
	if set.Columns != nil && set.Format != "parquet" { // nothing needs to be found out
		f.table = set.Columns
		return f, nil
	}
	source, err := files.Open(path, options(set, memory.DefaultAllocator))
	if err != nil {
		return nil, err
	}
	f.schema = source.Schema()
	if f.table, err = files.TableSchema(f.schema); err != nil {
		return nil, inFile(path, err)
	}
	if set.Format == "parquet" {
		opened, err := r.mapped.Open(path)
		if err != nil {
			return nil, err
		}
		f.rows = opened.Rows()
		opened.Close()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.known) >= maxKnown {
		clear(r.known)
	}
	r.known[q] = f
	return f, nil
}

// options are how a file of the set is opened.
func options(set catalog.FileSet, mem memory.Allocator) files.Options {
	o := files.Options{Mem: mem, Format: set.Format, Types: set.Columns, NoHeader: set.NoHeader, Delimiter: set.Delimiter, Null: set.Null, AllText: set.AllText}
	if set.Columns != nil && (set.InOrder || set.NoHeader) {
		for _, f := range set.Columns.Fields() {
			o.Names = append(o.Names, f.Name)
		}
	}
	return o
}

// columnsOf are the columns of files together.
func columnsOf(all []*file, union bool) (*arrow.Schema, error) {
	fields := slices.Clone(all[0].table.Fields())
	for _, f := range all[1:] {
		if !union {
			for _, first := range fields {
				if !f.table.HasField(first.Name) {
					return nil, &files.Error{File: f.path, Column: first.Name, State: "42703", Msg: "the file does not have the column, which the first one has",
						Hint: "union_by_name => true makes such columns NULL"}
				}
			}
			continue
		}
		for _, more := range f.table.Fields() {
			i := slices.IndexFunc(fields, func(have arrow.Field) bool { return have.Name == more.Name })
			if i < 0 {
				fields = append(fields, more)
				continue
			}
			wide, err := udf.CommonType([]arrow.DataType{fields[i].Type, more.Type})
			if err != nil {
				return nil, &files.Error{File: f.path, Column: more.Name, State: "42804",
					Msg: "the column is of type " + udf.TypeName(more.Type) + ", that of files before it of " + udf.TypeName(fields[i].Type)}
			}
			fields[i].Type = wide
		}
	}
	return arrow.NewSchema(fields, nil), nil
}

// identity is a number that is another one when a file has changed.
func identity(all []*file) int64 {
	h := fnv.New64a()
	for _, f := range all {
		h.Write([]byte(f.path))
		var b [17]byte
		binary.LittleEndian.PutUint64(b[1:], uint64(f.size))
		binary.LittleEndian.PutUint64(b[9:], uint64(f.time.UnixNano()))
		h.Write(b[:])
	}
	return int64(h.Sum64() >> 1)
}

// inFile says which file an error is about.
func inFile(path string, err error) error {
	if e := (*files.Error)(nil); errors.As(err, &e) && e.File == "" {
		at := *e
		at.File = path
		return &at
	}
	return err
}
