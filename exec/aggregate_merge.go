package exec

import (
	"context"
	"sync/atomic"

	"github.com/apache/arrow-go/v18/arrow"
	"golang.org/x/sync/errgroup"

	"github.com/mediaflight/mediaflight/exec/spill"
	"github.com/mediaflight/mediaflight/udf"
)

// mergeByHash yields the groups that workers found, share after share.
func (a *HashAggregate) mergeByHash(ctx context.Context, found []*groups, spilled bool, yield func(arrow.RecordBatch, error) bool) {
	var size int64
	shares := make([]*share, len(found))
	for i, g := range found {
		var err error
		if g.aside != nil {
			size += g.aside.bytes
			if spilled { // shares may have to be split again, as only files are
				err = g.spillAside(ctx)
			}
			if err == nil && spilled {
				err = g.spilled.Finish()
			}
		}
		if err == nil {
			shares[i], err = g.whole()
		}
		if err != nil {
			yield(nil, err)
			return
		}
		size += g.size()
	}
	if !spilled && a.combines() && a.memory.Spare() > size {
		a.mergeAtOnce(ctx, shares, yield)
		return
	}
	a.mergeInTurn(ctx, shares, 0, yield)
}

// combines says whether several goroutines may read the groups of one worker.
func (a *HashAggregate) combines() bool {
	for _, m := range a.Measures {
		if _, ok := m.Func.Impl.New(a.Mem, m.Func.In, m.Func.Out).(udf.Combiner); !ok && !m.waits() {
			return false
		}
	}
	return true
}

// mergeAtOnce has workers merge different shares.
func (a *HashAggregate) mergeAtOnce(ctx context.Context, shares []*share, yield func(arrow.RecordBatch, error) bool) {
	parts := make([]*[spill.Fanout]*share, len(shares))
	var merged [spill.Fanout]*groups
	var columns [spill.Fanout][]arrow.Array
	defer func() {
		for i, g := range merged {
			releaseAll(columns[i])
			g.release()
		}
	}()
	group, inner := errgroup.WithContext(ctx)
	for i, s := range shares {
		group.Go(guarded(func() (err error) {
			parts[i], _, err = s.split(inner, 0)
			return err
		}))
	}
	if err := rethrow(group.Wait()); err != nil {
		yield(nil, err)
		return
	}
	group, inner = errgroup.WithContext(ctx)
	var taken atomic.Int64
	for range a.Workers {
		group.Go(guarded(func() (err error) {
			for i := taken.Add(1) - 1; i < spill.Fanout && err == nil; i = taken.Add(1) - 1 {
				if merged[i], err = a.mergeShares(inner, column(parts, int(i))); err == nil {
					columns[i], err = merged[i].columns()
				}
			}
			return err
		}))
	}
	if err := rethrow(group.Wait()); err != nil {
		yield(nil, err)
		return
	}
	for i, g := range merged {
		if !g.emitRows(ctx, columns[i], 0, g.len(), yield) {
			return
		}
	}
}

// column is share i of each worker.
func column(parts []*[spill.Fanout]*share, i int) []*share {
	of := make([]*share, len(parts))
	for w, p := range parts {
		of[w] = p[i]
	}
	return of
}

// mergeShares merges what workers found of the same keys.
func (a *HashAggregate) mergeShares(ctx context.Context, shares []*share) (*groups, error) {
	g, err := a.newGroups()
	if err != nil {
		return g, err
	}
	for _, s := range shares {
		if err := ctx.Err(); err != nil {
			return g, err
		}
		if err := g.take(ctx, s); err != nil {
			return g, err
		}
	}
	return g, g.finish(ctx)
}

// mergeInTurn merges and yields one share after the other: only one is in memory besides what workers hold. It is false if the
// stream is to end.
func (a *HashAggregate) mergeInTurn(ctx context.Context, shares []*share, depth int, yield func(arrow.RecordBatch, error) bool) bool {
	parts := make([]*[spill.Fanout]*share, len(shares))
	for i, s := range shares {
		part, rows, err := s.split(ctx, depth)
		if rows != nil && depth > 0 {
			defer rows.Free()
		}
		if err != nil {
			yield(nil, err)
			return false
		}
		parts[i] = part
	}
	whole := spilledBytes(shares, depth)
	for i := range spill.Fanout {
		part := column(parts, i)
		// One key is not split by splitting: then there is no use in going on.
		bytes := spilledBytes(part, depth+1)
		if depth+1 < spill.MaxDepth && bytes > a.memory.Spare()/2 && bytes < whole-whole/8 {
			if !a.mergeInTurn(ctx, part, depth+1, yield) {
				return false
			}
			continue
		}
		held := a.held.Load()
		g, err := a.mergeShares(ctx, part)
		if err != nil {
			g.release()
			yield(nil, err)
			return false
		}
		more := g.emit(ctx, yield)
		g.release()
		a.shrink(a.held.Load() - held)
		if !more {
			return false
		}
	}
	return true
}

// spilledBytes is how much workers spilled of shares at a depth; at 0 of all.
func spilledBytes(shares []*share, depth int) int64 {
	var n int64
	for _, s := range shares {
		switch {
		case depth == 0 && s.spilled != nil:
			for _, run := range s.spilled.Runs {
				n += run.Bytes()
			}
		case depth > 0 && s.rows != nil:
			n += s.rows.Bytes()
		}
	}
	return n
}
