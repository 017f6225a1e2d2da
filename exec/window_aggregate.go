package exec

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/mediaflight/mediaflight/exec/gather"
	"github.com/mediaflight/mediaflight/udf"
)

// aggregate aggregates the frame of each row, in the cheapest of four ways: once a partition where frames are partitions; by
// running totals where they start or end with it; by a tree of totals where the aggregate's groups combine; and else row by row of
// each frame.
func (r *windowRun) aggregate(ctx context.Context) (arrow.Array, error) {
	if r.of.ofPartitions(r.call) {
		return r.partitionTotals()
	}
	frames, err := r.frames()
	if err != nil {
		return nil, err
	}
	if !r.combines() {
		return r.frameByFrame(ctx, frames)
	}
	leaves, err := r.leaves()
	if err != nil {
		return nil, err
	}
	defer leaves.Release()
	combiner := leaves.(udf.Combiner)
	if f := r.call.Frame; f.Exclude == ExcludeNothing && f.Start.Kind == Unbounded {
		return r.running(combiner, frames)
	}
	return r.treeTotals(ctx, combiner, frames)
}

// combines tells whether totals of the aggregate can be made of other totals.
func (r *windowRun) combines() bool {
	acc := r.accumulator(0)
	defer acc.Release()
	_, ok := acc.(udf.Combiner)
	return ok
}

// ofPartitions tells calls whose frames are the whole partition for every row of it.
func (w *Window) ofPartitions(c *WindowCall) bool {
	f := c.Frame
	all := func(b FrameBound) bool {
		return b.Kind == Unbounded || b.Kind == CurrentRow && len(w.Keys) == 0 && f.Unit == FrameRange
	}
	return all(f.Start) && all(f.End) && f.Exclude == ExcludeNothing
}

// accumulator is a new one with n groups, whose memory counts until it is released.
func (r *windowRun) accumulator(n int) udf.Accumulator {
	return r.of.accumulator(r.call, n)
}

func (w *Window) accumulator(c *WindowCall, n int) udf.Accumulator {
	acc := c.Aggregate.Impl.New(w.Mem, c.Aggregate.In, c.Aggregate.Out)
	acc.Grow(n)
	return acc
}

// add takes rows into groups, those that pass the filter.
func (r *windowRun) add(acc udf.Accumulator, rows, groups []uint32) error {
	if r.call.Filter != nil {
		rows, groups = passing(r.columns[len(r.call.Args)].(*array.Boolean), rows, groups)
	}
	all := len(rows) == r.places.rows && rows[0] == 0 // rows are in order where they are all
	return r.of.addRows(acc, r.columns[:len(r.call.Args)], rows, groups, all)
}

// passing are the rows for which a filter is true, and their groups.
func passing(filter *array.Boolean, rows, groups []uint32) (keptRows, keptGroups []uint32) {
	keptRows, keptGroups = make([]uint32, 0, len(rows)), make([]uint32, 0, len(groups))
	for k, row := range rows {
		if filter.IsValid(int(row)) && filter.Value(int(row)) {
			keptRows, keptGroups = append(keptRows, row), append(keptGroups, groups[k])
		}
	}
	return keptRows, keptGroups
}

// addRows takes rows of columns into groups. They are all rows, in order, or some.
func (w *Window) addRows(acc udf.Accumulator, columns []arrow.Array, rows, groups []uint32, all bool) error {
	if len(rows) == 0 {
		return nil
	}
	args := make([]udf.Arg, len(columns))
	for k := range args {
		args[k].Array = columns[k]
		if !all {
			args[k].Array = gather.Rows(w.Mem, columns[k], rows)
			defer args[k].Release()
		}
	}
	return acc.Add(groups, args)
}

func upTo(n int) []uint32 {
	rows := make([]uint32, n)
	for i := range rows {
		rows[i] = uint32(i)
	}
	return rows
}

// leaves has a group for each row, and one for no rows.
func (r *windowRun) leaves() (udf.Accumulator, error) {
	acc := r.accumulator(r.places.rows + 1)
	all := upTo(r.places.rows)
	if err := r.add(acc, all, all); err != nil {
		acc.Release()
		return nil, err
	}
	if err := r.in.grow(acc.Bytes()); err != nil {
		acc.Release()
		return nil, err
	}
	return acc, nil
}

// chosen are groups of an accumulator's result.
func (r *windowRun) chosen(acc udf.Accumulator, groups []uint32) (arrow.Array, error) {
	totals, err := acc.Result()
	if err != nil {
		return nil, err
	}
	defer totals.Release()
	return gather.Rows(r.mem(), totals, groups), nil
}

