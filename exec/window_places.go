package exec

import (
	"bytes"
	"iter"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/mediaflight/mediaflight/exec/keys"
)

// places are where sorted rows lie: in which partition, and among which peers, the rows that the order does not tell apart.
type places struct {
	rows       int
	partitions []int // where each starts, and the number of rows
	peers      []int // of each row: the number of its group of peers, counted through all partitions
	groups     []int // where each group of peers starts, and the number of rows
	keys       []arrow.Array
}

// places finds partitions and peers of rows whose first columns are those that they are sorted by.
func (w *Window) places(sorted arrow.RecordBatch) (*places, error) {
	n := int(sorted.NumRows())
	parts := sorted.Columns()[:len(w.Partition)]
	p := &places{rows: n, peers: make([]int, n), keys: sorted.Columns()[len(parts) : len(parts)+len(w.Keys)]}
	newPartition, err := changes(parts, n)
	if err != nil {
		return nil, err
	}
	newPeers := newPartition
	if len(p.keys) > 0 {
		if newPeers, err = changes(p.keys, n); err != nil {
			return nil, err
		}
	}
	for i := range n {
		switch {
		case i == 0 || newPartition(i):
			p.partitions = append(p.partitions, i)
			p.groups = append(p.groups, i)
		case newPeers(i):
			p.groups = append(p.groups, i)
		}
		p.peers[i] = len(p.groups) - 1
	}
	p.partitions, p.groups = append(p.partitions, n), append(p.groups, n)
	return p, nil
}

// changes tells the rows that differ from the row before them.
func changes(columns []arrow.Array, n int) (func(i int) bool, error) {
	if len(columns) == 0 {
		return func(int) bool { return false }, nil
	}
	types := make([]arrow.DataType, len(columns))
	for i, c := range columns {
		types[i] = c.DataType()
	}
	encoder, err := keys.NewEncoder(types, make([]keys.Order, len(columns)))
	if err != nil {
		return nil, unsupported("%v", err)
	}
	var rows keys.Rows
	encoder.Encode(columns, n, &rows)
	return func(i int) bool { return !bytes.Equal(rows.Key(i-1), rows.Key(i)) }, nil
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
