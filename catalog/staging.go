package catalog

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"
)

// A Stager is a table that takes rows now and makes them visible later: rows of many writers at once, in one commit.
type Stager interface {
	// Stage starts a write of rows that nobody sees until their receipt is committed. What is not committed within a day may be
	// removed.
	Stage(ctx context.Context) (Staging, error)
	// CommitStaged makes staged rows visible, all of them at once, durably, or none. Where a commit of the same ID has been made
	// before it does nothing more: whoever does not know whether it has been may ask again.
	CommitStaged(ctx context.Context, commit StagedCommit) (rows int64, err error)
}

// A Staging writes rows that are to be committed by a receipt. It is used by one goroutine.
type Staging interface {
	// Write is that of Append.
	Write(batch arrow.RecordBatch) error
	// Finish makes the rows durable and tells what commits them, in this process or another one. No receipt means no rows.
	Finish(ctx context.Context) (receipt []byte, rows int64, err error)
	// Abort drops what was written. After Finish it does nothing.
	Abort()
}

// A StagedCommit says which staged rows become visible.
type StagedCommit struct {
	ID       string // of this commit, among all that there ever are
	Receipts [][]byte
	Replace  bool // the rows take the place of those that the table has
}
