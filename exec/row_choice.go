package exec

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/exec/eval"
)

// A rowChoice is the rows of a table that a search may choose from: those that a filter keeps, or that have a match in a
// join.
type rowChoice struct {
	Rows    Operator // has a row for each
	Address int      // Rows' column of addresses
	Workers int
	// Filter is what chooses, if it is a condition on the table alone: then what it keeps can be remembered.
	Filter   *eval.Condition
	Table    catalog.Name
	Snapshot catalog.Snapshot
	RowSets  *RowSets // nil to remember nothing
	holding
}

// set finds the rows, and says whether it remembered them. The set is not to be changed.
func (c *rowChoice) set(ctx context.Context) (rows *catalog.RowSet, remembered bool, err error) {
	key, ok := c.key(ctx)
	if ok {
		if known := c.RowSets.get(key); known != nil {
			return known, true, nil
		}
	}
	sets, err := inShares(ctx, c.Rows, c.Workers, c.collect)
	if err != nil {
		return nil, false, err
	}
	rows = &catalog.RowSet{}
	for i, s := range sets {
		if i == 0 {
			rows = s
		} else {
			rows.Merge(s)
		}
	}
	if ok {
		c.RowSets.put(key, rows)
	}
	return rows, false, nil
}

// key is not ok where what is chosen may differ the next time. The ids of snapshots that have indexes are unique; those of
// others may be taken anew by another table of the same name.
func (c *rowChoice) key(ctx context.Context) (key rowSetKey, ok bool) {
	if _, indexed := c.Snapshot.(catalog.IndexedSnapshot); !indexed || c.RowSets == nil || c.Filter == nil {
		return key, false
	}
	print, ok := c.Filter.Fingerprint(ctx)
	// Columns may be renamed and moved without a new snapshot; the metadata of their fields tells who they are.
	for _, i := range c.Filter.Columns() {
		f := c.Snapshot.Schema().Field(i)
		print = append(append(print, 0), f.Name...)
		for _, v := range f.Metadata.Values() {
			print = append(append(print, 0), v...)
		}
	}
	return rowSetKey{c.Table, c.Snapshot.ID(), string(print)}, ok
}

func (c *rowChoice) collect(ctx context.Context, batches Batches) (*catalog.RowSet, error) {
	set := &catalog.RowSet{}
	for batch, err := range batches {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return nil, err
		}
		before := set.Bytes()
		set.Add(batch.Column(c.Address).(*array.Int64).Int64Values())
		if err := c.grow(c.Rows, set.Bytes()-before); err != nil {
			return nil, err
		}
	}
	return set, nil
}
