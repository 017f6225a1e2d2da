package exec

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/exec/gather"
)

// proposedTwice is the address of a row to be inserted whose key another one has that is inserted too.
const proposedTwice = -1

// upsert inserts the rows of a batch that have no address, and lets the others take the place of those at their addresses. A row that
// is to be changed twice is an error: which of the two is to stay?
func (c *Change) upsert(out catalog.Change, batch arrow.RecordBatch, addresses *array.Int64) error {
	var inserted, updated []uint32
	for i, a := range addresses.Int64Values() {
		switch {
		case addresses.IsNull(i):
			inserted = append(inserted, uint32(i))
		case a == proposedTwice:
			return c.twice()
		default:
			updated = append(updated, uint32(i))
		}
	}
	fresh, err := c.fresh(addresses)
	if err != nil {
		return err
	}
	if len(fresh) < len(updated) {
		return c.twice()
	}
	if len(inserted) > 0 {
		rows := c.newRows(batch)
		defer rows.Release()
		if len(updated) > 0 {
			some := gather.Batch(c.Mem, rows, inserted)
			defer some.Release()
			rows = some
		}
		if err := out.Write(rows); err != nil {
			return err
		}
	}
	if len(updated) == 0 {
		return nil
	}
	if len(inserted) > 0 {
		batch = gather.Batch(c.Mem, batch, updated)
		defer batch.Release()
	}
	return c.update(out, batch)
}

func (c *Change) twice() error {
	return &Error{Operator: c.String(), State: stateCardinality, Msg: "ON CONFLICT DO UPDATE command cannot affect row a second time",
		Hint: "see that no two rows proposed have the same key"}
}
