package sidetable

import (
	"sort"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/mediaflight/mediaflight/exec/spill"
)

// A Column is the values of a column of a file, in chunks one after the other. It may be read at once, under debug.SetPanicOnFault,
// because it may lie in a mapped file.
type Column struct {
	Chunks []arrow.Array
	ends   []int64 // the row behind each chunk
	even   int64   // how many rows all chunks but the last have; 0 if that is not so
	bytes  int64   // that it takes besides the data file
	table  *spill.Table
}

func (c *Column) add(chunk arrow.Array) {
	before := int64(0)
	if n := len(c.ends); n > 0 {
		before = c.ends[n-1]
	}
	c.Chunks, c.ends = append(c.Chunks, chunk), append(c.ends, before+int64(chunk.Len()))
}

// complete is called when all chunks have been added.
func (c *Column) complete() {
	if len(c.ends) == 0 {
		return
	}
	c.even = c.ends[0]
	for i, end := range c.ends[:len(c.ends)-1] {
		if end != int64(i+1)*c.even {
			c.even = 0
		}
	}
}

// Rows is how many rows there are.
func (c *Column) Rows() int64 {
	if n := len(c.ends); n > 0 {
		return c.ends[n-1]
	}
	return 0
}

// Find tells which chunk has a row, and where.
func (c *Column) Find(row int64) (chunk, at int) {
	if c.even > 0 {
		chunk = int(row / c.even)
		if chunk < len(c.ends) && row < c.ends[chunk] {
			return chunk, int(row - int64(chunk)*c.even)
		}
	}
	chunk = sort.Search(len(c.ends), func(i int) bool { return row < c.ends[i] })
	if chunk > 0 {
		row -= c.ends[chunk-1]
	}
	return chunk, int(row)
}

// inPlace tells a column that lies in the data file.
func (c *Column) inPlace() bool { return c.bytes == 0 && len(c.Chunks) > 0 }

// free lets go of what the column is made of.
func (c *Column) free() {
	for _, chunk := range c.Chunks {
		chunk.Release()
	}
	if c.table != nil {
		c.table.Free()
	}
}
