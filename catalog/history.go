package catalog

import (
	"context"
	"time"
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
