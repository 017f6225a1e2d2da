package exec

import (
	"iter"

	"github.com/apache/arrow-go/v18/arrow"
)

// places are where sorted rows lie: in which partition, and among which peers, the rows that the order does not tell apart.
type places struct {
	rows       int
	partitions []int       // where each starts, and the number of rows
	peers      []int       // of each row: the number of its group of peers, counted through all partitions
	groups     []int       // where each group of peers starts, and the number of rows
	key        arrow.Array // that limits of frames are compared with; nil if none are
}

// newPlaces finds the places of rows from what was computed for them: see Window.computed.
func newPlaces(w *Window, sorted *partitioned, columns []arrow.Array) *places {
	p := &places{rows: len(sorted.items), partitions: sorted.starts}
	if w.limited() {
		p.key = columns[0]
	}
	for _, c := range w.Calls {
		if c.wantsPeers() {
			p.findPeers(sorted)
			break
		}
	}
	return p
}

func (p *places) findPeers(sorted *partitioned) {
	p.peers = make([]int, p.rows)
	for start, end := range p.all() {
		for i := start; i < end; i++ {
			if i == start || !sorted.equals(i-1, i) {
				p.groups = append(p.groups, i)
			}
			p.peers[i] = len(p.groups) - 1
		}
	}
	p.groups = append(p.groups, p.rows)
}

// wantsPeers tells whether a call asks for a row's peers.
func (c *WindowCall) wantsPeers() bool {
	switch c.Name {
	case "row_number", "ntile", "lag", "lead":
		return c.Aggregate != nil
	case "rank", "dense_rank", "percent_rank", "cume_dist":
		return true
	}
	f := c.Frame
	return f.Unit == FrameGroups || f.Unit == FrameRange && (f.Start.Kind == CurrentRow || f.End.Kind == CurrentRow) ||
		f.Exclude == ExcludeGroup || f.Exclude == ExcludeTies
}

// all are the partitions: [start, end) of each.
func (p *places) all() iter.Seq2[int, int] {
	return func(yield func(start, end int) bool) {
		for k := range len(p.partitions) - 1 {
			if !yield(p.partitions[k], p.partitions[k+1]) {
				return
			}
		}
	}
}

func (p *places) peerStart(i int) int { return p.groups[p.peers[i]] }
func (p *places) peerEnd(i int) int   { return p.groups[p.peers[i]+1] }
