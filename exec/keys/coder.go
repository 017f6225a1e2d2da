package keys

import (
	"math"
	"math/bits"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/exec/gather"
)

// A coder turns the values of one key column into codes from 0 on, as few as the values that were learned leave room for: what
// fits into a word counts from the least value, what does not is numbered. So the keys of several columns fit into one word.
type coder struct {
	column   column
	narrow   func(to []uint64, a arrow.Array) []uint64 // nil for what is numbered
	nullSafe bool                                      // NULL has a code too
	encoder  *Encoder                                  // of what is numbered and no text

	unsafe []bool // of a coder of several columns: those whose NULL equals nothing

	least, most uint64 // of narrow values
	numbers     byteTable
	width       int // of codes, in bits
}

// absent is the code of a value that no key has, and of a NULL that equals nothing.
const absent = math.MaxUint64

func newCoder(dt arrow.DataType, nullSafe bool) (*coder, error) {
	o, err := NewOrdinals(dt)
	if err != nil {
		return nil, err
	}
	c := &coder{narrow: o.narrow, nullSafe: nullSafe, least: math.MaxUint64}
	if c.column, err = columnOf(dt); err != nil {
		return nil, err
	}
	if c.narrow == nil {
		c.numbers.init()
		if !isText(dt) {
			c.encoder, err = NewEncoder([]arrow.DataType{dt}, make([]Order, 1))
		}
	}
	return c, err
}

// bounds are the least and the largest word of values.
func (c *coder) bounds(a arrow.Array, scratch []uint64) (least, most uint64, words []uint64) {
	words = c.narrow(scratch[:0], a)
	least = math.MaxUint64
	nulls := a.NullN() > 0
	for i, w := range words {
		if !nulls || a.IsValid(i) {
			least, most = min(least, w), max(most, w)
		}
	}
	return least, most, words
}

// finish settles the codes, once all values are learned.
func (c *coder) finish() {
	if c.narrow == nil {
		c.width = bits.Len(uint(len(c.numbers.ends)))
		return
	}
	if c.least > c.most { // there is none
		c.least = c.most
	}
	c.width = bits.Len64(c.most - c.least)
	if c.nullSafe {
		c.width = max(c.width, bits.Len64(c.most-c.least+1))
	}
}

// null is the code of NULL, if that is a key.
func (c *coder) null() uint64 { return c.most - c.least + 1 }

// codeScratch is the memory of one caller.
type codeScratch struct {
	codes   []uint64
	ids     []uint32
	entries entryIDs
	rows    Rows
}

// codes are the codes of a column's values. With learn, values that have no code get one; only one caller may do so.
func (c *coder) codes(s *codeScratch, a arrow.Array, learn bool) []uint64 {
	if c.narrow == nil {
		return c.number(s, a, learn)
	}
	s.codes = c.narrow(s.codes[:0], a)
	span := c.most - c.least
	for i, w := range s.codes {
		if w -= c.least; w > span {
			w = absent
		}
		s.codes[i] = w
	}
	if a.NullN() > 0 {
		null := uint64(absent)
		if c.nullSafe {
			null = c.null()
		}
		for i := range s.codes {
			if a.IsNull(i) {
				s.codes[i] = null
			}
		}
	}
	return s.codes
}

func (c *coder) number(s *codeScratch, a arrow.Array, learn bool) []uint64 {
	n := a.Len()
	s.ids, s.codes = resize(s.ids, n), resize(s.codes, n)
	find := getText
	if learn {
		find = putText
	}
	if c.encoder == nil {
		c.numbers.number(&s.entries, a, s.ids, find)
	} else {
		plain := gather.Plain(memory.DefaultAllocator, a)
		defer plain.Release()
		c.encoder.Encode([]arrow.Array{plain}, n, &s.rows)
		find.texts(&c.numbers, &s.rows, nil, s.ids)
	}
	nulls := !c.nullSafe && (a.NullN() > 0 || c.column.kind == null)
	for i, id := range s.ids {
		s.codes[i] = uint64(id)
		if id == Missing || nulls && (c.column.kind == null || a.IsNull(i)) {
			s.codes[i] = absent
		}
	}
	return s.codes
}

// newWholeCoder makes a coder of all columns together.
func newWholeCoder(types []arrow.DataType, nullSafe []bool) (*coder, error) {
	c := &coder{unsafe: make([]bool, len(types))}
	for i, safe := range nullSafe {
		c.unsafe[i] = !safe
	}
	c.numbers.init()
	var err error
	c.encoder, err = NewEncoder(types, make([]Order, len(types)))
	return c, err
}

// wholes are the codes of rows of several columns.
func (c *coder) wholes(s *codeScratch, columns []arrow.Array, learn bool) []uint64 {
	n := columns[0].Len()
	c.encoder.Encode(columns, n, &s.rows)
	s.ids, s.codes = resize(s.ids, n), resize(s.codes, n)
	find := getText
	if learn {
		find = putText
	}
	find.texts(&c.numbers, &s.rows, nil, s.ids)
	for i, id := range s.ids {
		s.codes[i] = uint64(id)
		if id == Missing {
			s.codes[i] = absent
		}
	}
	for i, a := range columns {
		if !c.unsafe[i] || a.NullN() == 0 && a.DataType().ID() != arrow.NULL {
			continue
		}
		for row := range s.codes {
			if a.IsNull(row) || a.DataType().ID() == arrow.NULL {
				s.codes[row] = absent
			}
		}
	}
	return s.codes
}
