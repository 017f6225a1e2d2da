package exec

import (
	"context"
	"fmt"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/exec/gather"
	"github.com/mediaflight/mediaflight/exec/sidetable"
)

// randomRows reads rows of a snapshot by their addresses, a great many of them, in any order: by side tables, and page by page for as long
// as these are not there.
type randomRows struct {
	Snapshot catalog.Snapshot
	Columns  []int
	Tables   *sidetable.Tables // nil for none
	Mem      memory.Allocator

	stats   catalog.ScanStats
	schema  *arrow.Schema // of Columns
	columns []randomColumn
	taken   []int // columns that must be taken from the data files: places among Columns
	refs    []gather.Ref
}

// A randomColumn is a column's side tables, one a file, and their chunks one after the other.
type randomColumn struct {
	entries []*sidetable.Entry
	files   []*sidetable.Column
	first   []int // chunk of each file
	chunks  []arrow.Array
	fixed   *gather.FixedRows // of chunks; nil where rows are of other kinds
	local   []int32           // of each chunk its place among those of a batch, from 1
	batch   []arrow.Array     // chunks that a batch has rows of
	known   []int             // which these are
}

// patience is how long a stream waits for its side tables before it begins without.
const patience = 100 * time.Millisecond

// begin has side tables be built that are not there yet.
func (r *randomRows) begin(ctx context.Context) error {
	fields := make([]arrow.Field, len(r.Columns))
	for i, c := range r.Columns {
		fields[i] = r.Snapshot.Schema().Field(c)
	}
	r.schema = arrow.NewSchema(fields, nil)
	r.columns = make([]randomColumn, len(r.Columns))
	for i := range r.columns {
		r.taken = append(r.taken, i)
	}
	reads, ok := r.Snapshot.(catalog.FileReads)
	if !ok || r.Tables == nil {
		return nil
	}
	files, err := reads.Files(ctx)
	if err != nil {
		return err
	}
	for i, c := range r.Columns {
		for ordinal, file := range files {
			key := sidetable.Key{Path: file.Path, Column: columnKey(fields[i])}
			r.columns[i].entries = append(r.columns[i].entries, r.Tables.Use(key, sidetable.Source{Snapshot: reads, File: ordinal, Column: c, Rows: file.Rows}))
		}
	}
	late := time.NewTimer(patience)
	defer late.Stop()
	for i := range r.columns {
		for _, e := range r.columns[i].entries {
			select {
			case <-e.Ready():
			case <-ctx.Done():
				r.end()
				return ctx.Err()
			case <-late.C:
				return nil
			}
		}
	}
	return nil
}

// columnKey tells a column of a table from others, whatever it is called now.
func columnKey(f arrow.Field) string {
	return fmt.Sprint(f.Name, " ", f.Type, " ", f.Metadata.Values())
}

// end gives the side tables back.
func (r *randomRows) end() {
	for i := range r.columns {
		for _, e := range r.columns[i].entries {
			r.Tables.GiveBack(e)
		}
	}
	r.columns = nil
}

// take reads rows in the order of their addresses.
func (r *randomRows) take(ctx context.Context, addresses []int64) (arrow.RecordBatch, error) {
	columns := make([]arrow.Array, len(r.Columns))
	defer func() {
		for _, c := range columns {
			if c != nil {
				c.Release()
			}
		}
	}()
	for i := range r.columns {
		c, dt := &r.columns[i], r.schema.Field(i).Type
		if !c.complete(dt) {
			continue
		}
		r.refs = c.refs(addresses, r.refs[:0])
		if c.fixed != nil {
			columns[i] = c.fixed.Rows(r.Mem, r.refs)
		} else {
			columns[i] = gather.Chunks(r.Mem, dt, c.choose(r.refs), r.refs)
		}
	}
	if err := r.takeOthers(ctx, addresses, columns); err != nil {
		return nil, err
	}
	return array.NewRecordBatch(r.schema, columns, int64(len(addresses))), nil
}

// takeOthers reads the columns that have no side tables.
func (r *randomRows) takeOthers(ctx context.Context, addresses []int64, columns []arrow.Array) error {
	take := catalog.Take{Addresses: addresses, Mem: r.Mem, Stats: &r.stats}
	r.taken = r.taken[:0]
	for i, c := range columns {
		if c == nil {
			r.taken = append(r.taken, i)
			take.Columns = append(take.Columns, r.Columns[i])
		}
	}
	if len(r.taken) == 0 {
		return nil
	}
	rows, err := r.Snapshot.Take(ctx, take)
	if err != nil {
		return err
	}
	defer rows.Release()
	for i, at := range r.taken {
		columns[at] = rows.Column(i)
		columns[at].Retain()
	}
	return nil
}

// complete says whether all of a column's side tables are there.
func (c *randomColumn) complete(dt arrow.DataType) bool {
	if len(c.files) > 0 {
		return true
	}
	for _, e := range c.entries {
		if e.Column() == nil {
			return false
		}
	}
	for _, e := range c.entries {
		c.files, c.first = append(c.files, e.Column()), append(c.first, len(c.chunks))
		c.chunks = append(c.chunks, e.Column().Chunks...)
	}
	if c.fixed = gather.FixedRowsOf(dt, c.chunks); c.fixed == nil {
		c.local = make([]int32, len(c.chunks))
	}
	return len(c.files) > 0
}

// refs finds rows among the chunks.
func (c *randomColumn) refs(addresses []int64, into []gather.Ref) []gather.Ref {
	for _, address := range addresses {
		file := address >> 32
		chunk, row := c.files[file].Find(address & (1<<32 - 1))
		into = append(into, gather.At(c.first[file]+chunk, row))
	}
	return into
}

// choose is the chunks that rows are of, among which refs name them from then on.
func (c *randomColumn) choose(refs []gather.Ref) []arrow.Array {
	for _, chunk := range c.known {
		c.local[chunk] = 0
	}
	c.known, c.batch = c.known[:0], c.batch[:0]
	for i, ref := range refs {
		chunk := int(ref >> 32)
		if c.local[chunk] == 0 {
			c.known, c.batch = append(c.known, chunk), append(c.batch, c.chunks[chunk])
			c.local[chunk] = int32(len(c.batch))
		}
		refs[i] = gather.At(int(c.local[chunk]-1), int(uint32(ref)))
	}
	return c.batch
}
