package reader

import (
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/float16"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/parquet-go/parquet-go/format"
)

// bounds are what statistics say of the values of a row group (one entry) or of its pages (an entry each).
type bounds struct {
	low, high arrow.Array // NULL where not known; nil if nowhere
	nullCount []nullCount
	exact     bool // low and high are values that occur, not shortened ones
	floats    bool // there may be NaN besides
}

type nullCount int

const (
	unknownNulls nullCount = iota
	noNulls
	someNulls
	allNulls
)

func (b *bounds) nulls(i int) nullCount { return b.nullCount[i] }

func (b *bounds) known(i int) bool { return b.low != nil && !b.low.IsNull(i) && !b.high.IsNull(i) }

func countNulls(nulls, values int64) nullCount {
	switch {
	case nulls == 0:
		return noNulls
	case nulls >= values:
		return allNulls
	}
	return someNulls
}

// constantBounds are those of a column that the file does not have.
func (b *binding) constantBounds() *bounds {
	if b.Default == nil || b.Default.IsNull(0) {
		return &bounds{nullCount: []nullCount{allNulls}}
	}
	return &bounds{low: b.Default, high: b.Default, nullCount: []nullCount{noNulls}, exact: true, floats: arrow.IsFloating(b.Field.Type.ID())}
}

// chunkBounds are those that a column's statistics state for a row group. A null count of zero cannot be told from one
// that is not stated.
func (b *binding) chunkBounds(c *chunk) *bounds {
	s := &c.meta.MetaData.Statistics
	out := b.newBounds(1)
	if s.NullCount > 0 {
		out.nullCount[0] = countNulls(s.NullCount, c.meta.MetaData.NumValues)
	}
	if c.leaf.Def == 0 {
		out.nullCount[0] = noNulls
	}
	low, high := s.MinValue, s.MaxValue
	switch {
	case !c.ordered():
		return out
	case low == nil && high == nil && c.leaf.signed(): // the older fields, whose order was only ever agreed on for these
		low, high = s.Min, s.Max
	}
	if low != nil && high != nil {
		b.setBounds(out, [][]byte{low}, [][]byte{high}, nil)
	}
	return out
}

// pageBounds are those of the column index; nil if there is none that makes sense.
func (b *binding) pageBounds(c *chunk) *bounds {
	var index format.ColumnIndex
	n := len(c.pages)
	if !c.ordered() || !c.file.decodeIndex(c.meta.ColumnIndexOffset, c.meta.ColumnIndexLength, &index) ||
		len(index.NullPages) != n || len(index.MinValues) != n || len(index.MaxValues) != n {
		return nil
	}
	out := b.newBounds(n)
	for i := range n {
		switch {
		case index.NullPages[i]:
			out.nullCount[i] = allNulls
		case c.leaf.Def == 0:
			out.nullCount[i] = noNulls
		case len(index.NullCounts) == n:
			out.nullCount[i] = countNulls(index.NullCounts[i], c.rowsFrom(i)-c.pages[i].first)
		}
	}
	b.setBounds(out, index.MinValues, index.MaxValues, index.NullPages)
	return out
}

func (b *binding) newBounds(n int) *bounds {
	physical := b.leaf.Type.V
	return &bounds{
		nullCount: make([]nullCount, n),
		exact:     physical != format.ByteArray && physical != format.FixedLenByteArray,
		floats:    physical == format.Float || physical == format.Double || b.leaf.meaning().kind == float16Meaning,
	}
}

// ordered says whether the file says in which order its bounds are bounds, or there is but one.
func (c *chunk) ordered() bool {
	if orders := c.file.meta.ColumnOrders; c.leaf.Leaf < len(orders) {
		if _, ok := orders[c.leaf.Leaf].Value.(*format.TypeDefinedOrder); ok {
			return c.leaf.Type.V != format.Int96 && c.leaf.meaning().kind != intervalMeaning
		}
	}
	return c.leaf.signed()
}

// signed says whether values are numbers that everybody orders as signed ones.
func (n *node) signed() bool {
	switch n.Type.V {
	case format.Int32, format.Int64:
		return !n.meaning().unsigned
	case format.Float, format.Double:
		return true
	}
	return false
}

// setBounds decodes bounds, each written as a plain value without a length.
func (b *binding) setBounds(out *bounds, lows, highs [][]byte, skip []bool) {
	low, okLow := b.decodeBounds(lows, skip)
	high, okHigh := b.decodeBounds(highs, skip)
	if okLow && okHigh {
		out.low, out.high = low, high
	}
}

// decodeBounds makes an array of the column's type; where there is no sound bound it has NULL.
func (b *binding) decodeBounds(raw [][]byte, skip []bool) (arrow.Array, bool) {
	mem := memory.NewGoAllocator() // small, and left to the collector
	builder := newBuilder(mem, b.Field.Type, len(raw))
	width := b.leaf.width()
	for i, bound := range raw {
		v := &values{n: 1, layout: fixed, width: width, data: bound}
		switch {
		case skip != nil && skip[i], width > 0 && len(bound) != width, b.leaf.Type.V == format.Boolean && len(bound) != 1,
			b.leaf.floatNaN(bound):
			builder.appendNulls(1)
			continue
		case b.leaf.Type.V == format.Boolean:
			v.layout = bitmap
		case width == 0:
			v.layout, v.spans = spans, []span{{0, uint32(len(bound))}}
		}
		v, err := b.to.run(mem, v)
		if err != nil || builder.append(v, 0, 1) != nil {
			return nil, false
		}
	}
	return builder.finish(), true
}

// floatNaN says whether a bound is NaN, which some writers put where it bounds nothing.
func (n *node) floatNaN(b []byte) bool {
	switch {
	case n.Type.V == format.Float && len(b) == 4:
		return math.IsNaN(float64(elements[float32](b)[0]))
	case n.Type.V == format.Double && len(b) == 8:
		return math.IsNaN(elements[float64](b)[0])
	case len(b) == 2 && n.meaning().kind == float16Meaning:
		return float16.FromBits(elements[uint16](b)[0]).IsNaN()
	}
	return false
}
