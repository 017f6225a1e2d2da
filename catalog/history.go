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
