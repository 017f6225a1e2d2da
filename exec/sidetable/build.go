package sidetable

import (
	"context"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/exec/spill"
)

// smallBytes is how large a column may be to be held in memory: many small files would need as many files again.
const smallBytes = 1 << 20

// build reads a column of a file: as it lies there, or decoded into memory, or into a file of its own.
func build(ctx context.Context, from Source, folder *spill.Folder, room int64) (_ *Column, err error) {
	c := &Column{}
	defer func() {
		if err != nil {
			c.free()
		}
	}()
	pages, err := from.Snapshot.FileVectors(ctx, from.File, from.Column)
	if err != nil {
		return nil, err
	}
	for _, p := range pages {
		c.add(p)
	}
	if pages == nil {
		err = c.decode(ctx, from, folder, room)
	}
	if c.complete(); err == nil && c.Rows() != from.Rows {
		err = fmt.Errorf("there are %d rows of %d", c.Rows(), from.Rows)
	}
	return c, err
}

func (c *Column) decode(ctx context.Context, from Source, folder *spill.Folder, room int64) error {
	scan := catalog.Scan{Columns: []int{from.Column}, Mem: memory.DefaultAllocator, Stats: new(catalog.ScanStats), Rows: chunkRows}
	tasks, err := from.Snapshot.FileTasks(ctx, from.File, scan)
	if err != nil {
		return err
	}
	for _, task := range tasks {
		for batch, err := range task.Read(ctx) {
			if err == nil {
				err = ctx.Err()
			}
			if err == nil {
				err = c.keep(batch, folder)
			}
			if err != nil {
				return err
			}
			if c.bytes > room {
				return errNoRoom
			}
		}
	}
	if c.table == nil {
		return nil
	}
	if err := c.table.Finish(); err != nil {
		return err
	}
	for _, batch := range c.table.Batches() {
		batch.Column(0).Retain()
		c.add(batch.Column(0))
	}
	c.bytes = c.table.Bytes()
	return nil
}

// chunkRows is how many rows a chunk has at most.
const chunkRows = 64 << 10

// keep adds a batch: in memory while the column is small, else to its file, which then takes what is in memory too.
func (c *Column) keep(batch arrow.RecordBatch, folder *spill.Folder) error {
	c.bytes += held(batch.Column(0).Data())
	if c.table == nil && c.bytes <= smallBytes {
		chunk, err := array.Concatenate([]arrow.Array{batch.Column(0)}, memory.DefaultAllocator) // it may lie in the data file
		if err == nil {
			c.add(chunk)
		}
		return err
	}
	if c.table == nil {
		c.table = folder.CreateTable(batch.Schema())
		for _, chunk := range c.Chunks {
			before := catalog.NewBatch(batch.Schema(), []arrow.Array{chunk}, int64(chunk.Len()))
			err := c.table.Write(before)
			before.Release()
			if err != nil {
				return err
			}
			chunk.Release()
		}
		c.Chunks, c.ends = nil, nil
	}
	return c.table.Write(batch)
}

// held is what an array keeps in memory: whole buffers, of which it may show a part.
func held(data arrow.ArrayData) int64 {
	n := int64(0)
	for _, b := range data.Buffers() {
		if b != nil {
			n += int64(b.Len())
		}
	}
	for _, child := range data.Children() {
		n += held(child)
	}
	return n
}
