package exec

import (
	"context"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/exec/eval"
	"github.com/mediaflight/mediaflight/exec/spill"
)

// A spilledJoin is a hash join whose right side did not fit into memory. Both sides are split by the hashes of their keys, so that
// rows that match are in partitions of the same number, and each pair of partitions is a join of its own. One of them that does not
// fit either is split again.
type spilledJoin struct {
	op    *HashJoin
	right []*spilledSide // of each goroutine that read the right side, in order
	left  []*spilledSide
}

// spillRight completes the spilling of the right side, of which shares have a part each. It takes over what they have in files.
func (j *HashJoin) spillRight(ctx context.Context, shares []*rightShare) (preparedJoin, error) {
	s := &spilledJoin{op: j}
	for _, share := range shares {
		if share.spilled == nil {
			if err := share.spill(ctx); err != nil {
				return s, err
			}
		}
		s.right = append(s.right, share.spilled)
		share.spilled = nil
		if err := s.right[len(s.right)-1].Finish(); err != nil {
			return s, err
		}
	}
	j.free()
	return s, s.progress()
}

// progress fails where splitting has not helped: all rows of a partition are in one again, since they have one key.
func (s *spilledJoin) progress() error {
	var total int64
	var of [spill.Fanout]int64
	for _, side := range s.right {
		for i, r := range side.Runs {
			of[i] += r.Rows()
			total += r.Rows()
		}
	}
	if s.op.depth > 0 && slices.Max(of[:]) == total {
		return &Error{Operator: s.op.String(), State: stateOutOfMemory, Msg: "query needs more memory than it may use: right rows of one key do not fit",
			Hint: "join on more columns, or raise the limit of memory for a query"}
	}
	return nil
}

func (s *spilledJoin) matchesNothing() bool { return false }

func (s *spilledJoin) close() {
	for _, side := range append(s.right, s.left...) {
		side.free()
	}
	s.op.free()
}

// splitLeft reads the left side into files, several parts of it at once.
func (s *spilledJoin) splitLeft(ctx context.Context) (err error) {
	j := s.op
	ofBatch := func(_ *HashJoin, batch arrow.RecordBatch) eval.Input { return eval.Of(batch) }
	sides, err := inRanges(ctx, j.Left, j.Workers, func(ctx context.Context, batches Batches) (*spilledSide, error) {
		side, err := j.newSide(j.Left.Schema(), j.leftKeys(), ofBatch)
		if err != nil {
			return nil, err
		}
		for batch, err := range batches {
			if err == nil {
				err = side.add(ctx, batch)
			}
			if err != nil {
				return side, err
			}
		}
		return side, side.Finish()
	})
	s.left = slices.DeleteFunc(sides, func(side *spilledSide) bool { return side == nil })
	return err
}

// parts is one part. Partitions that were joined at once would take the memory from each other, and one that is refused for that can
// not wait for the others: their rows may have to wait for its own to be passed on.
func (s *spilledJoin) parts() *Parts {
	rows := int64(0)
	for _, side := range s.right {
		for _, r := range side.Runs {
			rows += r.Rows()
		}
	}
	return &Parts{List: []Part{{Rows: rows, Run: func(ctx context.Context) Batches { return s.join(ctx, nil) }}}, Close: s.close}
}

// join joins the partitions one after the other; left rows have been read by then, as a whole.
func (s *spilledJoin) join(ctx context.Context, _ Batches) Batches {
	return func(yield func(arrow.RecordBatch, error) bool) {
		if err := s.splitLeft(ctx); err != nil {
			yield(nil, err)
			return
		}
		for i := range spill.Fanout {
			left, right := s.rows(s.left, i, s.op.Left), s.rows(s.right, i, s.op.Right)
			if left.rows == 0 && !s.op.Kind.marksRight() || right.rows == 0 && s.op.Kind.needsRight() {
				continue
			}
			for batch, err := range s.partition(left, right).Run(ctx) {
				if !yield(batch, err) || err != nil {
					return
				}
			}
		}
	}
}

// partition is the join of one partition.
func (s *spilledJoin) partition(left, right Operator) *HashJoin {
	part := &HashJoin{Left: left, Right: right, Kind: s.op.Kind, Keys: s.op.Keys, Condition: s.op.Condition, Residual: s.op.Residual,
		ranges: s.op.ranges, rangeResidual: s.op.rangeResidual, Rows: s.op.Rows, Workers: 1, Mem: s.op.Mem, folder: s.op.folder,
		depth: s.op.depth + 1, schema: s.op.schema, encoded: s.op.encoded}
	part.memory = s.op.memory
	return part
}

// rows are those of one partition.
func (s *spilledJoin) rows(sides []*spilledSide, i int, of Operator) *spilledRows {
	r := &spilledRows{schema: of.Schema(), mem: s.op.Mem}
	for _, side := range sides {
		r.runs = append(r.runs, side.Runs[i])
		r.rows += side.Runs[i].Rows()
	}
	return r
}

// spilledRows reads rows back.
type spilledRows struct {
	runs   []*spill.Run
	rows   int64
	schema *arrow.Schema
	mem    memory.Allocator
}

func (r *spilledRows) Schema() *arrow.Schema { return r.schema }
func (r *spilledRows) Inputs() []Operator    { return nil }
func (r *spilledRows) String() string        { return "rows spilled" }

func (r *spilledRows) Run(ctx context.Context) Batches {
	return func(yield func(arrow.RecordBatch, error) bool) {
		for _, run := range r.runs {
			for batch, err := range run.Batches(ctx, r.mem) {
				if !yield(batch, err) || err != nil {
					return
				}
			}
		}
	}
}
