package keys

import (
	"bytes"
	"slices"
	"sort"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// Ordinals turn values of one type into words whose order is the order of the values, so that what searches by order needs to
// know words only. Values that fit into a word are their own ordinals. Others are ranked among those learned: these have odd
// ordinals, and a value that lies between two of them has the even one in between.
type Ordinals struct {
	narrow  func(to []uint64, a arrow.Array) []uint64 // nil where values are ranked
	encoder *Encoder
	learned [][]byte // ascending, each once
}

// maxNarrowDigits is how many digits a decimal may have to fit into 64 bits for sure.
const maxNarrowDigits = 18

// NewOrdinals fails for a type whose values have no order.
func NewOrdinals(dt arrow.DataType) (*Ordinals, error) {
	c, err := columnOf(dt)
	if err != nil {
		return nil, err
	}
	if d, ok := dt.(*arrow.Decimal128Type); ok && d.Precision <= maxNarrowDigits {
		return &Ordinals{narrow: appendNarrowDecimals}, nil
	}
	if c.kind == fixed {
		return &Ordinals{narrow: appendBits}, nil
	}
	o := &Ordinals{}
	o.encoder, err = NewEncoder([]arrow.DataType{dt}, make([]Order, 1))
	return o, err
}

// Learn takes note of the values that others are going to be compared with. It is called once, before Append.
func (o *Ordinals) Learn(chunks []arrow.Array) {
	if o.narrow != nil {
		return
	}
	for _, a := range chunks {
		var rows Rows
		o.encoder.Encode([]arrow.Array{a}, a.Len(), &rows)
		for i := range a.Len() {
			o.learned = append(o.learned, rows.Key(i))
		}
	}
	slices.SortFunc(o.learned, bytes.Compare)
	o.learned = slices.CompactFunc(o.learned, bytes.Equal)
}

// Bytes is the memory held, about.
func (o *Ordinals) Bytes() int64 {
	var n int64
	for _, key := range o.learned {
		n += int64(len(key)) + 24
	}
	return n
}

// Append appends the ordinal of each value. What stands for NULL is undefined. It may be called at once.
func (o *Ordinals) Append(to []uint64, a arrow.Array) []uint64 {
	if o.narrow != nil {
		return o.narrow(to, a)
	}
	var rows Rows
	o.encoder.Encode([]arrow.Array{a}, a.Len(), &rows)
	for i := range a.Len() {
		key := rows.Key(i)
		at := sort.Search(len(o.learned), func(i int) bool { return bytes.Compare(o.learned[i], key) >= 0 })
		ordinal := uint64(2 * at)
		if at < len(o.learned) && bytes.Equal(o.learned[at], key) {
			ordinal++
		}
		to = append(to, ordinal)
	}
	return to
}

func appendNarrowDecimals(to []uint64, a arrow.Array) []uint64 {
	for _, v := range a.(*array.Decimal128).Values() {
		to = append(to, v.LowBits()^1<<63)
	}
	return to
}
