package memtable

import (
	"context"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/mediaflight/mediaflight/catalog"
)

// Change starts a change of a snapshot's rows. A change that was committed since is a conflict: the rows have other numbers.
func (t *Table) Change(ctx context.Context, id int64) (catalog.Change, error) {
	of, err := t.Snapshot(ctx, id)
	if err != nil {
		return nil, err
	}
	return &changing{appending: appending{table: t, replaced: t.replacements}, snapshot: of.(*snapshot)}, nil
}

type changing struct {
	appending
	snapshot *snapshot
	rows     *catalog.RowSet
	alone    bool // nobody else may have changed the table
}

func (c *changing) Exclusive() { c.alone = true }

func (c *changing) Update(_ []int64, rows arrow.RecordBatch) error { return c.Write(rows) }

func (c *changing) Delete(rows *catalog.RowSet) { c.rows = rows }

// Commit makes a snapshot of the rows that are left, those that were appended meanwhile, and the new ones.
func (c *changing) Commit(context.Context) (int64, error) {
	defer c.Abort()
	t := c.table
	t.mu.Lock()
	defer t.mu.Unlock()
	last := t.snapshots[len(t.snapshots)-1]
	same := !c.alone || last.id == c.snapshot.id
	same = same && len(last.batches) >= len(c.snapshot.batches) && t.rows.replaced == c.replaced
	for i := range c.snapshot.batches {
		same = same && last.batches[i] == c.snapshot.batches[i]
	}
	if !same {
		return 0, &catalog.Error{Op: "change", Name: t.name.String(), State: "40001",
			Msg: "rows that were to be changed have been changed by somebody else meanwhile", Hint: "try again"}
	}
	if c.rows != nil && c.rows.Len() > 0 {
		t.without(last, c.rows)
	}
	t.append(c.batches, time.Now())
	return c.count, nil
}

// Truncate makes a snapshot without rows.
func (t *Table) Truncate(context.Context) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.from = len(t.batches)
	t.append(nil, time.Now())
	return nil
}

// without starts the batches of the next snapshot: those of the last one, less some rows. The caller holds mu.
func (t *Table) without(last *snapshot, rows *catalog.RowSet) {
	t.from = len(t.batches)
	for i, b := range last.batches {
		from := int64(0)
		for row := range b.NumRows() + 1 {
			if row < b.NumRows() && !rows.Contains(last.starts[i]+row) {
				continue
			}
			if from < row {
				t.batches = append(t.batches, b.NewSlice(from, row))
			}
			from = row + 1
		}
	}
}
