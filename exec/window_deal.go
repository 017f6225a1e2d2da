package exec

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/mediaflight/mediaflight/exec/eval"
	"github.com/mediaflight/mediaflight/exec/gather"
	"github.com/mediaflight/mediaflight/exec/keys"
	"github.com/mediaflight/mediaflight/exec/spill"
)

// Rows of many partitions are dealt out by their partitions' hashes while they come. What lies together then is a small part of the
// rows: it is numbered, sorted and copied within the cache of the worker that computes it.

// dealtAtOnce is how many batches' worth of rows are dealt out together. As few rows as that are not dealt out at all.
const dealtAtOnce = 4

// windowShare is the rows that one worker has taken in.
type windowShare struct {
	of       *Window
	whole    held                // not dealt out yet
	reserved int64               // for these
	dealt    *[spill.Fanout]held // by their hashes; nil before the first
	spilled  *spill.Partitions   // what came before those dealt; nil while there is memory

	hasher *keys.Hasher
	hashes []uint64
	rows   [spill.Fanout][]uint32
	refs   [spill.Fanout][]gather.Ref
}

func (s *windowShare) free() {
	if s == nil { // of a worker that met a fault
		return
	}
	s.whole.release()
	for i := range spill.Fanout {
		s.freeDealt(i)
	}
	if s.spilled != nil {
		s.spilled.Free()
	}
}

// freeDealt gives the rows of certain hashes back.
func (s *windowShare) freeDealt(i int) {
	if s.dealt != nil {
		s.of.shrink(s.dealt[i].bytes)
		s.dealt[i].release()
	}
}

// collect takes in a stream.
func (w *Window) collect(ctx context.Context, batches Batches) (*windowShare, error) {
	s := &windowShare{of: w, whole: held{schema: w.Input.Schema()}}
	add := s.add
	first, err := w.newFirstRows(s.add)
	if err != nil {
		return s, err
	}
	if first != nil {
		defer first.free()
		add = first.add
	}
	for batch, err := range batches {
		if err == nil {
			err = ctx.Err()
		}
		if err == nil {
			err = add(ctx, batch)
		}
		if err != nil {
			return s, err
		}
	}
	if first != nil {
		return s, first.flush(ctx)
	}
	return s, nil
}

func (s *windowShare) add(ctx context.Context, batch arrow.RecordBatch) error {
	if err := s.reserve(ctx, batchBytes(batch)); err != nil {
		return err
	}
	s.whole.add(batch)
	if !s.of.whole && s.whole.rows >= int64(dealtAtOnce*s.of.Rows) {
		return s.deal(ctx)
	}
	return nil
}

// deal deals out the rows that are not yet.
func (s *windowShare) deal(ctx context.Context) error {
	if s.whole.rows == 0 {
		return nil
	}
	if s.dealt == nil {
		s.dealt = &[spill.Fanout]held{}
		for i := range s.dealt {
			s.dealt[i].schema = s.whole.schema
		}
	}
	before := s.dealtBytes()
	var err error
	if s.whole.rows/int64(len(s.whole.batches)) < int64(s.of.Rows/2) {
		err = s.dealTogether(ctx)
	} else {
		err = s.dealEach(ctx)
	}
	s.whole.release()
	s.of.shrink(s.reserved)
	s.reserved = 0
	if err != nil {
		return err
	}
	return s.reserveDealt(s.dealtBytes() - before)
}

func (s *windowShare) dealtBytes() int64 {
	n := int64(0)
	for i := range s.dealt {
		n += s.dealt[i].bytes
	}
	return n
}

// dealEach cuts every batch.
func (s *windowShare) dealEach(ctx context.Context) error {
	for _, batch := range s.whole.batches {
		if err := s.hash(ctx, batch); err != nil {
			return err
		}
		for i := range s.rows {
			s.rows[i] = s.rows[i][:0]
		}
		for row, h := range s.hashes {
			at := spill.PartitionOf(h, 0)
			s.rows[at] = append(s.rows[at], uint32(row))
		}
		for i, rows := range s.rows {
			if len(rows) > 0 {
				s.keep(i, gather.Batch(s.of.Mem, batch, rows))
			}
		}
	}
	return nil
}

// dealTogether cuts all batches as if they were one, so that the pieces of small ones are not smaller still.
func (s *windowShare) dealTogether(ctx context.Context) error {
	for i := range s.refs {
		s.refs[i] = s.refs[i][:0]
	}
	for chunk, batch := range s.whole.batches {
		if err := s.hash(ctx, batch); err != nil {
			return err
		}
		for row, h := range s.hashes {
			at := spill.PartitionOf(h, 0)
			s.refs[at] = append(s.refs[at], gather.At(chunk, row))
		}
	}
	for i, refs := range s.refs {
		if len(refs) > 0 {
			s.keep(i, gather.Batches(s.of.Mem, s.whole.schema, s.whole.batches, refs))
		}
	}
	return nil
}

// keep takes over rows of certain hashes.
func (s *windowShare) keep(i int, rows arrow.RecordBatch) {
	s.dealt[i].add(rows)
	rows.Release()
}

// hash sets hashes to those of the rows' partitions.
func (s *windowShare) hash(ctx context.Context, batch arrow.RecordBatch) error {
	if s.hasher == nil {
		var err error
		if s.hasher, err = keys.NewHasher(eval.Types(s.of.Partition)); err != nil {
			return unsupported("partition by %v", err)
		}
	}
	columns, err := arrays(ctx, s.of.Mem, s.of.Partition, eval.Of(batch))
	if err != nil {
		return err
	}
	defer releaseAll(columns)
	s.hashes = s.hasher.Hash(columns, int(batch.NumRows()), s.hashes)
	return nil
}

// parts are the parts of the output, from what the workers have taken in.
func (w *Window) parts(ctx context.Context, shares []*windowShare) ([]Part, error) {
	rows, dealt := int64(0), false
	for _, s := range shares {
		rows += s.whole.rows
		dealt = dealt || s.dealt != nil
	}
	switch {
	case dealt:
		return w.dealtParts(ctx, shares)
	case rows == 0:
		return nil, nil
	}
	return []Part{{Rows: rows, Run: func(ctx context.Context) Batches {
		return w.compute(ctx, w.Workers, func(yield func(*held) bool) {
			for _, s := range shares {
				if !yield(&s.whole) {
					return
				}
			}
		})
	}}}, nil
}

func (w *Window) dealtParts(ctx context.Context, shares []*windowShare) ([]Part, error) {
	for _, s := range shares {
		if err := s.deal(ctx); err != nil {
			return nil, err
		}
	}
	if spilled, err := w.spillAll(ctx, shares); spilled || err != nil {
		return []Part{w.spilledPart(shares)}, err
	}
	var list []Part
	for i := range spill.Fanout {
		rows := int64(0)
		for _, s := range shares {
			if s.dealt != nil {
				rows += s.dealt[i].rows
			}
		}
		if rows == 0 {
			continue
		}
		list = append(list, Part{Rows: rows, Run: func(ctx context.Context) Batches {
			return w.compute(ctx, 1, func(yield func(*held) bool) {
				for _, s := range shares {
					if s.dealt != nil && !yield(&s.dealt[i]) {
						return
					}
				}
			})
		}})
	}
	return list, nil
}
