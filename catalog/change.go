package catalog

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"
)

// A Changeable table lets rows that it has be deleted, and replaced by others.
type Changeable interface {
	// Change starts a change of the rows of a snapshot. That need not be the newest: what others appended since stays.
	Change(ctx context.Context, snapshot int64) (Change, error)
	// Truncate deletes all rows that the table has when it commits.
	Truncate(ctx context.Context) error
}

// A Change deletes rows and adds others, all at once: an update is both. It is used by one goroutine.
type Change interface {
	// Append adds rows. Its Commit makes the additions and the deletions visible, durably, or neither. If somebody else has
	// deleted or updated one of the rows to be deleted since the snapshot, or moved it to another file, it is an *Error
	// 40001, and what was to be done must be found out anew from a newer snapshot.
	Append
	// Update is Write for rows that take the place of others, whose addresses in the snapshot it is given, one for each row. It does
	// not delete those. Tables that number their rows for life have the new ones keep the numbers.
	Update(addresses []int64, rows arrow.RecordBatch) error
	// Delete takes the rows at these addresses of the snapshot out of the table. The set is read by Commit.
	Delete(rows *RowSet)
	// Exclusive has Commit be an *Error 40001 if the table has another snapshot by then than the one that is changed, whatever others did.
	Exclusive()
}
