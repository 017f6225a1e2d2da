package catalog

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// A FileSet is files whose rows are read together although they are no table's, and how to read them.
type FileSet struct {
	Format string // "parquet", "arrow", "csv", "json"
	// Paths are files, folders and patterns. Those that a FileReader gives back are files by their absolute paths.
	Paths []string
	// Union has columns that only some of the files have, NULL in the others; else the first file's columns are those of all.
	Union bool
	// Columns are the columns and their types, nil to find out. A text file without header has them in this order, and so has one
	// whose header does not count because InOrder is set.
	Columns *arrow.Schema
	InOrder bool

	// Of CSV.
	NoHeader  bool
	Delimiter rune   // 0 for what the first line shows
	Null      string // what stands for NULL besides nothing at all
	AllText   bool   // columns are text, whatever they look like
}

// String is the set as a call in SQL.
func (s FileSet) String() string {
	first := ""
	if len(s.Paths) > 0 {
		first = "'" + strings.ReplaceAll(s.Paths[0], "'", "''") + "'"
	}
	if len(s.Paths) > 1 {
		first = fmt.Sprintf("[%s ... %d files]", first, len(s.Paths))
	}
	return "read_" + s.Format + "(" + first + ")"
}

// A FileReader reads files that are no table's. Its methods may be called at once.
type FileReader interface {
	// ReadFiles looks at files and says what rows they have: as a snapshot, whose ID is another one when a file has changed, and the
	// set with the files that were found and their columns. A file that may not be read is 42501, one that is not there 58P01.
	ReadFiles(ctx context.Context, set FileSet) (Snapshot, FileSet, error)
}

// A FileTarget says which file rows are written to, and how.
type FileTarget struct {
	Path        string
	Format      string // "parquet", "arrow", "csv", "json"
	Compression string // "", "gzip" or "zstd", of text
	// Location is the time zone in which text shows instants.
	Location *time.Location

	// Of CSV.
	Header     bool
	Delimiter  rune // 0 for a comma
	Null       string
	ForceQuote []bool // by column: quote whatever is not NULL; nil for none
	// Of JSON: one array, rather than one object a line.
	Array bool
	// Of Parquet.
	RowGroupRows int // 0 for the default
}

// A FileWriter writes files that are no table's.
type FileWriter interface {
	// WriteFile starts a file of rows. Whoever opens it finds what was there before, or all of the rows, once they are committed.
	WriteFile(target FileTarget, schema *arrow.Schema, mem memory.Allocator) (Append, error)
}

// Files are the files that SQL may use.
type Files interface {
	FileReader
	FileWriter
}
