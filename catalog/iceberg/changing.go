package iceberg

import (
	"context"
	"errors"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/catalog"
)

// changing deletes rows of a snapshot and appends others, in one new snapshot.
//
// Rows are deleted by marking them: in a deletion vector if the table is of format v3, else in a position delete file. A data
// file has one of these at most, which holds what the one before it held, so that reading a table does not become slower
// with each statement that changed it. A data file of whose rows none is left leaves the table.
//
// The snapshot may be an old one when the change is committed. Data files that others added since keep their rows; a row
// that others deleted, or a file that they rewrote, is a conflict.
type changing struct {
	*appending
	snapshot *Snapshot
	rows     *catalog.RowSet // to be deleted, by their addresses in the snapshot
	numbered bool            // rows have numbers for life
	alone    bool            // nobody else may have changed the table
}

// Change starts a change of a snapshot's rows.
func (t *Table) Change(ctx context.Context, snapshot int64) (catalog.Change, error) {
	of, err := t.Snapshot(ctx, snapshot)
	if err != nil {
		return nil, err
	}
	a, err := newAppending(t)
	if err != nil {
		return nil, err
	}
	a.op = "change"
	c := &changing{appending: a, snapshot: of.(*Snapshot)}
	if t.state.meta.Version() >= 3 {
		c.numberRows()
	}
	return c, nil
}

func (c *changing) Write(batch arrow.RecordBatch) error { return c.write(batch, nil) }

func (c *changing) Delete(rows *catalog.RowSet) { c.rows = rows }

func (c *changing) Exclusive() { c.alone = true }

func (c *changing) Commit(ctx context.Context) (int64, error) {
	defer c.Abort()
	if err := c.finish(); err != nil {
		return 0, err
	}
	if len(c.done) == 0 && (c.rows == nil || c.rows.Len() == 0) {
		return 0, nil
	}
	t := c.table
	err := t.catalog.commitEach(ctx, c.op, t.name, t.state.meta.TableUUID(), func(target *commitTarget) error {
		return target.settle(c.attempt(ctx, target))
	})
	if err == nil || errors.As(err, new(*errUnknown)) {
		c.files.keep()
	}
	if err != nil {
		return 0, err
	}
	return c.appending.rows, nil
}

func (c *changing) attempt(ctx context.Context, target *commitTarget) error {
	if err := c.ready(target.base); err != nil {
		return err
	}
	if c.alone && target.base.current.ID() != c.snapshot.ID() {
		return c.conflict("the table was changed by somebody else meanwhile")
	}
	r := &revision{add: c.done, remove: map[string]bool{}, removeDeletes: map[deleteID]bool{}}
	if c.rows != nil && c.rows.Len() > 0 {
		if err := c.delete(ctx, target, r); err != nil {
			return err
		}
	}
	return target.revise(ctx, r)
}

// delete adds to a revision what takes the rows out of the table as it is now.
func (c *changing) delete(ctx context.Context, target *commitTarget, r *revision) error {
	then, err := c.snapshot.plan(ctx)
	if err != nil {
		return err
	}
	now, err := target.base.current.plan(ctx)
	if err != nil {
		return err
	}
	files := make(map[string]*dataFile, len(now.files))
	for _, f := range now.files {
		files[f.location] = f
	}
	marks := &marking{target: target, places: c.places, id: c.id}
	for ordinal := range min(c.rows.Files(), len(then.files)) {
		words := c.rows.Words(ordinal)
		if !anyBit(words) {
			continue
		}
		f, ok := files[then.files[ordinal].location]
		if !ok {
			return c.conflict("rows that were to be changed have been moved to other files meanwhile")
		}
		gone, err := target.base.current.deleted(ctx, now, f, memory.DefaultAllocator)
		if err != nil {
			return err
		}
		if gone.overlaps(words) {
			return c.conflict("rows that were to be changed have been changed by somebody else meanwhile")
		}
		all := newRowSet(f.file.Count())
		all.addAll(gone)
		all.addAll(words)
		for _, d := range f.ownDeletes() {
			r.removeDeletes[deleteIDOf(d)] = true
		}
		if all.count() == f.file.Count() {
			r.remove[f.location] = true
		} else if err := marks.add(f, all); err != nil {
			return err
		}
	}
	r.addDeletes, err = marks.finish(ctx)
	return err
}

func (c *changing) conflict(msg string) error {
	return &catalog.Error{Op: c.op, Name: c.table.name.String(), State: "40001", Msg: msg, Hint: "try again"}
}

// Truncate removes all data files.
func (t *Table) Truncate(ctx context.Context) error {
	const op = "truncate"
	if err := t.catalog.checkWritable(op, t.name.String()); err != nil {
		return err
	}
	return t.catalog.commitEach(ctx, op, t.name, t.state.meta.TableUUID(), func(target *commitTarget) error {
		plan, err := target.base.current.plan(ctx)
		if err != nil || len(plan.files) == 0 {
			return err
		}
		return target.settle(target.revise(ctx, &revision{all: true}))
	})
}

// checkWritable refuses tables to which we cannot add rows.
func (t *Table) checkWritable(op string) error {
	if _, err := newPartitioner(t.state.meta); err != nil {
		return (&appending{table: t, op: op}).fault(err)
	}
	for _, c := range t.state.current.columns {
		if !writable(c.field.Type) {
			return &catalog.Error{Op: op, Name: t.name.String(), State: "0A000",
				Msg: fmt.Sprintf("column %q has a type that cannot be written: %s", c.field.Name, c.field.Type)}
		}
	}
	return nil
}
