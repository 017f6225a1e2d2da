// Package keys turns the values of several columns into one key a row: words or bytes that are equal where SQL says the
// rows are the same, and that sort as SQL sorts them. Grouping, DISTINCT, hash joins, sorts and top-k work on such keys.
package keys

import (
	"encoding/binary"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/extensions"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/exec/gather"
)

// An Order is how one column sorts.
type Order struct {
	Descending bool
	NullsFirst bool
	// NotNull promises that the column has no NULL, which saves a byte a row.
	NotNull bool
}

// Rows holds the keys of rows one after the other.
type Rows struct {
	Bytes []byte
	Ends  []uint32 // where the key of each row ends

	start   uint32 // where the first key starts
	cursors []uint32
	bits    [][]uint64 // scratch for each column
}

// Key is the key of row i.
func (r *Rows) Key(i int) []byte {
	start := r.start
	if i > 0 {
		start = r.Ends[i-1]
	}
	return r.Bytes[start:r.Ends[i]]
}

// Check says whether values of a type can be keys.
func Check(dt arrow.DataType) error {
	_, err := columnOf(dt)
	return err
}

// column says how one column is encoded.
type column struct {
	kind     kind
	width    int // bytes of fixed and wide values
	children []column
}

type kind int

const (
	null   kind = iota // the type of NULL alone
	fixed              // at most 8 bytes: a word of bits.go
	wide               // 16 bytes: two words
	text               // bytes of any length
	number             // text, by a number of its own
	list
	vector
	record
)

func columnOf(dt arrow.DataType) (column, error) {
	switch t := dt.(type) {
	case *arrow.NullType:
		return column{kind: null}, nil
	case *arrow.BooleanType:
		return column{kind: fixed, width: 1}, nil
	case *arrow.Decimal128Type, *extensions.UUIDType, *arrow.MonthDayNanoIntervalType:
		return column{kind: wide, width: 16}, nil
	case *arrow.StringType, *arrow.BinaryType, *arrow.FixedSizeBinaryType, *extensions.JSONType:
		return column{kind: text}, nil
	case *arrow.Int8Type, *arrow.Int16Type, *arrow.Int32Type, *arrow.Int64Type, *arrow.Uint8Type, *arrow.Uint16Type,
		*arrow.Uint32Type, *arrow.Uint64Type, *arrow.Date32Type, *arrow.Date64Type, *arrow.Time32Type, *arrow.Time64Type,
		*arrow.TimestampType, *arrow.DurationType, *arrow.Float32Type, *arrow.Float64Type:
		return column{kind: fixed, width: t.(arrow.FixedWidthDataType).BitWidth() / 8}, nil
	case *arrow.ListType:
		return nested(list, t.Elem())
	case *arrow.FixedSizeListType:
		return nested(vector, t.Elem())
	case *arrow.StructType:
		types := make([]arrow.DataType, t.NumFields())
		for i := range types {
			types[i] = t.Field(i).Type
		}
		return nested(record, types...)
	}
	return column{}, fmt.Errorf("values of type %s cannot be compared", dt)
}

func nested(k kind, types ...arrow.DataType) (column, error) {
	c := column{kind: k}
	for _, t := range types {
		child, err := columnOf(t)
		if err != nil {
			return column{}, err
		}
		c.children = append(c.children, child)
	}
	return c, nil
}

// An Encoder makes keys whose bytes sort as the rows do.
type Encoder struct {
	columns []column
	orders  []Order
}

// NewEncoder returns an encoder for columns of the given types. Values of some types have no order.
func NewEncoder(types []arrow.DataType, orders []Order) (*Encoder, error) {
	e := &Encoder{orders: orders}
	for _, t := range types {
		c, err := columnOf(t)
		if err != nil {
			return nil, err
		}
		e.columns = append(e.columns, c)
	}
	return e, nil
}

// Width is the length of every key, if all are of one length.
func (e *Encoder) Width() (int, bool) {
	width := 0
	for i, c := range e.columns {
		if c.kind != fixed && c.kind != wide && c.kind != null {
			return 0, false
		}
		width += c.width
		if !e.orders[i].NotNull {
			width++
		}
	}
	return width, true
}

// Encode replaces what is in rows by the keys of n rows. Columns may be encoded.
func (e *Encoder) Encode(columns []arrow.Array, n int, rows *Rows) {
	prepared := make([]values, len(columns))
	rows.bits = resize(rows.bits, len(columns))
	for i, a := range columns {
		if a.DataType().ID() == arrow.DICTIONARY {
			a = gather.Plain(memory.DefaultAllocator, a)
			defer a.Release()
		}
		prepared[i] = prepare(e.columns[i], a, rows.bits[i])
		rows.bits[i] = prepared[i].bits
	}
	rows.layOut(prepared, e.orders, n)
	for i, v := range prepared {
		rows.fill(v, e.orders[i], n)
	}
}

