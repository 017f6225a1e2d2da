package catalog

import (
	"context"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
)

// A Historian is a table that keeps older snapshots.
type Historian interface {
	// Snapshots lists the table's snapshots, oldest first.
	Snapshots() []SnapshotInfo
}

// A SnapshotInfo tells of a snapshot how it came about.
type SnapshotInfo struct {
	ID, Parent int64 // Parent is 0 for the first
	Time       time.Time
	Operation  string // append, overwrite, delete, replace
	Added      int64  // rows
	Deleted    int64  // rows
}

// A Filed snapshot is made up of data files. They are listed in the order of their ordinals, which addresses of rows have in their
// upper halves.
type Filed interface {
	Files(ctx context.Context) ([]FileInfo, error)
}

// FileReads is a Filed snapshot whose files can be read one by one and whole: what is read of a file is good for as long as there is the
// file, in whichever snapshots.
type FileReads interface {
	Filed
	// FileTasks splits a scan of all rows of a file, by its ordinal, into tasks. Deleted rows are among them, so that the tasks' rows one
	// after the other are the file's by their numbers.
	FileTasks(ctx context.Context, file int, scan Scan) ([]Task, error)
	// FileVectors is a column of vectors as it lies in the file, in arrays one after the other, which keep the file mapped until they are
	// released; nil where it does not lie so. Who reads them does so under debug.SetPanicOnFault.
	FileVectors(ctx context.Context, file, column int) ([]arrow.Array, error)
}

// A FileInfo tells of a data file.
type FileInfo struct {
	Path  string
	Rows  int64 // deleted ones too
	Bytes int64
}

// An Evolved snapshot is of a table whose columns have changed. A plan that was made before reads it as it knows it.
type Evolved interface {
	// As is the snapshot with the columns that the table has had at some time, told by names and types; nil if it has not.
	As(columns []arrow.Field) Snapshot
}
