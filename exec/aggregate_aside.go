package exec

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/mediaflight/mediaflight/exec/gather"
	"github.com/mediaflight/mediaflight/exec/spill"
)

// Where nearly every row is a group of its own, the groups that a worker finds are no fewer than the rows, and a table of all of them,
// which is larger than the cache, is made twice: by the worker, and when shares are merged. A worker that notices keeps the groups that
// it has and sets further rows aside, by the shares of the hashes: each share's rows are taken in when it is merged, into a table of
// their own.

// setAside is rows by their shares.
type setAside struct {
	batches []arrow.RecordBatch // each in the order of shares
	ends    [][spill.Fanout]int64
	bytes   int64
}

// asideTrial is how many rows a worker takes in before it may notice, and asideShare how many of them must be groups.
const (
	asideTrial = 128 << 10
	asideShare = 0.75
)

// repeatsLittle says whether nearly every row so far was a group of its own. An array over close keys is quick at any size.
func (g *groups) repeatsLittle() bool {
	return g.table != nil && g.rows >= asideTrial && float64(g.table.Len()) >= asideShare*float64(g.rows) && !g.table.IsArray()
}

// addAside sets the rows of a batch aside, or spills them and what was set aside before where memory is refused.
func (g *groups) addAside(ctx context.Context, batch arrow.RecordBatch) error {
	if err := g.hashRows(ctx, batch); err != nil {
		return err
	}
	var starts, ends [spill.Fanout]int64
	for _, h := range g.hashes {
		ends[spill.PartitionOf(h, 0)]++
	}
	total := int64(0)
	for i, n := range ends {
		starts[i], total = total, total+n
		ends[i] = total
	}
	rows := sized(g.ids, len(g.hashes))
	for row, h := range g.hashes {
		at := spill.PartitionOf(h, 0)
		rows[starts[at]] = uint32(row)
		starts[at]++
	}
	g.ids = rows
	ordered := gather.Batch(g.of.Mem, batch, rows)
	size := batchBytes(ordered)
	if !g.of.tryGrow(g.of, size) {
		if g.of.Spill != nil {
			ordered.Release()
			if err := g.spillAside(ctx); err != nil {
				return err
			}
			return g.addSpilled(ctx, batch)
		}
		if err := g.of.grow(g.of, size); err != nil {
			ordered.Release()
			return err
		}
	}
	g.aside.batches, g.aside.ends = append(g.aside.batches, ordered), append(g.aside.ends, ends)
	g.aside.bytes += size
	return nil
}

// spillAside spills what was set aside.
func (g *groups) spillAside(ctx context.Context) error {
	g.spilled = g.of.Spill.NewPartitions(g.of.Input.Schema(), g.of.Mem, 0)
	for _, batch := range g.aside.batches {
		if err := g.addSpilled(ctx, batch); err != nil {
			return err
		}
	}
	g.of.shrink(g.aside.bytes)
	g.aside.release()
	g.aside = nil
	return nil
}

// share is a share's rows. It ends with the first error of add.
func (s *setAside) share(i int, add func(batch arrow.RecordBatch) error) error {
	for b, batch := range s.batches {
		from, to := int64(0), s.ends[b][i]
		if i > 0 {
			from = s.ends[b][i-1]
		}
		if from == to {
			continue
		}
		part := batch.NewSlice(from, to)
		err := add(part)
		part.Release()
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *setAside) release() {
	if s == nil {
		return
	}
	for _, b := range s.batches {
		b.Release()
	}
	s.batches = nil
}
