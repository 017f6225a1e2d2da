package simd

import "fmt"

// MostBytes is how long the rows of DotBytes may be: sums of longer ones might not fit 32 bits.
const MostBytes = 1 << 16

// DotBytes stores the inner products of a query and the first len(dots) of the rows, which lie one after another and have as
// many bytes as the query has: a multiple of 64, so that shorter ones end in zeros. All sets give the same numbers.
//
// Rows are unsigned because processors multiply signed bytes with unsigned ones only. Those that stand for numbers from -128
// to 127 have 128 added to them, and 128 times the sum of the query taken from the result.
func DotBytes(query []int8, rows []byte, dots []int32) {
	dim := len(query)
	if dim == 0 || dim%64 != 0 || dim > MostBytes || len(rows)/dim < len(dots) {
		panic(fmt.Sprintf("simd: %d bytes for %d rows of %d bytes", len(rows), len(dots), dim))
	}
	for step := max(uninterrupted/dim, 1); len(dots) > 0; {
		n := min(step, len(dots))
		active.DotBytes(query, rows[:n*dim], dots[:n])
		rows, dots = rows[n*dim:], dots[n:]
	}
}

// DotBytesTogether stores the inner products of four queries, which lie one after another and are as DotBytes takes them, and the
// first len(dots)/4 of the rows: those of the first query, then those of the second and so on. Multiples of four rows take half
// the time of four calls of DotBytes or less.
func DotBytesTogether(queries []int8, rows []byte, dots []int32) {
	dim, n := len(queries)/4, len(dots)/4
	if dim == 0 || len(queries)%256 != 0 || dim > MostBytes || len(rows)/dim < n || len(dots)%4 != 0 || n*dim > uninterrupted {
		panic(fmt.Sprintf("simd: %d bytes for %d rows of %d bytes, four queries", len(rows), n, dim))
	}
	active.DotBytes4(queries, rows[:n*dim], n, dots)
}

// MostTogether is how many rows of so many bytes DotBytesTogether takes.
func MostTogether(dim int) int { return uninterrupted / dim }
