package exec

import (
	"context"
	"fmt"
	"sync"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"
	pb "github.com/substrait-io/substrait-protobuf/go/substraitpb"

	"github.com/mediaflight/mediaflight/exec/spill"
)

// shares are the relations of a plan that are computed once, whoever uses them.
type shares struct {
	relations []*pb.PlanRel
	rows      []*sharedRows // nil for those that nobody has referred to yet
	below     int           // the relation that is being built may refer to those below this one
}

func newShares(relations []*pb.PlanRel) *shares {
	return &shares{relations: relations, rows: make([]*sharedRows, len(relations)), below: len(relations)}
}

// begin has the rows computed for as long as the query runs; what it returns frees them.
func (s *shares) begin(ctx context.Context) (end func()) {
	for _, r := range s.rows {
		if r != nil {
			r.ctx = ctx
		}
	}
	return func() {
		for _, r := range s.rows {
			if r != nil {
				r.release()
			}
		}
	}
}

// reference builds a use of shared rows, and what computes them if it is the first.
func (b *builder) reference(ctx context.Context, ref *pb.ReferenceRel) (Operator, error) {
	s, at := b.shares, int(ref.SubtreeOrdinal)
	if at < 0 || at >= s.below {
		return nil, malformed("reference to relation %d of %d", at, s.below)
	}
	first := s.rows[at] == nil
	if first {
		rows, err := b.share(ctx, at)
		if err != nil {
			return nil, err
		}
		s.rows[at] = rows
	}
	return &Shared{rows: s.rows[at], number: at, first: first}, nil
}

func (b *builder) share(ctx context.Context, at int) (*sharedRows, error) {
	below, rows := b.shares.below, b.rows
	b.shares.below, b.rows = at, nil
	defer func() { b.shares.below, b.rows = below, rows }()
	defer b.beside(nil)()
	input, err := b.input(ctx, b.shares.relations[at].GetRel())
	if err != nil {
		return nil, err
	}
	askForEncoded(b.env.Mem, input, noColumns(input))
	return &sharedRows{input: input, mem: b.env.Mem, spill: b.env.Spill, holding: b.holding()}, nil
}

// sharedRows are rows that are computed when they are first needed, and kept until the query ends: in memory, or in a file if there
// is not enough.
type sharedRows struct {
	input Operator
	mem   memory.Allocator
	spill *spill.Folder // nil to fail instead
	ctx   context.Context
	holding

	once sync.Once
	held held
	run  *spill.Run // nil while all are in memory
	err  error
}

// take computes the rows if nobody has yet: for all of the query, even if who asks first is stopped before it ends.
func (s *sharedRows) take(ctx context.Context, op Operator) error {
	s.once.Do(func() {
		if s.ctx != nil {
			ctx = s.ctx
		}
		s.err = s.compute(ctx, op)
	})
	return s.err
}

func (s *sharedRows) compute(ctx context.Context, op Operator) error {
	s.held.schema = s.input.Schema()
	for batch, err := range s.input.Run(ctx) {
		if err == nil {
			err = ctx.Err()
		}
		if err == nil {
			err = s.keep(op, batch)
		}
		if err != nil {
			return err
		}
	}
	if s.run == nil {
		return nil
	}
	return s.run.Finish()
}

func (s *sharedRows) keep(op Operator, batch arrow.RecordBatch) error {
	batch.Retain()
	plain := settle(s.mem, s.held.schema, batch, nil)
	defer plain.Release()
	if s.run != nil {
		return s.run.Write(plain)
	}
	size := batchBytes(plain)
	if s.spill == nil {
		if err := s.grow(op, size); err != nil {
			return err
		}
		s.held.add(plain)
		return nil
	}
	if s.tryGrow(op, size) {
		s.held.add(plain)
		return nil
	}
	s.run = s.spill.Create(s.held.schema)
	for _, b := range append(s.held.batches, plain) {
		if err := s.run.Write(b); err != nil {
			return err
		}
	}
	s.held.release()
	s.free()
	return nil
}

func (s *sharedRows) release() {
	s.held.release()
	s.free()
	if s.run != nil {
		s.run.Free()
	}
}

// parts are all rows: a part for each batch in memory, or one of those in a file.
func (s *sharedRows) parts() []Part {
	if s.run != nil {
		return []Part{{Rows: s.run.Rows(), Run: func(ctx context.Context) Batches { return s.run.Batches(ctx, s.mem) }}}
	}
	parts := make([]Part, len(s.held.batches))
	for i, batch := range s.held.batches {
		parts[i] = Part{Rows: batch.NumRows(), Run: func(ctx context.Context) Batches {
			return func(yield func(arrow.RecordBatch, error) bool) { yield(batch, ctx.Err()) }
		}}
	}
	return parts
}

// Shared yields rows that other parts of the query use too.
type Shared struct {
	rows   *sharedRows
	number int
	first  bool // the use that EXPLAIN shows the input of
}

func (s *Shared) Schema() *arrow.Schema { return s.rows.input.Schema() }

func (s *Shared) Inputs() []Operator {
	if s.first {
		return []Operator{s.rows.input}
	}
	return nil
}

func (s *Shared) String() string { return fmt.Sprintf("shared rows %d", s.number+1) }

// mostHeld is what the rows took, shown where their input is.
func (s *Shared) mostHeld() int64 {
	if s.first {
		return s.rows.mostHeld()
	}
	return 0
}

func (s *Shared) Run(ctx context.Context) Batches { return inSequence(ctx, s) }
func (s *Shared) Splits() bool                    { return true }

func (s *Shared) Parts(ctx context.Context) (*Parts, error) {
	if err := s.rows.take(ctx, s); err != nil {
		return nil, err
	}
	return &Parts{List: s.rows.parts(), Close: func() {}}, nil
}
