package reader

import "sort"

// A selection is rows of a row group: all of [from, to), or those listed, ascending, which lie in it.
type selection struct {
	from, to int64
	rows     []uint32
}

func (s selection) len() int {
	if s.rows != nil {
		return len(s.rows)
	}
	return int(s.to - s.from)
}

// pages calls f for each part of the selection whose rows begin in one page.
func (s selection) pages(l *leafReader, f func(p *page, part selection) error) error {
	rows := s.rows
	for at := s.from; at < s.to; {
		if s.rows != nil {
			if len(rows) == 0 {
				return nil
			}
			at = int64(rows[0])
		}
		p, err := l.pageAt(at)
		if err != nil {
			return err
		}
		end := min(s.to, p.first+p.rows)
		part := selection{from: at, to: end}
		if s.rows != nil {
			n := sort.Search(len(rows), func(i int) bool { return int64(rows[i]) >= end })
			part.rows, rows = rows[:n], rows[n:]
		}
		if err := f(p, part); err != nil {
			return err
		}
		at = end
	}
	return nil
}

// runs are the selection's stretches of rows without a gap.
func (s selection) runs() []selection {
	if s.rows == nil {
		return []selection{s}
	}
	var runs []selection
	for _, row := range s.rows {
		if n := len(runs); n > 0 && runs[n-1].to == int64(row) {
			runs[n-1].to++
		} else {
			runs = append(runs, selection{from: int64(row), to: int64(row) + 1})
		}
	}
	return runs
}

// list appends the selection's rows one by one.
func (s selection) list(into []uint32) []uint32 {
	if s.rows != nil {
		return append(into, s.rows...)
	}
	for row := s.from; row < s.to; row++ {
		into = append(into, uint32(row))
	}
	return into
}