// layOut computes where keys end and sets cursors to where they start.
func (r *Rows) layOut(columns []values, orders []Order, n int) {
	stride := 0
	for i, v := range columns {
		stride += v.column.width
		if !orders[i].NotNull {
			stride++
		}
	}
	r.Ends = resize(r.Ends, n)
	r.cursors = resize(r.cursors, n)
	for i := range r.Ends {
		r.Ends[i] = uint32(stride)
	}
	for _, v := range columns {
		v.addLengths(r.Ends)
	}
	end := uint32(0)
	for i, length := range r.Ends {
		r.cursors[i] = end
		end += length
		r.Ends[i] = end
	}
	r.Bytes = resize(r.Bytes, int(end))
}

// resize returns a slice of n elements, in the memory of s if they fit. What they hold is undefined.
func resize[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n, n+n/4)
	}
	return s[:n]
}

// Bytes that stand before a value.
const (
	nullFirst = 0
	present   = 1
	nullLast  = 2
)

// fill writes one column's share of every key and moves the cursors behind it.
func (r *Rows) fill(v values, order Order, n int) {
	if !order.NotNull {
		r.fillPresence(v, order, n)
	}
	var flip uint64
	if order.Descending {
		flip = ^uint64(0)
	}
	switch v.column.kind {
	case fixed:
		r.fillWords(v, flip, n)
	case wide:
		for i := range n {
			at := r.Bytes[r.cursors[i]:]
			high, low := v.bits[2*i]^flip, v.bits[2*i+1]^flip
			if v.IsNull(i) {
				high, low = 0, 0
			}
			binary.BigEndian.PutUint64(at, high)
			binary.BigEndian.PutUint64(at[8:], low)
			r.cursors[i] += 16
		}
	case text, list, vector, record:
		if v.plain {
			r.fillText(v, n)
			if !order.Descending {
				return
			}
			for i := range n {
				length := uint32(v.offsets[i+1]-v.offsets[i]) + 2
				invert(r.Bytes[r.cursors[i]-length : r.cursors[i]])
			}
			return
		}
		for i := range n {
			if v.IsNull(i) {
				continue
			}
			from := r.cursors[i]
			to := from + uint32(len(v.append(r.Bytes[from:from:r.Ends[i]], i)))
			if order.Descending {
				invert(r.Bytes[from:to])
			}
			r.cursors[i] = to
		}
	}
}

func (r *Rows) fillPresence(v values, order Order, n int) {
	missing := byte(nullLast)
	if order.NullsFirst {
		missing = nullFirst
	}
	if v.column.kind != null && v.NullN() == 0 {
		for i := range n {
			r.Bytes[r.cursors[i]] = present
			r.cursors[i]++
		}
		return
	}
	for i := range n {
		r.Bytes[r.cursors[i]] = present
		if v.column.kind == null || v.IsNull(i) {
			r.Bytes[r.cursors[i]] = missing
		}
		r.cursors[i]++
	}
}

func (r *Rows) fillWords(v values, flip uint64, n int) {
	if v.NullN() > 0 {
		for i := range n {
			if v.IsNull(i) {
				v.bits[i] = flip
			}
		}
	}
	switch v.column.width {
	case 1:
		for i, b := range v.bits[:n] {
			r.Bytes[r.cursors[i]] = byte(b ^ flip)
			r.cursors[i]++
		}
	case 2:
		for i, b := range v.bits[:n] {
			binary.BigEndian.PutUint16(r.Bytes[r.cursors[i]:], uint16(b^flip))
			r.cursors[i] += 2
		}
	case 4:
		for i, b := range v.bits[:n] {
			binary.BigEndian.PutUint32(r.Bytes[r.cursors[i]:], uint32(b^flip))
			r.cursors[i] += 4
		}
	case 8:
		for i, b := range v.bits[:n] {
			binary.BigEndian.PutUint64(r.Bytes[r.cursors[i]:], b^flip)
			r.cursors[i] += 8
		}
	}
}

// fillText copies text that needs no change but the two zeros behind it.
func (r *Rows) fillText(v values, n int) {
	for i := range n {
		at := r.Bytes[r.cursors[i]:]
		length := copy(at, v.bytes[v.offsets[i]:v.offsets[i+1]])
		at[length], at[length+1] = 0, 0
		r.cursors[i] += uint32(length) + 2
	}
}

func invert(b []byte) {
	for i := range b {
		b[i] = ^b[i]
	}
}
