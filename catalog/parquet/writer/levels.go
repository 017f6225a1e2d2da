package writer

import "encoding/binary"

// Levels are written in Parquet's hybrid of RLE runs and bit-packed runs, one byte a value in RLE runs because the
// levels of a vector column are at most 2.

// longVector is the length from which a row's repetition levels are smaller as two RLE runs than as packed bits.
const longVector = 40

// appendRun appends count equal levels. It appends nothing for none.
func appendRun(into []byte, count int, level byte) []byte {
	if count == 0 {
		return into
	}
	return append(binary.AppendUvarint(into, uint64(count)<<1), level)
}

// appendRepeats appends the repetition levels of rows that have dim elements each: 0 starts a row.
func appendRepeats(into []byte, rows, dim int) []byte {
	switch {
	case dim == 1:
		return appendRun(into, rows, 0)
	case dim < longVector:
		return appendPackedRepeats(into, rows, dim)
	}
	return appendRunRepeats(into, rows, dim)
}

// appendRunRepeats is appendRepeats as RLE runs alone.
func appendRunRepeats(into []byte, rows, dim int) []byte {
	for range rows {
		into = appendRun(into, 1, 0)
		into = appendRun(into, dim-1, 1)
	}
	return into
}

// appendPackedRepeats is appendRepeats as a single bit-packed run.
func appendPackedRepeats(into []byte, rows, dim int) []byte {
	groups := (rows*dim + 7) / 8
	into = appendPackedHeader(into, groups)
	at := len(into)
	for range groups {
		into = append(into, 0xFF)
	}
	for i := 0; i < groups*8; i += dim { // past the last row too: the levels there do not count
		into[at+i/8] &^= 1 << (i % 8)
	}
	return into
}

// appendPadded appends count equal levels, split into RLE runs such that before plus their size is a multiple of
// align, or of the largest smaller power of two from 4 for which count suffices. Failing that it appends one run.
func appendPadded(into []byte, count int, level byte, before, align int) []byte {
	const odd = 64 // a run of 64 takes three bytes, a run of one takes two
	for ; align >= 4; align /= 2 {
		for long := range 2 {
			for short := range align {
				rest := count - long*odd - short
				if rest <= 0 {
					break
				}
				if (before+3*long+2*short+len(appendRun(nil, rest, level)))%align != 0 {
					continue
				}
				for range long {
					into = appendRun(into, odd, level)
				}
				for range short {
					into = appendRun(into, 1, level)
				}
				return appendRun(into, rest, level)
			}
		}
	}
	return appendRun(into, count, level)
}
