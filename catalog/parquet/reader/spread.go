package reader

import (
	"github.com/apache/arrow-go/v18/arrow/bitutil"
)

// appendNulls adds n NULLs.
func (b *builder) appendNulls(n int) {
	b.validity(n)
	bitutil.SetBitsTo(b.valid.Bytes(), int64(b.n), int64(n), false)
	b.nulls += n
	switch b.layout {
	case fixed:
		clear(b.grow(n))
	case bitmap:
		b.growBits(n)
		bitutil.SetBitsTo(b.data.Bytes(), int64(b.n), int64(n), false)
	case spans:
		for i, offsets := 0, b.growOffsets(n); i < n; i++ {
			offsets[i] = int32(b.size)
		}
	}
	b.n += n
}

// appendSpread takes rows [from, to) of a page with NULLs.
func (b *builder) appendSpread(v *values, valid *placement, from, to int) error {
	if err := v.find(); err != nil {
		return err
	}
	n, at := to-from, valid.rank(from)
	set := valid.rank(to) - at
	if set == 0 {
		b.appendNulls(n)
		return nil
	}
	b.validity(n)
	bitutil.CopyBitmap(valid.bits, from, n, b.valid.Bytes(), b.n)
	b.nulls += n - set
	switch {
	case b.layout == fixed && v.dict != nil:
		wide := make([]uint32, n)
		spread(wide, v.index[at:at+set], valid.bits, from)
		gatherFixed(b.grow(n), v.dict.data, wide, 0, b.width)
	case b.layout == fixed:
		spreadFixed(b.grow(n), v.data[at*b.width:(at+set)*b.width], valid.bits, from, n, b.width)
	case b.layout == bitmap:
		b.growBits(n)
		for i := range n {
			has := valid.has(from + i)
			bitutil.SetBitTo(b.data.Bytes(), b.n+i, has && bitutil.BitIsSet(v.data, at))
			if has {
				at++
			}
		}
	default:
		data, all := v.data, v.spans
		if v.dict != nil {
			data, all = v.dict.data, v.dict.spans
		}
		return b.gatherSpans(data, n, func(into []span, start int) {
			for i := range into {
				into[i] = span{}
				if valid.has(from + start + i) {
					if v.dict != nil {
						into[i] = all[v.index[at]]
					} else {
						into[i] = all[at]
					}
					at++
				}
			}
		})
	}
	b.n += n
	return nil
}

// appendSpreadRows takes the listed rows, each less base, of a page with NULLs.
func (b *builder) appendSpreadRows(v *values, valid *placement, rows []uint32, base uint32) error {
	for len(rows) > 0 { // run by run of rows that have a value or have none
		n, has := 1, valid.has(int(rows[0]-base))
		for n < len(rows) && n < spanRows && valid.has(int(rows[n]-base)) == has {
			n++
		}
		if !has {
			b.appendNulls(n)
			rows = rows[n:]
			continue
		}
		var ranks [spanRows]uint32
		for i, row := range rows[:n] {
			ranks[i] = uint32(valid.rank(int(row - base)))
		}
		if err := b.appendRows(v, ranks[:n], 0); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

// spread lays src out to the places of dst that have a bit set from bit from on.
func spread[T any](dst, src []T, valid []byte, from int) {
	at := 0
	var zero T // what NULLs hold: never what the memory held before
	for i := range dst {
		if bit := from + i; valid[bit>>3]>>(bit&7)&1 != 0 {
			dst[i] = src[at]
			at++
		} else {
			dst[i] = zero
		}
	}
}

// spreadNumbers is spread without a branch a value, which NULLs at random would mispredict.
func spreadNumbers[T uint32 | uint64](dst, src []T, valid []byte, from int) {
	at, last := 0, len(src)-1
	for i := range dst {
		bit := from + i
		set := int(valid[bit>>3] >> (bit & 7) & 1)
		dst[i] = src[min(at, last)] & -T(set)
		at += set
	}
}

func spreadFixed(dst, src, valid []byte, from, n, width int) {
	switch width {
	case 4:
		spreadNumbers(elements[uint32](dst)[:n], elements[uint32](src), valid, from)
	case 8:
		spreadNumbers(elements[uint64](dst)[:n], elements[uint64](src), valid, from)
	default:
		at := 0
		for i := range n {
			out := dst[i*width : (i+1)*width]
			if bit := from + i; valid[bit>>3]>>(bit&7)&1 != 0 {
				at += copy(out, src[at:])
			} else {
				clear(out)
			}
		}
	}
}
