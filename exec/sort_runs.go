package exec

import (
	"bytes"
	"cmp"
	"container/heap"
	"context"
	"encoding/binary"
	"iter"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/mediaflight/mediaflight/exec/eval"
	"github.com/mediaflight/mediaflight/exec/gather"
	"github.com/mediaflight/mediaflight/exec/keys"
	"github.com/mediaflight/mediaflight/exec/spill"
)

const (
	// maxRuns is how many runs are merged at once: each has a batch in memory.
	maxRuns = 64
	// runRows is how many rows a batch of a run has at most.
	runRows = 4 << 10
)

// spill writes the rows in memory to a run.
func (s *sorting) spill(ctx context.Context) error {
	if s.rows.rows == 0 {
		return nil
	}
	refs, err := s.order(ctx)
	if err != nil {
		return err
	}
	run := s.of.Spill.Create(s.rows.schema)
	s.runs = append(s.runs, run)
	if err := fill(run, func(yield func(arrow.RecordBatch, error) bool) { s.rows.emit(ctx, s.of.Mem, refs, runRows, yield) }); err != nil {
		return err
	}
	s.forget()
	if len(s.runs) < maxRuns {
		return nil
	}
	merged := s.of.Spill.Create(s.rows.schema)
	err = fill(merged, func(yield func(arrow.RecordBatch, error) bool) { s.mergeRuns(ctx, runRows, yield) })
	for _, r := range s.runs {
		r.Free()
	}
	s.runs = []*spill.Run{merged}
	return err
}

// fill writes a stream to a run.
func fill(run *spill.Run, batches Batches) error {
	for batch, err := range batches {
		if err == nil {
			err = run.Write(batch)
		}
		if err != nil {
			return err
		}
	}
	return run.Finish()
}

// merge yields all rows, of the runs and those in memory.
func (s *sorting) merge(ctx context.Context, yield func(arrow.RecordBatch, error) bool) {
	if err := s.spill(ctx); err != nil {
		yield(nil, err)
		return
	}
	s.mergeRuns(ctx, s.of.Rows, yield)
}

// mergeRuns yields the rows of the runs in order. Among equal rows, those of an earlier run come first.
func (s *sorting) mergeRuns(ctx context.Context, rows int, yield func(arrow.RecordBatch, error) bool) {
	encoder, err := keys.NewEncoder(eval.Types(s.exprs), s.sorter.orders)
	if err != nil {
		yield(nil, unsupported("%v", err))
		return
	}
	m := merging{sorting: s, encoder: encoder}
	defer m.free()
	for i, run := range s.runs {
		c := &cursor{run: i}
		c.next, c.stop = iter.Pull2(run.Batches(ctx, s.of.Mem))
		m.all = append(m.all, c)
		if err := m.advance(ctx, c); err != nil {
			yield(nil, err)
			return
		}
		if c.batch != nil {
			m.open = append(m.open, c)
		}
	}
	heap.Init(&m.open)
	for len(m.open) > 0 {
		refs, err := m.some(ctx, rows)
		if err != nil {
			yield(nil, err)
			return
		}
		if !emit(yield, gather.Batches(s.of.Mem, s.rows.schema, m.batches, refs)) {
			return
		}
		m.drop()
	}
}

// merging is a merge of runs on its way.
type merging struct {
	*sorting
	encoder *keys.Encoder
	all     []*cursor
	open    cursors             // that have rows yet
	batches []arrow.RecordBatch // that refs name: the cursors' own, and those that they have left since the last output
	refs    []gather.Ref
}

// A cursor is at a row of a run.
type cursor struct {
	run   int
	next  func() (arrow.RecordBatch, error, bool)
	stop  func()
	batch arrow.RecordBatch // nil at the end
	at    int               // its place among the batches
	keys  keys.Rows
	row   int
	word  uint64 // the first eight bytes of the row's key
}

func (c *cursor) look() {
	var word [8]byte
	copy(word[:], c.keys.Key(c.row))
	c.word = binary.BigEndian.Uint64(word[:])
}

// advance turns to the next batch of a run.
func (m *merging) advance(ctx context.Context, c *cursor) error {
	c.batch = nil
	batch, err, ok := c.next()
	if err != nil || !ok {
		return err
	}
	columns, err := arrays(ctx, m.of.Mem, m.exprs, eval.Of(batch))
	if err != nil {
		return err
	}
	defer releaseAll(columns)
	m.encoder.Encode(columns, int(batch.NumRows()), &c.keys)
	batch.Retain()
	c.batch, c.at, c.row = batch, len(m.batches), 0
	m.batches = append(m.batches, batch)
	c.look()
	return nil
}

// some names the next rows, as many as make a batch.
func (m *merging) some(ctx context.Context, rows int) ([]gather.Ref, error) {
	size := held{rows: m.open[0].batch.NumRows(), bytes: batchBytes(m.open[0].batch)}
	rows = size.step(rows)
	m.refs = m.refs[:0]
	for len(m.open) > 0 && len(m.refs) < rows {
		c := m.open[0]
		m.refs = append(m.refs, gather.At(c.at, c.row))
		if c.row++; c.row < int(c.batch.NumRows()) {
			c.look()
			heap.Fix(&m.open, 0)
			continue
		}
		if err := m.advance(ctx, c); err != nil {
			return nil, err
		}
		if c.batch == nil {
			heap.Pop(&m.open)
		} else {
			heap.Fix(&m.open, 0)
		}
	}
	return m.refs, nil
}

// drop releases the batches that cursors have left.
func (m *merging) drop() {
	var kept []arrow.RecordBatch
	for _, c := range m.open {
		m.batches[c.at], c.at = nil, len(kept)
		kept = append(kept, c.batch)
	}
	for _, b := range m.batches {
		if b != nil {
			b.Release()
		}
	}
	m.batches = kept
}

func (m *merging) free() {
	for _, b := range m.batches {
		b.Release()
	}
	for _, c := range m.all {
		c.stop()
	}
}

// cursors are a heap with the first row at the top.
type cursors []*cursor

func (c cursors) Len() int      { return len(c) }
func (c cursors) Swap(i, j int) { c[i], c[j] = c[j], c[i] }
func (c *cursors) Push(x any)   { *c = append(*c, x.(*cursor)) }
func (c *cursors) Pop() any {
	last := (*c)[len(*c)-1]
	*c = (*c)[:len(*c)-1]
	return last
}

func (c cursors) Less(i, j int) bool {
	a, b := c[i], c[j]
	if a.word != b.word {
		return a.word < b.word
	}
	return cmp.Or(bytes.Compare(a.keys.Key(a.row), b.keys.Key(b.row)), cmp.Compare(a.run, b.run)) < 0
}
