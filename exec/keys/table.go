package keys

import (
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// Missing is what Find answers for a key that the table does not have.
const Missing = ^uint32(0)

// A Table numbers different keys from 0 in the order they first came. NULL is a value like any other. Find may be
// called at once as long as Insert is not.
type Table struct {
	encoder *Encoder
	packed  bool // keys fit into words
	text    bool // there is one column, of text
	words   wordTable
	bytes   byteTable
	chain   *chain       // keys are numbered column by column; else nil
	texts   []*byteTable // numbers for the texts of columns, where keys fit into words with these; nil for other columns
}

// NewTable returns an empty table of keys of the given types.
func NewTable(types []arrow.DataType) (*Table, error) {
	e, err := NewEncoder(types, make([]Order, len(types)))
	if err != nil {
		return nil, err
	}
	t := &Table{encoder: e, packed: packs(e.columns)}
	t.text = len(types) == 1 && isText(types[0])
	if !t.packed && !t.text && packs(numbered(e.columns, types)) {
		t.numberTexts(types)
	}
	if !t.packed && !t.text {
		t.chain = newChain(e.columns, types)
	}
	if t.packed {
		t.words.init()
	} else {
		t.bytes.init()
	}
	return t, nil
}

// packs says whether a bit for NULL and the value of each column fit into a word together. A single column needs no
// such bit: its NULL has a place of its own.
func packs(columns []column) bool {
	bits := 0
	for _, c := range columns {
		switch c.kind {
		case fixed:
			bits += 8*c.width + 1
		case number:
			bits += textBits
		default:
			return false
		}
	}
	return len(columns) == 1 || bits <= 64 && len(columns) > 0
}

// Len is the number of keys.
func (t *Table) Len() int {
	if t.chain != nil {
		return t.chain.len()
	}
	if t.packed {
		return t.words.len()
	}
	return len(t.bytes.ends)
}

// IsArray says whether keys lie so close together that their numbers are in an array.
func (t *Table) IsArray() bool { return t.packed && t.chain == nil && t.words.dense != nil }

// Bytes is the memory held.
func (t *Table) Bytes() int64 {
	n := t.words.size() + t.bytes.size()
	if t.chain != nil {
		n += t.chain.size()
	}
	for _, texts := range t.texts {
		if texts != nil {
			n += texts.size()
		}
	}
	return n
}

// Scratch is the memory of one caller, either of Insert or of Find. It remembers what Find did not find.
type Scratch struct {
	rows  Rows
	text  Rows // in the memory of the column
	words []uint64
	bits  []uint64
	ids   []uint32
	fresh []uint32
	known []entryIDs // of each encoded column
}

// Insert sets ids to the numbers of the keys of n rows, adding those that are new. It returns the rows that were the
// first of their keys, ascending, in the memory of fresh.
func (t *Table) Insert(s *Scratch, columns []arrow.Array, n int, ids, fresh []uint32) []uint32 {
	fresh = fresh[:0]
	if t.chain != nil {
		return t.chain.insert(s, columns, ids[:n], fresh)
	}
	if !t.packed {
		if a, ok := t.encoded(columns); ok {
			return t.insertEncoded(s, a, ids[:n], fresh)
		}
		return t.bytes.insert(t.rows(s, columns, n), t.nullRows(columns), ids[:n], fresh)
	}
	t.pack(s, columns, n, putText)
	if len(columns) == 1 && columns[0].NullN() > 0 {
		return t.words.insertNullable(s.words, columns[0], ids[:n], fresh)
	}
	return t.words.insert(s.words, ids[:n], fresh)
}

// Find sets ids to the numbers of the keys of n rows, or to Missing.
func (t *Table) Find(s *Scratch, columns []arrow.Array, n int, ids []uint32) {
	if t.chain != nil {
		t.chain.find(s, columns, ids[:n])
		return
	}
	if !t.packed {
		if a, ok := t.encoded(columns); ok {
			t.findEncoded(s, a, ids[:n])
			return
		}
		t.bytes.find(t.rows(s, columns, n), t.nullRows(columns), ids[:n])
		return
	}
	absent := t.pack(s, columns, n, getText)
	t.words.find(s.words, ids[:n])
	for _, row := range absent {
		ids[row] = Missing
	}
	if len(columns) == 1 && columns[0].NullN() > 0 {
		for i := range n {
			if columns[0].IsNull(i) {
				ids[i] = t.words.null
			}
		}
	}
}

// rows sets the scratch's rows to the keys of n rows. A single column of text is its own key.
func (t *Table) rows(s *Scratch, columns []arrow.Array, n int) *Rows {
	if !t.text {
		t.encoder.Encode(columns, n, &s.rows)
		return &s.rows
	}
	s.text = textOfColumn(columns[0])
	return &s.text
}

func textOfColumn(a arrow.Array) Rows {
	switch a := textStorage(a).(type) {
	case *array.String:
		return textRows(a.ValueOffsets(), a.Data())
	case *array.Binary:
		return textRows(a.ValueOffsets(), a.Data())
	}
	panic("keys: not a column of text: " + a.DataType().String())
}

// textRows views the values of a column as keys.
func textRows(offsets []int32, data arrow.ArrayData) Rows {
	if len(offsets) == 0 || data.Buffers()[2] == nil {
		return Rows{Ends: make([]uint32, data.Len())}
	}
	ends := unsafe.Slice((*uint32)(unsafe.Pointer(unsafe.SliceData(offsets))), len(offsets))
	return Rows{Bytes: data.Buffers()[2].Bytes(), Ends: ends[1:], start: ends[0]}
}

// nullRows says which rows are the NULL of a column that is its own key; it is nil if none is.
func (t *Table) nullRows(columns []arrow.Array) func(row int) bool {
	if !t.text {
		return nil
	}
	return nullsOf(columns[0])
}

// nullsOf says which rows are NULL; it is nil if none is.
func nullsOf(a arrow.Array) func(row int) bool {
	if a.NullN() == 0 {
		return nil
	}
	return a.IsNull
}

// pack puts the key of each row into a word. It returns the rows that have a text which number does not find.
func (t *Table) pack(s *Scratch, columns []arrow.Array, n int, number textNumber) (absent []uint32) {
	if len(columns) == 1 {
		s.words = appendBits(s.words[:0], columns[0])
		return nil
	}
	s.words = resize(s.words, n)
	clear(s.words)
	for i, a := range columns {
		if t.texts != nil && t.texts[i] != nil {
			s.ids = resize(s.ids, n)
			t.texts[i].number(s.entryIDs(i), a, s.ids, number)
			for row, id := range s.ids {
				if id == Missing {
					absent = append(absent, uint32(row))
				}
				s.words[row] = s.words[row]<<textBits | uint64(id)&(1<<textBits-1)
			}
			continue
		}
		s.bits = appendBits(s.bits[:0], a)
		width := 8 * t.encoder.columns[i].width
		for row, b := range s.bits {
			s.words[row] = s.words[row]<<(width+1) | b
		}
		if a.NullN() > 0 {
			for row := range n {
				if a.IsNull(row) {
					s.words[row] = s.words[row]&^(1<<width-1) | 1<<width
				}
			}
		}
	}
	return absent
}