func (r *windowRun) partitionTotals() (arrow.Array, error) {
	partition := make([]uint32, r.places.rows)
	n := 0
	for start, end := range r.places.all() {
		for i := start; i < end; i++ {
			partition[i] = uint32(n)
		}
		n++
	}
	acc := r.accumulator(n)
	defer acc.Release()
	if err := r.add(acc, upTo(r.places.rows), partition); err != nil {
		return nil, err
	}
	return r.chosen(acc, partition)
}

// running turns the leaves into totals from the start of the partition up to each row: each row takes in the row before it, which has
// taken in all before.
func (r *windowRun) running(leaves udf.Combiner, f *frames) (arrow.Array, error) {
	n := r.places.rows
	from, to := make([]uint32, 0, n), make([]uint32, 0, n)
	for start, end := range r.places.all() {
		for i := start + 1; i < end; i++ {
			from, to = append(from, uint32(i-1)), append(to, uint32(i))
		}
	}
	if err := leaves.Combine(leaves, from, to); err != nil {
		return nil, err
	}
	last := make([]uint32, n)
	for i := range last {
		if last[i] = uint32(n); f.to[i] > f.from[i] {
			last[i] = uint32(f.to[i] - 1)
		}
	}
	return r.chosen(leaves, last)
}

// treeTotals aggregates frames by a tree whose nodes are the totals of two below them: a frame is made of at most two nodes a level
// (Leis et al., "Efficient Processing of Window Functions in Analytical SQL Queries", VLDB 2015, section 4.4). Level after level, all
// frames take theirs.
func (r *windowRun) treeTotals(ctx context.Context, level udf.Combiner, f *frames) (arrow.Array, error) {
	n := r.places.rows
	totals := r.accumulator(n).(udf.Combiner)
	defer totals.Release()
	left, right, owner := f.spans()
	var from, to []uint32
	for size := n; ; size = (size + 1) / 2 {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		from, to = from[:0], to[:0]
		open := 0
		for k, row := range owner {
			if left[k]&1 == 1 && left[k] < right[k] {
				from, to = append(from, left[k]), append(to, row)
				left[k]++
			}
			if right[k]&1 == 1 && left[k] < right[k] {
				right[k]--
				from, to = append(from, right[k]), append(to, row)
			}
			if left[k] < right[k] {
				left[open], right[open], owner[open] = left[k]/2, right[k]/2, row
				open++
			}
		}
		left, right, owner = left[:open], right[:open], owner[:open]
		if err := totals.Combine(level, from, to); err != nil {
			return nil, err
		}
		if open == 0 {
			return totals.Result()
		}
		next := r.accumulator((size + 1) / 2).(udf.Combiner)
		defer next.Release()
		below, above := upTo(size), make([]uint32, size)
		for i := range above {
			above[i] = uint32(i / 2)
		}
		if err := next.Combine(level, below, above); err != nil {
			return nil, err
		}
		if err := r.in.grow(next.Bytes()); err != nil {
			return nil, err
		}
		level = next
	}
}

// spans are the pieces of all frames: [left, right) of the row that owns it.
func (f *frames) spans() (left, right, owner []uint32) {
	for i := range f.from {
		f.pieces(i, func(from, to int) bool {
			left, right, owner = append(left, uint32(from)), append(right, uint32(to)), append(owner, uint32(i))
			return true
		})
	}
	return left, right, owner
}

// spreadRows is how many rows of frames are taken in at once.
const spreadRows = 1 << 16

// frameByFrame takes in every row of every frame.
func (r *windowRun) frameByFrame(ctx context.Context, f *frames) (arrow.Array, error) {
	acc := r.accumulator(r.places.rows)
	defer acc.Release()
	rows, groups := make([]uint32, 0, spreadRows), make([]uint32, 0, spreadRows)
	var held int64
	flush := func() error {
		if err := ctx.Err(); err != nil {
			return err
		}
		err := r.add(acc, rows, groups)
		rows, groups = rows[:0], groups[:0]
		if now := acc.Bytes(); err == nil && now > held {
			err = r.in.grow(now - held)
			held = now
		}
		return err
	}
	for i := range r.places.rows {
		var err error
		f.pieces(i, func(from, to int) bool {
			for ; from < to; from++ {
				rows, groups = append(rows, uint32(from)), append(groups, uint32(i))
				if len(rows) == spreadRows {
					if err = flush(); err != nil {
						return false
					}
				}
			}
			return true
		})
		if err != nil {
			return nil, err
		}
	}
	if err := flush(); err != nil {
		return nil, err
	}
	return acc.Result()
}
