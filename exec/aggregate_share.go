package exec

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/mediaflight/mediaflight/exec/gather"
	"github.com/mediaflight/mediaflight/exec/spill"
	"github.com/mediaflight/mediaflight/udf"
)

// A share is what one worker found of keys with certain hashes.
type share struct {
	*groups
	numbers []uint32 // of its groups
	keys    []gather.Ref
	hashes  []uint64       // of these
	waiting [][]gather.Ref // of each measure: its rows that wait
	number  int            // the share that it is of all rows
	aside   *setAside      // whose rows of this share are part of it; nil if there are none
	rows    *spill.Run     // that were spilled; nil if none
}

// whole is all that a worker found in memory.
func (g *groups) whole() (*share, error) {
	s := &share{groups: g}
	for i, batch := range g.keys.batches {
		if err := g.hash(batch.Columns(), int(batch.NumRows())); err != nil {
			return nil, err
		}
		for row, h := range g.hashes {
			s.numbers = append(s.numbers, uint32(len(s.numbers)))
			s.keys = append(s.keys, gather.At(i, row))
			s.hashes = append(s.hashes, h)
		}
	}
	for _, m := range g.measures {
		var refs []gather.Ref
		for i, batch := range m.waiting.batches {
			for row := range int(batch.NumRows()) {
				refs = append(refs, gather.At(i, row))
			}
		}
		s.waiting = append(s.waiting, refs)
	}
	return s, nil
}

// split splits a share by further bits of the hashes. What it was is of no more use.
func (s *share) split(ctx context.Context, depth int) (*[spill.Fanout]*share, *spill.Partitions, error) {
	var parts [spill.Fanout]*share
	for i := range parts {
		parts[i] = &share{groups: s.groups, waiting: make([][]gather.Ref, len(s.measures)), number: i, aside: s.groups.aside}
	}
	places := make([]uint8, s.len())
	for i, h := range s.hashes {
		at := spill.PartitionOf(h, depth)
		p := parts[at]
		p.numbers, p.keys, p.hashes = append(p.numbers, s.numbers[i]), append(p.keys, s.keys[i]), append(p.hashes, h)
		places[s.numbers[i]] = uint8(at)
	}
	for m, refs := range s.waiting {
		for _, ref := range refs {
			p := parts[places[s.measures[m].groupAt(ref)]]
			p.waiting[m] = append(p.waiting[m], ref)
		}
	}
	rows := s.spilled
	if depth > 0 && s.rows != nil {
		rows = s.of.Spill.NewPartitions(s.of.Input.Schema(), s.of.Mem, depth)
		if err := s.scatter(ctx, rows); err != nil {
			return &parts, rows, err
		}
	}
	if rows != nil {
		for i, run := range rows.Runs {
			parts[i].rows = run
		}
	}
	return &parts, rows, nil
}

// scatter splits the rows of a share and removes their file.
func (s *share) scatter(ctx context.Context, to *spill.Partitions) error {
	for batch, err := range s.rows.Batches(ctx, s.of.Mem) {
		if err == nil {
			err = s.hashRows(ctx, batch)
		}
		if err == nil {
			err = to.Add(batch, s.groups.hashes, nil)
		}
		if err != nil {
			return err
		}
	}
	s.rows.Free()
	return to.Finish()
}

// take takes in the groups and the rows of a share, which come behind those taken in before.
func (g *groups) take(ctx context.Context, s *share) error {
	if len(s.keys) > 0 {
		batch := gather.Batches(g.of.Mem, g.keys.schema, s.groups.keys.batches, s.keys)
		g.number(batch.Columns(), len(s.keys))
		batch.Release()
		for i, m := range g.measures {
			if err := m.takeShare(s.measures[i], s.numbers, g.ids[:len(s.numbers)], s.waiting[i]); err != nil {
				return err
			}
		}
		if err := g.account(); err != nil {
			return err
		}
	}
	if s.aside != nil {
		err := s.aside.share(s.number, func(batch arrow.RecordBatch) error { return g.addGrouped(ctx, batch) })
		if err != nil {
			return err
		}
	}
	if s.rows == nil {
		return nil
	}
	for batch, err := range s.rows.Batches(ctx, g.of.Mem) {
		if err == nil {
			err = g.addGrouped(ctx, batch)
		}
		if err != nil {
			return err
		}
	}
	s.rows.Free()
	return nil
}

// groupAt is the group of a row that waits.
func (s *measureState) groupAt(ref gather.Ref) uint32 {
	return s.waiting.batches[ref>>32].Column(0).(*array.Uint32).Value(int(uint32(ref)))
}

// takeShare takes in some groups of another state, as the groups of numbers to, and those of its rows that wait for them.
func (s *measureState) takeShare(other *measureState, from, to []uint32, waiting []gather.Ref) error {
	if s.shares {
		return nil
	}
	combiner, ok := s.acc.(udf.Combiner)
	if ok && !s.waits() {
		return combiner.Combine(other.acc, from, to)
	}
	if s.waits() && len(waiting) == 0 {
		return nil
	}
	places := make([]uint32, other.size)
	for i := range places {
		places[i] = udf.NoGroup
	}
	for i, g := range from {
		places[g] = to[i]
	}
	if !s.waits() {
		return s.acc.Merge(other.acc, places)
	}
	for len(waiting) > 0 {
		n := min(len(waiting), defaultRows)
		batch := gather.Batches(s.mem, s.waiting.schema, other.waiting.batches, waiting[:n])
		s.takeOver(batch, places)
		batch.Release()
		waiting = waiting[n:]
	}
	return nil
}
