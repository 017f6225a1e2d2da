package exec

import (
	"context"
	"errors"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/mediaflight/mediaflight/exec/eval"
	"github.com/mediaflight/mediaflight/exec/keys"
	"github.com/mediaflight/mediaflight/exec/spill"
)

// rightShare is what one goroutine reads of the right side of a join: rows and their keys, in memory until that is refused, and
// from then on in files.
type rightShare struct {
	held
	join     *HashJoin
	keys     [][]arrow.Array
	keyBytes int64 // of keys that are going to be released
	reserved int64
	spilled  *spilledSide // nil while all is in memory
}

// read reads the right side, several parts of it at once.
func (t *joinTable) read(ctx context.Context) ([]*rightShare, error) {
	j := t.op
	shares, err := inRanges(ctx, j.Right, j.Workers, func(ctx context.Context, batches Batches) (*rightShare, error) {
		s := &rightShare{join: j}
		s.schema = t.schema
		for batch, err := range batches {
			if err == nil {
				err = s.take(ctx, batch)
			}
			if err != nil {
				return s, err
			}
		}
		return s, nil
	})
	known := shares[:0]
	for _, s := range shares {
		if s != nil {
			known = append(known, s)
		}
	}
	return known, err
}

func anySpilled(shares []*rightShare) bool {
	for _, s := range shares {
		if s.spilled != nil {
			return true
		}
	}
	return false
}

func (s *rightShare) take(ctx context.Context, batch arrow.RecordBatch) error {
	if s.spilled == nil {
		err := s.hold(ctx, batch)
		if err == nil || !s.join.spills(err) {
			return err
		}
		if err := s.spill(ctx); err != nil {
			return err
		}
	}
	return s.spilled.add(ctx, batch)
}

// hold keeps a batch in memory, and the keys of its rows.
func (s *rightShare) hold(ctx context.Context, batch arrow.RecordBatch) error {
	j := s.join
	exprs := j.rightKeys()
	columns, err := arrays(ctx, j.Mem, exprs, rightInput(j, batch))
	if err != nil {
		return err
	}
	var size int64
	for i, a := range columns {
		if _, ok := exprs[i].(*eval.Column); !ok {
			size += arrayBytes(a)
		}
	}
	more := size + batchBytes(batch) + 8*batch.NumRows()
	if err := j.reserve(more); err != nil {
		releaseAll(columns)
		return err
	}
	s.reserved += more
	s.keyBytes += size
	s.keys = append(s.keys, columns)
	batch.Retain()
	plain := settle(j.Mem, s.schema, batch, nil) // few rows held could pin a large dictionary
	s.add(plain)
	plain.Release()
	return nil
}

// reserve takes memory for right rows. A join that can spill leaves a part of it to operators that cannot; its partitions need not.
func (j *HashJoin) reserve(n int64) error {
	if j.depth > 0 || !j.spillable() {
		return j.grow(j, n)
	}
	if !j.tryGrow(j, n) {
		return &Error{Operator: j.String(), State: stateOutOfMemory, Msg: "there is no memory for the right rows"}
	}
	return nil
}

// rightInput is a right batch to expressions, which count the left columns too.
func rightInput(j *HashJoin, batch arrow.RecordBatch) eval.Input {
	return eval.Input{Columns: append(make([]arrow.Array, j.Left.Schema().NumFields()), batch.Columns()...), Rows: int(batch.NumRows())}
}

// spill moves what is in memory to files.
func (s *rightShare) spill(ctx context.Context) error {
	var err error
	if s.spilled, err = s.join.newSide(s.schema, s.join.rightKeys(), rightInput); err != nil {
		return err
	}
	for _, batch := range s.batches {
		if err := s.spilled.add(ctx, batch); err != nil {
			return err
		}
	}
	s.drop()
	s.join.shrink(s.reserved)
	s.reserved = 0
	return nil
}

// drop forgets what is in memory.
func (s *rightShare) drop() {
	s.release()
	for _, columns := range s.keys {
		releaseAll(columns)
	}
	s.keys, s.keyBytes = nil, 0
}

func (s *rightShare) free() {
	s.drop()
	s.spilled.free()
}

// spillable says whether the join can go on in partitions. A mark is NULL for a NULL anywhere on the right, which no partition knows.
func (j *HashJoin) spillable() bool {
	return j.folder != nil && j.depth < spill.MaxDepth && j.Kind != MarkJoin
}

// spills says whether an error is one that spilling helps against.
func (j *HashJoin) spills(err error) bool {
	var e *Error
	return j.spillable() && errors.As(err, &e) && e.State == stateOutOfMemory
}

// A spilledSide is rows of one side of a join, in files by the hashes of their keys.
type spilledSide struct {
	*spill.Partitions
	join   *HashJoin
	schema *arrow.Schema
	keys   []eval.Expr
	input  func(*HashJoin, arrow.RecordBatch) eval.Input
	hasher *keys.Hasher
	hashes []uint64
}

func (j *HashJoin) newSide(schema *arrow.Schema, exprs []eval.Expr, input func(*HashJoin, arrow.RecordBatch) eval.Input) (*spilledSide, error) {
	hasher, err := keys.NewHasher(eval.Types(exprs))
	if err != nil {
		return nil, unsupported("join on %v", err)
	}
	return &spilledSide{Partitions: j.folder.NewPartitions(schema, j.Mem, j.depth), join: j, schema: schema, keys: exprs, input: input, hasher: hasher}, nil
}

func (s *spilledSide) add(ctx context.Context, batch arrow.RecordBatch) error {
	columns, err := arrays(ctx, s.join.Mem, s.keys, s.input(s.join, batch))
	if err != nil {
		return err
	}
	defer releaseAll(columns)
	s.hashes = s.hasher.Hash(columns, int(batch.NumRows()), s.hashes)
	batch.Retain()
	plain := settle(s.join.Mem, s.schema, batch, nil)
	defer plain.Release()
	return s.Add(plain, s.hashes, nil)
}

func (s *spilledSide) free() {
	if s != nil {
		s.Free()
	}
}
