package keys

import (
	"github.com/apache/arrow-go/v18/arrow"
)

// A chain numbers keys of a few columns that do not fit into a word: it numbers the values of each column, then the pairs of the
// first column's numbers and the second's, the pairs of these and the third's, and so on. Each number comes from a table of words,
// or is found by a code, where bytes would have to be written, hashed and compared: distinct pairs of a text of three and a
// bigint take a third of the time.
type chain struct {
	columns []link
	pairs   []wordTable // of the columns so far and the next
}

// A link numbers the values of one column.
type link struct {
	words wordTable
	texts *byteTable // nil where values are words
}

// maxChain is for how many columns that is worth it: there is a table for each.
const maxChain = 4

// newChain is nil for types that have no such numbers.
func newChain(columns []column, types []arrow.DataType) *chain {
	if len(columns) < 2 || len(columns) > maxChain {
		return nil
	}
	c := &chain{columns: make([]link, len(columns)), pairs: make([]wordTable, len(columns)-1)}
	for i, column := range columns {
		switch {
		case isText(types[i]):
			c.columns[i].texts = new(byteTable)
			c.columns[i].texts.init()
		case column.kind == fixed:
			c.columns[i].words.init()
		default:
			return nil
		}
	}
	for i := range c.pairs {
		c.pairs[i].init()
	}
	return c
}

func (c *chain) len() int { return c.pairs[len(c.pairs)-1].len() }

func (c *chain) size() int64 {
	var n int64
	for i := range c.columns {
		n += c.columns[i].words.size()
		if c.columns[i].texts != nil {
			n += c.columns[i].texts.size()
		}
	}
	for i := range c.pairs {
		n += c.pairs[i].size()
	}
	return n
}

func (c *chain) insert(s *Scratch, columns []arrow.Array, ids, fresh []uint32) []uint32 {
	s.words, s.ids = resize(s.words, len(ids)), resize(s.ids, len(ids))
	for i, a := range columns {
		codes := s.ids
		if i == 0 {
			codes = ids
		}
		l := &c.columns[i]
		if l.texts != nil {
			l.texts.number(s.entryIDs(i), a, codes, putText)
		} else {
			s.bits = appendBits(s.bits[:0], a)
			if a.NullN() > 0 {
				s.fresh = l.words.insertNullable(s.bits, a, codes, s.fresh[:0])
			} else {
				s.fresh = l.words.insert(s.bits, codes, s.fresh[:0])
			}
		}
		if i > 0 {
			s.pair(ids, codes)
			s.fresh = c.pairs[i-1].insert(s.words, ids, s.fresh[:0])
		}
	}
	return append(fresh, s.fresh...)
}

func (c *chain) find(s *Scratch, columns []arrow.Array, ids []uint32) {
	s.words, s.ids = resize(s.words, len(ids)), resize(s.ids, len(ids))
	for i, a := range columns {
		codes := s.ids
		if i == 0 {
			codes = ids
		}
		c.columns[i].find(s, i, a, codes)
		if i == 0 {
			continue
		}
		s.pair(ids, codes)
		for row, id := range ids {
			if id == Missing {
				codes[row] = Missing
			}
		}
		c.pairs[i-1].find(s.words, ids)
		for row, code := range codes {
			if code == Missing {
				ids[row] = Missing
			}
		}
	}
}

func (l *link) find(s *Scratch, i int, a arrow.Array, codes []uint32) {
	if l.texts != nil {
		l.texts.number(s.entryIDs(i), a, codes, getText)
		return
	}
	s.bits = appendBits(s.bits[:0], a)
	l.words.find(s.bits, codes)
	if a.NullN() > 0 {
		for row := range codes {
			if a.IsNull(row) {
				codes[row] = l.words.null
			}
		}
	}
}

// pair makes a word of two numbers.
func (s *Scratch) pair(ids, codes []uint32) {
	codes = codes[:len(ids)]
	for row, id := range ids {
		s.words[row] = uint64(id)<<32 | uint64(codes[row])
	}
}
