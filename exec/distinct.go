package exec

import (
	"context"
	"math/bits"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/exec/gather"
	"github.com/mediaflight/mediaflight/exec/keys"
	"github.com/mediaflight/mediaflight/exec/spill"
)

// Distinct passes on each row the first time that it comes. When it gets no more memory, it spills the rows that it has not seen,
// by their hashes, and looks at one partition after the other when its input has ended.
type Distinct struct {
	Input Operator
	Mem   memory.Allocator
	Spill *spill.Folder // nil to fail instead
	holding
}

func (d *Distinct) Schema() *arrow.Schema { return d.Input.Schema() }
func (d *Distinct) Inputs() []Operator    { return []Operator{d.Input} }
func (d *Distinct) String() string        { return "distinct" }

func (d *Distinct) Run(ctx context.Context) Batches {
	return func(yield func(arrow.RecordBatch, error) bool) {
		defer d.free()
		d.pass(ctx, d.Input.Run(ctx), 0, yield)
	}
}

// pass yields the different rows of a stream, of which all have the hashes of a partition at a depth. It is false if the stream is
// to end.
func (d *Distinct) pass(ctx context.Context, input Batches, depth int, yield func(arrow.RecordBatch, error) bool) bool {
	seen, err := d.newSeen(depth)
	if err != nil {
		yield(nil, err)
		return false
	}
	defer seen.free()
	more := true
	mapped(ctx, input, seen.first)(func(batch arrow.RecordBatch, err error) bool {
		more = yield(batch, err) && err == nil
		return more
	})
	if !more || seen.spilled == nil {
		return more
	}
	if err := seen.spilled.Finish(); err != nil {
		yield(nil, err)
		return false
	}
	seen.forget()
	for _, run := range seen.spilled.Runs {
		if !d.pass(ctx, run.Batches(ctx, d.Mem), depth+1, yield) {
			return false
		}
		run.Free()
	}
	return true
}

// distinctRows are the rows that one pass has seen.
type distinctRows struct {
	of      *Distinct
	depth   int
	table   *keys.Table
	hasher  *keys.Hasher
	bytes   int64
	spilled *spill.Partitions // rows that are not in the table; nil while there is memory

	insert, find keys.Scratch
	ids, rows    []uint32
	hashes       []uint64
}

func (d *Distinct) newSeen(depth int) (*distinctRows, error) {
	var types []arrow.DataType
	for _, f := range d.Schema().Fields() {
		types = append(types, f.Type)
	}
	s := &distinctRows{of: d, depth: depth}
	var err error
	if s.table, err = keys.NewTable(types); err == nil {
		s.hasher, err = keys.NewHasher(types)
	}
	if err != nil {
		return nil, unsupported("distinct rows: %v", err)
	}
	return s, nil
}

// forget gives the table's memory back.
func (s *distinctRows) forget() {
	s.of.shrink(s.bytes)
	s.table, s.bytes = nil, 0
}

func (s *distinctRows) free() {
	s.forget()
	if s.spilled != nil {
		s.spilled.Free()
	}
}

// first returns the rows of a batch that come for the first time, as far as there is memory to know.
func (s *distinctRows) first(_ context.Context, batch arrow.RecordBatch) (arrow.RecordBatch, error) {
	n := int(batch.NumRows())
	if cap(s.ids) < n {
		s.ids = make([]uint32, n)
	}
	if s.spilled == nil && s.mustSpill(n) {
		s.spilled = s.of.Spill.NewPartitions(s.of.Schema(), s.of.Mem, s.depth)
	}
	if s.spilled != nil {
		if err := s.spillNew(batch); err != nil {
			return nil, err
		}
		return batch.NewSlice(0, 0), nil
	}
	s.rows = s.table.Insert(&s.insert, batch.Columns(), n, s.ids[:n], s.rows)
	grown := s.table.Bytes() - s.bytes
	if err := s.of.grow(s.of, grown); err != nil {
		return nil, err
	}
	s.bytes += grown
	if len(s.rows) == n {
		batch.Retain()
		return batch, nil
	}
	return gather.Batch(s.of.Mem, batch, s.rows), nil
}

// mustSpill says whether there is no memory for rows more rows, with which a table may double.
func (s *distinctRows) mustSpill(rows int) bool {
	if s.of.Spill == nil || s.depth == spill.MaxDepth || bits.Len(uint(s.table.Len())) == bits.Len(uint(s.table.Len()+rows)) {
		return false
	}
	if !s.of.tryGrow(s.of, s.table.Bytes()) {
		return true
	}
	s.of.shrink(s.table.Bytes())
	return false
}

// spillNew spills the rows of a batch that are not in the table.
func (s *distinctRows) spillNew(batch arrow.RecordBatch) error {
	n := int(batch.NumRows())
	s.table.Find(&s.find, batch.Columns(), n, s.ids[:n])
	s.rows = s.rows[:0]
	for i, id := range s.ids[:n] {
		if id == keys.Missing {
			s.rows = append(s.rows, uint32(i))
		}
	}
	if len(s.rows) == 0 {
		return nil
	}
	s.hashes = s.hasher.Hash(batch.Columns(), n, s.hashes)
	batch.Retain()
	plain := settle(s.of.Mem, s.of.Schema(), batch, nil)
	defer plain.Release()
	return s.spilled.Add(plain, s.hashes, s.rows)
}
