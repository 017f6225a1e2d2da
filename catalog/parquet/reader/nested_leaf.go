package reader

import "github.com/apache/arrow-go/v18/arrow"

// A nestedLeaf is a leaf within a shape.
type nestedLeaf struct {
	*leafReader
	dt         arrow.DataType // nil if only its levels are wanted
	slot       int            // the definition level from which it has a place in its list
	nulls, pad int            // pad NULLs stand for a NULL FixedSizeList: definition levels [slot, nulls)

	// of the rows last read
	array    arrow.Array
	rep, def []uint8
}

// collect reads the levels of the rows and builds the array of their values.
func (l *nestedLeaf) collect(s selection) error {
	l.rep, l.def = l.rep[:0], l.def[:0]
	var b *builder
	if l.dt != nil {
		b = newBuilder(l.mem, l.dt, s.len())
	}
	err := s.pages(l.leafReader, func(p *page, part selection) error {
		for _, run := range part.runs() {
			if err := l.collectRun(b, p, int(run.from-p.first), int(run.to-p.first)); err != nil {
				return err
			}
		}
		return nil
	})
	switch {
	case b == nil:
	case err != nil:
		b.release()
		err = l.cutShort(err)
	default:
		l.array = b.finish()
	}
	return err
}

// collectRun collects rows [from, to) of page p, counted from its first. The last row may go on in the pages behind.
func (l *nestedLeaf) collectRun(b *builder, p *page, from, to int) error {
	begin, end, ends := p.entry(from), p.n, true
	if to < int(p.rows) {
		end = p.entry(to)
	} else if p.index+1 < len(l.chunk.pages) && l.chunk.pages[p.index+1].first < 0 {
		ends = false
	}
	if err := l.collectEntries(b, p, begin, end); err != nil {
		return err
	}
	for !ends && p.index+1 < len(l.chunk.pages) {
		var err error
		if p, err = l.after(p); err != nil {
			return err
		}
		end := p.n
		if p.rows > 0 {
			end, ends = p.entry(0), true
		}
		if err := l.collectEntries(b, p, 0, end); err != nil {
			return err
		}
	}
	return nil
}

// entry is the entry that begins the i-th row that begins in p.
func (p *page) entry(i int) int {
	switch {
	case p.uniform:
		return i * (p.n / int(p.rows))
	case p.begins != nil:
		return p.begins.place(i)
	}
	return i
}

// collectEntries takes entries [from, to) of p.
func (l *nestedLeaf) collectEntries(b *builder, p *page, from, to int) error {
	at, n := len(l.rep), to-from
	l.rep, l.def = extend(l.rep, n), extend(l.def, n)
	rep, def := l.rep[at:], l.def[at:]
	switch {
	case p.uniform:
		length := p.n / int(p.rows)
		for i := range rep {
			rep[i] = 1
		}
		for i := (from + length - 1) / length * length; i < to; i += length {
			rep[i-from] = 0
		}
	case p.rep != nil:
		copy(rep, p.rep[from:to])
	default:
		clear(rep)
	}
	if p.def == nil {
		for i := range def {
			def[i] = uint8(l.chunk.leaf.Def)
		}
		if b == nil {
			return nil
		}
		return b.append(p.values, from, to)
	}
	copy(def, p.def[from:to])
	if b == nil {
		return nil
	}
	highest := uint8(l.chunk.leaf.Def)
	for i := 0; i < n; {
		switch level := int(def[i]); {
		case def[i] == highest:
			j := i + 1
			for j < n && def[j] == highest {
				j++
			}
			if err := b.append(p.values, p.valid.rank(from+i), p.valid.rank(from+j)); err != nil {
				return err
			}
			i = j
			continue
		case l.pad > 0 && level < l.nulls && level >= l.slot:
			b.appendNulls(l.pad)
		case l.pad == 0 && level >= l.slot, l.pad > 0 && level > l.nulls:
			b.appendNulls(1)
		}
		i++
	}
	return nil
}

func extend(s []uint8, n int) []uint8 {
	if len(s)+n > cap(s) {
		grown := make([]uint8, len(s), max(2*cap(s), len(s)+n))
		copy(grown, s)
		s = grown
	}
	return s[:len(s)+n]
}
