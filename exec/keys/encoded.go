package keys

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/mediaflight/mediaflight/exec/gather"
)

// Columns of text may be encoded (catalog.Encoded). An entry of a dictionary is then hashed once, when the first row comes
// that has it, and the number it got is found by its code for the batches that share the dictionary. Equal texts have equal
// numbers, in whatever dictionary and however often they stand there, and entries without rows have none.
//
// So that a key of several columns gains by that, each text has a number of textBits where keys of such numbers fit into
// words. NULL has one too.

// textBits is how long the number of a text is. It leaves room in a word for that of a group and its bit for NULL, for the
// sake of count(DISTINCT text) of each group.
const textBits = 31

// entryIDs are the numbers of a dictionary's entries, as far as they are known.
type entryIDs struct {
	table      *byteTable
	dictionary arrow.ArrayData // its identity: it is not retained
	texts      Rows
	ids        []uint32
}

// unknown marks an entry that has not come yet. No table has as many keys.
const unknown = Missing - 1

func isText(dt arrow.DataType) bool { return dt.ID() == arrow.STRING || dt.ID() == arrow.BINARY }

// numbered is columns with numbers for those of text.
func numbered(columns []column, types []arrow.DataType) []column {
	out := slices.Clone(columns)
	for i, dt := range types {
		if isText(dt) {
			out[i].kind = number
		}
	}
	return out
}

func (t *Table) numberTexts(types []arrow.DataType) {
	t.packed = true
	t.texts = make([]*byteTable, len(types))
	for i, dt := range types {
		if isText(dt) {
			t.texts[i] = new(byteTable)
			t.texts[i].init()
		}
	}
}

// entryIDs is what is known about the dictionary of column i.
func (s *Scratch) entryIDs(i int) *entryIDs {
	for len(s.known) <= i {
		s.known = append(s.known, entryIDs{})
	}
	return &s.known[i]
}

// of turns to a column's dictionary and a table.
func (k *entryIDs) of(t *byteTable, a *array.Dictionary) {
	d := a.Data().Dictionary()
	if k.dictionary == d && k.table == t {
		return
	}
	k.table, k.dictionary, k.texts = t, d, textOfColumn(a.Dictionary())
	k.ids = resize(k.ids, d.Len())
	for i := range k.ids {
		k.ids[i] = unknown
	}
}

// encoded is the one column of text, if that is encoded.
func (t *Table) encoded(columns []arrow.Array) (*array.Dictionary, bool) {
	if !t.text {
		return nil, false
	}
	a, ok := columns[0].(*array.Dictionary)
	return a, ok
}

func (t *Table) insertEncoded(s *Scratch, a *array.Dictionary, ids, fresh []uint32) []uint32 {
	k := s.entryIDs(0)
	k.of(&t.bytes, a)
	nulls := a.NullN() > 0
	for i, code := range gather.Codes(a) {
		if nulls && a.IsNull(i) {
			var isNew bool
			if ids[i], isNew = t.bytes.putNull(); isNew {
				fresh = append(fresh, uint32(i))
			}
			continue
		}
		id := k.ids[code]
		if id == unknown {
			var isNew bool
			if id, isNew = t.bytes.put(k.texts.Key(int(code))); isNew {
				fresh = append(fresh, uint32(i))
			}
			k.ids[code] = id
		}
		ids[i] = id
	}
	return fresh
}

func (t *Table) findEncoded(s *Scratch, a *array.Dictionary, ids []uint32) {
	t.bytes.number(s.entryIDs(0), a, ids, getText)
}

// A textNumber finds the numbers of texts in a table, or of NULL.
type textNumber struct {
	texts func(t *byteTable, rows *Rows, null func(row int) bool, ids []uint32)
	text  func(t *byteTable, key []byte) uint32
	null  func(t *byteTable) uint32
}

var putText = textNumber{
	texts: func(t *byteTable, rows *Rows, null func(row int) bool, ids []uint32) { t.insert(rows, null, ids, nil) },
	text:  func(t *byteTable, key []byte) uint32 { id, _ := t.put(key); return id },
	null:  func(t *byteTable) uint32 { id, _ := t.putNull(); return id },
}

// getText comes to Missing for what the table does not have.
var getText = textNumber{texts: (*byteTable).find, text: (*byteTable).get, null: func(t *byteTable) uint32 { return t.null }}

// number sets ids to the numbers of a column's texts.
func (t *byteTable) number(k *entryIDs, column arrow.Array, ids []uint32, find textNumber) {
	a, ok := column.(*array.Dictionary)
	if !ok {
		rows := textOfColumn(column)
		find.texts(t, &rows, nullsOf(column), ids)
		return
	}
	nulls := column.NullN() > 0
	k.of(t, a)
	for i, code := range gather.Codes(a) {
		if nulls && a.IsNull(i) {
			ids[i] = find.null(t)
			continue
		}
		id := k.ids[code]
		if id == unknown {
			id = find.text(t, k.texts.Key(int(code)))
			k.ids[code] = id
		}
		ids[i] = id
	}
}
