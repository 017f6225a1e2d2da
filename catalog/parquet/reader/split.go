package reader

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
	var pieces [][]selection
	for n := left / rows; n > 0; n-- {
		var piece []selection
		for room := left / n; room > 0; {
			r := ranges[0]
			if whole := r.to - r.from; whole > room {
				r.to = r.from + room
				if start := p.pageStart(group, r.to); start > r.from {
					r.to = start
				}
				room = 0
			} else {
				room -= whole
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

// pageStart is the first row of the page of vectors that a row lies in, or the row itself where there is none. A batch
// takes vectors as they lie in their page; what crosses from one to the next is copied.
func (p *plan) pageStart(group *rowGroup, row int64) int64 {
	for _, c := range p.spec.Scan.Columns {
		b := p.columns[c]
		if !b.vector {
			continue
		}
		if chunk := group.chunks[b.leaves[0].node.Leaf]; len(chunk.pages) > 0 {
			return chunk.pages[chunk.pageOf(row)].first
		}
	}
	return row
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
