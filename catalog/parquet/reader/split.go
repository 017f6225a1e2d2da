package reader

import "github.com/parquet-go/parquet-go/format"

// split cuts ranges of a row group, none of them with a list, into pieces of about as many rows each: at least rows, unless
// there are fewer in all, and less than twice as many, give or take a page. Where it takes reading all rows before a piece to
// find where it begins there is one piece.
func (p *plan) split(group *rowGroup, ranges []selection, rows int64) [][]selection {
	left := int64(0)
	for _, r := range ranges {
		left += r.to - r.from
	}
	if left/2 < rows || !p.seekable(group) {
		return [][]selection{ranges}
	}
	if rows = max(rows, p.decodedTogether(group)); left/2 < rows {
		return [][]selection{ranges}
	}
	var pieces [][]selection
	for n := left / rows; n > 0 && left > 0; n-- {
		var piece []selection
		for room := max(left/n, 1); room > 0 && left > 0; {
			r := ranges[0]
			if r.to-r.from > room {
				r.to = min(r.to, p.cut(group, r.from, r.from+room))
				room = 0
			} else {
				room -= r.to - r.from
			}
			piece = append(piece, r)
			left -= r.to - r.from
			if ranges[0].from = r.to; r.to == ranges[0].to {
				ranges = ranges[1:]
			}
		}
		pieces = append(pieces, piece)
	}
	return pieces
}

// cut is where a piece of rows from one on, which is to end at another, ends: where a page of vectors does. A batch takes
// vectors as they lie in their page; what crosses from one to the next is copied.
func (p *plan) cut(group *rowGroup, from, to int64) int64 {
	for _, c := range p.spec.Scan.Columns {
		b := p.columns[c]
		if !b.vector {
			continue
		}
		if chunk := group.chunks[b.leaves[0].node.Leaf]; len(chunk.pages) > 0 {
			page := chunk.pageOf(to)
			if start := chunk.pages[page].first; start > from {
				return start
			}
			return chunk.rowsFrom(page)
		}
	}
	return to
}

// seekable says whether reading the columns may begin anywhere in the row group: pages of lists must say which rows they have.
func (p *plan) seekable(group *rowGroup) bool {
	for _, b := range p.columns {
		if b == nil {
			continue
		}
		for _, leaf := range b.leaves {
			chunk := group.chunks[leaf.node.Leaf]
			if err := chunk.locate(); err != nil { // reading says so
				return false
			}
			if n := len(chunk.pages); n > 0 && chunk.pages[n-1].first < 0 {
				return false
			}
		}
	}
	return true
}

// decodedTogether is how many rows of the row group are best read by one task, because their values are decoded together:
// those of a page, unless it is read in place. Indexes into a dictionary are decoded so fast that two tasks may do it.
func (p *plan) decodedTogether(group *rowGroup) int64 {
	most := int64(0)
	for _, b := range p.columns {
		if b == nil {
			continue
		}
		if b.leaf != nil {
			most = max(most, group.chunks[b.leaf.Leaf].decodedTogether())
		}
		for _, leaf := range b.leaves {
			most = max(most, group.chunks[leaf.node.Leaf].decodedTogether())
		}
	}
	return most
}

func (c *chunk) decodedTogether() int64 {
	if err := c.locate(); err != nil || len(c.pages) == 0 {
		return 0
	}
	rows := c.rows / int64(len(c.pages))
	switch {
	case c.meta.MetaData.Codec != format.Uncompressed:
		return rows
	case c.dict > 0:
		return rows / 2
	case c.leaf.width() > 0 && c.isPlain():
		return 0
	}
	return rows
}

func (c *chunk) isPlain() bool {
	for _, e := range c.meta.MetaData.Encoding {
		if e != format.Plain && e != format.RLE && e != format.BitPacked {
			return false
		}
	}
	return true
}
