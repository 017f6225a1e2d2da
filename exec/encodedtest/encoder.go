// Package encodedtest encodes columns of text for tests (catalog.Encoded), by dictionaries as odd as files can have them:
// entries stand there twice, in no order, or have no rows, and there may be none at all.
package encodedtest

import (
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/catalog"
)

// An Encoder keeps the dictionary of each column, so that batches share it until a text is missing.
type Encoder struct {
	Mem  memory.Allocator
	used map[int]*dictionary
}

type dictionary struct {
	entries arrow.Array
	codes   map[string]uint32 // of the first of two equal entries
}

// Release frees the dictionaries.
func (e *Encoder) Release() {
	for _, d := range e.used {
		d.entries.Release()
	}
}

// Batch encodes the columns of text that are wanted.
func (e *Encoder) Batch(batch arrow.RecordBatch, wanted func(i int) bool) arrow.RecordBatch {
	columns := make([]arrow.Array, batch.NumCols())
	for i, c := range batch.Columns() {
		if wanted(i) && catalog.Encodes(c.DataType()) {
			columns[i] = e.Column(i, c)
		} else {
			c.Retain()
			columns[i] = c
		}
		defer columns[i].Release()
	}
	return catalog.NewBatch(batch.Schema(), columns, batch.NumRows())
}

// Column encodes a column, which has the dictionary i. The array is a slice of one that has a row before.
func (e *Encoder) Column(i int, a arrow.Array) arrow.Array {
	d := e.dictionary(i, a)
	b := array.NewUint32Builder(e.Mem)
	defer b.Release()
	b.Append(0)
	for row := range a.Len() {
		if a.IsNull(row) {
			b.AppendNull()
			continue
		}
		b.Append(d.codes[textAt(a, row)] + uint32(row%2))
	}
	codes := b.NewArray()
	defer codes.Release()
	all := array.NewDictionaryArray(catalog.Encoded(a.DataType()), codes, d.entries)
	defer all.Release()
	return array.NewSlice(all, 1, int64(all.Len()))
}

// dictionary is one that has all texts of a column.
func (e *Encoder) dictionary(i int, a arrow.Array) *dictionary {
	d := e.used[i]
	missing := d == nil
	texts := map[string]bool{}
	for row := range a.Len() {
		if a.IsNull(row) {
			continue
		}
		texts[textAt(a, row)] = true
		if !missing {
			_, ok := d.codes[textAt(a, row)]
			missing = !ok
		}
	}
	if !missing {
		return d
	}
	if d != nil {
		d.entries.Release()
	}
	d = &dictionary{codes: map[string]uint32{}}
	b := array.NewBuilder(e.Mem, a.DataType())
	defer b.Release()
	add := func(s string) {
		switch b := b.(type) {
		case *array.StringBuilder:
			b.Append(s)
		case *array.BinaryBuilder:
			b.Append([]byte(s))
		}
	}
	for s := range texts {
		if b.Len() == 0 {
			add("an entry that no row has")
		}
		d.codes[s] = uint32(b.Len())
		add(s)
		add(s)
	}
	d.entries = b.NewArray()
	if e.used == nil {
		e.used = map[int]*dictionary{}
	}
	e.used[i] = d
	return d
}

// textAt is a copy: the encoder keeps it beyond the batch.
func textAt(a arrow.Array, row int) string {
	switch a := a.(type) {
	case *array.String:
		return strings.Clone(a.Value(row))
	case *array.Binary:
		return string(a.Value(row))
	}
	panic("no column of text: " + a.DataType().String())
}
