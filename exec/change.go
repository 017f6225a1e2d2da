package exec

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/exec/gather"
)

// Change deletes rows of a table, or updates them: that is to delete them and to write others, at once. The input has the rows'
// addresses, then the columns of the new rows, then those to return. An address that comes again counts the first time only.
// It yields what Write does.
type Change struct {
	Input    Operator
	Catalog  catalog.Catalog
	Table    catalog.Name
	Snapshot int64         // that the addresses are of
	Columns  int           // of the table, whose new rows the input has; 0 to delete
	Target   *arrow.Schema // of the table as the plan knows it
	// Upsert inserts rows without an address. Then it is an error if one is changed twice, and nobody else may change the table
	// meanwhile, since new rows of others may have the keys of those that are inserted.
	Upsert bool
	Mem    memory.Allocator
	receipt

	rows  catalog.RowSet
	files []int64 // how many rows each data file of the snapshot has
}

func (c *Change) Inputs() []Operator { return []Operator{c.Input} }

func (c *Change) String() string {
	switch {
	case c.Upsert:
		return "upsert into " + c.Table.String()
	case c.Columns > 0:
		return "update " + c.Table.String()
	}
	return "delete from " + c.Table.String()
}

func (c *Change) Run(ctx context.Context) Batches {
	return func(yield func(arrow.RecordBatch, error) bool) {
		defer c.release()
		if err := c.change(ctx); err != nil {
			yield(nil, err)
			return
		}
		c.emit(c.Mem, yield)
	}
}

func (c *Change) change(ctx context.Context) error {
	out, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer out.Abort()
	for batch, err := range c.Input.Run(ctx) {
		if err == nil {
			err = ctx.Err()
		}
		if err == nil {
			err = c.add(out, batch)
		}
		if err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	out.Delete(&c.rows)
	_, err = out.Commit(ctx)
	return err
}

func (c *Change) open(ctx context.Context) (catalog.Change, error) {
	table, err := c.Catalog.Table(ctx, c.Table)
	if err != nil {
		return nil, err
	}
	if c.Columns > 0 {
		if err := checkColumns(c, c.Table, c.Target, table.Definition().Schema); err != nil {
			return nil, err
		}
	}
	changeable, ok := table.(catalog.Changeable)
	if !ok {
		return nil, &Error{Operator: c.String(), State: stateUnsupported, Msg: "rows of this table cannot be changed: " + c.Table.String()}
	}
	if c.files, err = rowsOfFiles(ctx, table, c.Snapshot); err != nil {
		return nil, err
	}
	out, err := changeable.Change(ctx, c.Snapshot)
	if err == nil && c.Upsert {
		out.Exclusive()
	}
	return out, err
}

// rowsOfFiles is how many rows each data file of a snapshot has; one that is not made up of files counts as one.
func rowsOfFiles(ctx context.Context, table catalog.Table, id int64) ([]int64, error) {
	snapshot, err := table.Snapshot(ctx, id)
	if err != nil {
		return nil, err
	}
	filed, ok := snapshot.(catalog.Filed)
	if !ok {
		rows, _ := snapshot.Rows()
		return []int64{rows}, nil
	}
	files, err := filed.Files(ctx)
	rows := make([]int64, len(files))
	for i, f := range files {
		rows[i] = f.Rows
	}
	return rows, err
}

// add changes the rows of a batch.
func (c *Change) add(out catalog.Change, batch arrow.RecordBatch) error {
	addresses, ok := batch.Column(0).(*array.Int64)
	if !ok {
		return malformed("addresses of type %s", batch.Column(0).DataType())
	}
	before := c.rows.Bytes()
	if c.Upsert {
		if err := c.upsert(out, batch, addresses); err != nil {
			return err
		}
		if err := c.grow(c, c.rows.Bytes()-before); err != nil {
			return err
		}
		return c.note(c, batch)
	}
	fresh, err := c.fresh(addresses)
	if err != nil {
		return err
	}
	if err := c.grow(c, c.rows.Bytes()-before); err != nil {
		return err
	}
	if len(fresh) == 0 {
		return nil
	}
	if len(fresh) < addresses.Len() {
		batch = gather.Batch(c.Mem, batch, fresh)
		defer batch.Release()
	}
	if c.Columns > 0 {
		if err := c.update(out, batch); err != nil {
			return err
		}
	}
	return c.note(c, batch)
}

// update writes the new rows of a batch.
func (c *Change) update(out catalog.Change, batch arrow.RecordBatch) error {
	rows := c.newRows(batch)
	defer rows.Release()
	return out.Update(batch.Column(0).(*array.Int64).Int64Values(), rows)
}

// newRows are the table's columns of a batch.
func (c *Change) newRows(batch arrow.RecordBatch) arrow.RecordBatch {
	fields, columns := batch.Schema().Fields()[1:1+c.Columns], batch.Columns()[1:1+c.Columns]
	return catalog.NewBatch(arrow.NewSchema(fields, nil), columns, batch.NumRows())
}

// fresh are the rows whose addresses have not come before. A plan of a client's own may have addresses of no row.
func (c *Change) fresh(addresses *array.Int64) ([]uint32, error) {
	fresh := make([]uint32, 0, addresses.Len())
	values := addresses.Int64Values()
	for i, a := range values {
		if addresses.IsNull(i) {
			continue
		}
		if file := a >> 32; a < 0 || file >= int64(len(c.files)) || int64(uint32(a)) >= c.files[file] {
			return nil, malformed("%d is the address of no row of %s", a, c.Table)
		}
		if c.rows.Contains(a) {
			continue
		}
		c.rows.Add(values[i : i+1])
		fresh = append(fresh, uint32(i))
	}
	return fresh, nil
}
