package eval

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/exec/gather"
)

// CodedColumns lists the columns of numbers and dates that the condition takes as codes of a dictionary, because all it does is
// compare them with constants: entries are compared, and rows looked up. A file's date column, of which few days repeat, need
// not be decoded then.
func (c *Condition) CodedColumns() []int {
	var columns, others []int
	for _, t := range c.terms {
		if t.compare != nil && comparesCodes(t.compare.column.Type()) {
			columns = append(columns, t.compare.column.Index)
		} else {
			others = append(others, t.columns...)
		}
	}
	slices.Sort(columns)
	return slices.DeleteFunc(slices.Compact(columns), func(c int) bool { return slices.Contains(others, c) })
}

// comparesCodes tells types for which compareAll has a loop whatever the constant is.
func comparesCodes(dt arrow.DataType) bool {
	switch dt.ID() {
	case arrow.INT16, arrow.INT32, arrow.INT64, arrow.DATE32, arrow.TIME64, arrow.TIMESTAMP, arrow.DECIMAL128:
		return true
	}
	return false
}

// coded is a column of codes, but for text, which byEntry sees to.
func coded(a arrow.Array) (*array.Dictionary, bool) {
	d, ok := a.(*array.Dictionary)
	return d, ok && !catalog.Encodes(d.Dictionary().DataType())
}

// allCodes is compareAll for a column of codes.
func allCodes(d *array.Dictionary, op catalog.Op, value arrow.Array, into []uint32) []uint32 {
	holds := compareEntries(d, op, value)
	codes := gather.Codes(d)
	start, n := len(into), 0
	into = slices.Grow(into, len(codes))
	out := into[start : start+len(codes)]
	for i, code := range codes {
		out[n] = uint32(i)
		n += int(holds[code])
	}
	return into[:start+n]
}

// someCodes is compareSome for a column of codes.
func someCodes(d *array.Dictionary, op catalog.Op, value arrow.Array, rows []uint32) []uint32 {
	holds := compareEntries(d, op, value)
	codes := gather.Codes(d)
	n := 0
	for _, row := range rows {
		rows[n] = row
		n += int(holds[codes[row]])
	}
	return rows[:n]
}

// compareEntries has a 1 for each entry for which the comparison holds. The code of NULL may lie in an empty dictionary.
func compareEntries(d *array.Dictionary, op catalog.Op, value arrow.Array) []uint8 {
	entries := d.Dictionary()
	holds := make([]uint8, max(entries.Len(), 1))
	rows, _ := compareAll(entries, op, value, nil)
	for _, row := range rows {
		holds[row] = 1
	}
	return holds
}
