package exec

import (
	"context"
	"errors"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/mediaflight/mediaflight/exec/spill"
)

// A worker that gets no more memory spills the rows that it has, dealt out, and goes on. In the end all rows are spilled, and
// computed one lot of hashes after the other, by one worker: it is for the sake of memory. A lot that is too large for what
// there is is dealt out again, by other bits. So it takes the memory of one partition, in the end.

// reserve takes memory for a batch, if need be from the rows before it. A batch that is too large for what there is stays all the
// same, alone: it is in memory already.
func (s *windowShare) reserve(ctx context.Context, n int64) error {
	w := s.of
	if w.Spill == nil || w.whole {
		if err := w.grow(w, n); err != nil {
			return err
		}
		s.reserved += n
		return nil
	}
	if !w.tryGrow(w, n) {
		if err := s.spill(ctx); err != nil {
			return err
		}
		if !w.tryGrow(w, n) {
			return nil
		}
	}
	s.reserved += n
	return nil
}

// reserveDealt takes memory for rows that have been dealt out, or spills them. Once some are, all are.
func (s *windowShare) reserveDealt(n int64) error {
	w := s.of
	if w.Spill == nil {
		return w.grow(w, n)
	}
	if s.spilled == nil && w.tryGrow(w, n) {
		return nil
	}
	return s.spillDealt(n)
}

// spill spills all rows.
func (s *windowShare) spill(ctx context.Context) error {
	if err := s.deal(ctx); err != nil || s.dealt == nil {
		return err
	}
	return s.spillDealt(0)
}

// spillDealt spills the rows that are dealt out, for so many bytes of which nothing is reserved.
func (s *windowShare) spillDealt(unreserved int64) error {
	w := s.of
	if s.spilled == nil {
		s.spilled = w.Spill.NewPartitions(s.whole.schema, w.Mem, 0)
	}
	w.shrink(s.dealtBytes() - unreserved)
	var err error
	for i := range s.dealt {
		for _, batch := range s.dealt[i].batches {
			if err == nil {
				err = s.write(i, batch)
			}
		}
		s.dealt[i].release()
	}
	return err
}

func (s *windowShare) write(i int, batch arrow.RecordBatch) error {
	batch.Retain()
	plain := settle(s.of.Mem, s.whole.schema, batch, nil)
	defer plain.Release()
	return s.spilled.Runs[i].Write(plain)
}

// spillAll spills what all workers have in memory, and says so, if one has spilled some or there is no memory to compute from it.
func (w *Window) spillAll(ctx context.Context, shares []*windowShare) (bool, error) {
	if w.Spill == nil {
		return false, nil
	}
	spilled, most := false, int64(0)
	for _, s := range shares {
		spilled = spilled || s.spilled != nil
	}
	for i := range spill.Fanout {
		need := int64(0)
		for _, s := range shares {
			if s.dealt != nil {
				need += 2*s.dealt[i].bytes + s.dealt[i].rows*(2*sortedBytes+windowRowBytes)
			}
		}
		most = max(most, need)
	}
	if work := most * int64(w.Workers); !spilled && w.tryGrow(w, work) {
		w.shrink(work)
		return false, nil
	}
	for _, s := range shares {
		if err := s.spill(ctx); err != nil {
			return true, err
		}
		if s.spilled != nil {
			if err := s.spilled.Finish(); err != nil {
				return true, err
			}
		}
	}
	return true, nil
}

func (w *Window) spilledPart(shares []*windowShare) Part {
	rows := int64(0)
	var lots [spill.Fanout][]*spill.Run
	for _, s := range shares {
		if s.spilled == nil {
			continue
		}
		for i, run := range s.spilled.Runs {
			rows += run.Rows()
			lots[i] = append(lots[i], run)
		}
	}
	return Part{Rows: rows, Run: func(ctx context.Context) Batches {
		return func(yield func(arrow.RecordBatch, error) bool) {
			for _, runs := range lots {
				if !w.computeSpilled(ctx, runs, 0, yield) {
					return
				}
			}
		}
	}}
}

// computeSpilled yields the rows of runs, which were dealt out at a depth. It is false if the stream is to end.
func (w *Window) computeSpilled(ctx context.Context, runs []*spill.Run, depth int, yield func(arrow.RecordBatch, error) bool) bool {
	more := true
	err := func() error {
		in, err := w.newInput()
		if err != nil {
			return err
		}
		defer in.release()
		in.soft = depth+1 < spill.MaxDepth
		if err := in.take(ctx, w.rowsOf(ctx, runs)); err != nil || in.rows.rows == 0 {
			return err
		}
		return w.run(ctx, in, func(batch arrow.RecordBatch, err error) bool {
			more = yield(batch, err)
			return more
		})
	}()
	if errors.Is(err, errTooManyPartitions) {
		return w.dealAgain(ctx, runs, depth+1, yield)
	}
	if err != nil {
		yield(nil, err)
		return false
	}
	for _, r := range runs {
		r.Free()
	}
	return more
}

func (w *Window) rowsOf(ctx context.Context, runs []*spill.Run) Batches {
	return func(yield func(arrow.RecordBatch, error) bool) {
		for _, r := range runs {
			for batch, err := range r.Batches(ctx, w.Mem) {
				if !yield(batch, err) || err != nil {
					return
				}
			}
		}
	}
}

// dealAgain deals out the rows of runs and yields each lot.
func (w *Window) dealAgain(ctx context.Context, runs []*spill.Run, depth int, yield func(arrow.RecordBatch, error) bool) bool {
	s := &windowShare{of: w}
	to := w.Spill.NewPartitions(w.Input.Schema(), w.Mem, depth)
	defer to.Free()
	for batch, err := range w.rowsOf(ctx, runs) {
		if err == nil {
			err = s.hash(ctx, batch)
		}
		if err == nil {
			err = to.Add(batch, s.hashes, nil)
		}
		if err != nil {
			yield(nil, err)
			return false
		}
	}
	if err := to.Finish(); err != nil {
		yield(nil, err)
		return false
	}
	for _, r := range runs {
		r.Free()
	}
	for _, run := range to.Runs {
		if !w.computeSpilled(ctx, []*spill.Run{run}, depth, yield) {
			return false
		}
	}
	return true
}
