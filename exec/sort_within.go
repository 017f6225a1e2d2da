package exec

import (
	"bytes"
	"context"
	"sync/atomic"

	"github.com/apache/arrow-go/v18/arrow"
	"golang.org/x/sync/errgroup"

	"github.com/mediaflight/mediaflight/exec/gather"
	"github.com/mediaflight/mediaflight/exec/keys"
)

// partitioned are rows that lie together by the number of their partition, in the order of keys within each.
type partitioned struct {
	items  []sortable
	starts []int // of each partition, and the number of rows
	rows   []keys.Rows
	width  int
}

// orderWithin puts all rows into partitions and sorts each. The numbers are those of each chunk's rows, from 0 to below partitions.
// That takes a pass over all rows, and many short sorts, of which several go on at once, instead of a long one. Where they are so
// short that comparing takes longer than counting bytes, all rows are sorted first and stay in that order in their partitions.
func (s *sorter) orderWithin(ctx context.Context, types []arrow.DataType, numbers [][]uint32, partitions, workers int) (*partitioned, error) {
	p := &partitioned{starts: startsOf(numbers, partitions)}
	items := make([]sortable, 0, s.total())
	for chunk, of := range numbers {
		for i := range of {
			items = append(items, sortable{ref: gather.At(chunk, i)})
		}
	}
	sorted := len(s.orders) == 0
	var other []sortable
	if !sorted {
		var err error
		if p.rows, p.width, err = s.encode(ctx, types); err != nil {
			return nil, err
		}
		if short := len(items)/partitions < minRadix; short && p.width > 0 && p.width <= maxRadix && len(items) >= minRadix {
			if items, other, err = sortByBytes(ctx, p.rows, p.width, items, make([]sortable, len(items))); err != nil {
				return nil, err
			}
			sorted = true
		}
	}
	p.items = p.deal(items, other, numbers)
	if sorted {
		return p, nil
	}
	return p, p.sort(ctx, workers)
}

// deal puts items into their partitions, in the order in which they are, in other memory or new.
func (p *partitioned) deal(items, other []sortable, numbers [][]uint32) []sortable {
	if len(p.starts) == 2 {
		return items
	}
	if other == nil {
		other = make([]sortable, len(items))
	}
	next := append([]int(nil), p.starts...)
	for _, item := range items {
		n := numbers[item.ref>>32][uint32(item.ref)]
		other[next[n]] = item
		next[n]++
	}
	return other
}

// startsOf is where each partition starts, and the number of rows.
func startsOf(numbers [][]uint32, partitions int) []int {
	starts := make([]int, partitions+1)
	for _, of := range numbers {
		for _, n := range of {
			starts[n+1]++
		}
	}
	for i := range partitions {
		starts[i+1] += starts[i]
	}
	return starts
}

// sort sorts each partition. Workers take some at a time.
func (p *partitioned) sort(ctx context.Context, workers int) error {
	const rowsAtOnce = 1 << 14
	var taken atomic.Int64 // partitions
	take := func() (from, to int) {
		for {
			from = int(taken.Load())
			for to = from; to < len(p.starts)-1 && p.starts[to]-p.starts[from] < rowsAtOnce; to++ {
			}
			if taken.CompareAndSwap(int64(from), int64(to)) {
				return from, to
			}
		}
	}
	group, ctx := errgroup.WithContext(ctx)
	for range max(workers, 1) {
		group.Go(guarded(func() error {
			var other []sortable
			for from, to := take(); from < to; from, to = take() {
				for ; from < to; from++ {
					if err := ctx.Err(); err != nil {
						return err
					}
					var err error
					if other, err = p.sortOne(ctx, p.items[p.starts[from]:p.starts[from+1]], other); err != nil {
						return err
					}
				}
			}
			return nil
		}))
	}
	return rethrow(group.Wait())
}

// sortOne sorts the rows of a partition. It returns memory for the next.
func (p *partitioned) sortOne(ctx context.Context, items, other []sortable) ([]sortable, error) {
	if len(items) < minRadix {
		_, _, err := sortItems(ctx, p.rows, p.width, items, nil)
		return other, err
	}
	if cap(other) < len(items) {
		other = make([]sortable, len(items))
	}
	sorted, _, err := sortItems(ctx, p.rows, p.width, items, other[:len(items)])
	if &sorted[0] != &items[0] {
		copy(items, sorted)
	}
	return other, err
}

// refs are those of all rows.
func (p *partitioned) refs() []gather.Ref { return refsOf(p.items) }

// equals tells whether two rows have the same key, as all have without keys.
func (p *partitioned) equals(i, k int) bool {
	if p.rows == nil {
		return true
	}
	a, b := p.items[i], p.items[k]
	return bytes.Equal(p.rows[a.ref>>32].Key(int(uint32(a.ref))), p.rows[b.ref>>32].Key(int(uint32(b.ref))))
}
