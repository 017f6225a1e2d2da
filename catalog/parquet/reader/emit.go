package reader

import (
	"context"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/catalog"
)

const (
	// batchBytes is what a batch aims at.
	batchBytes = 2 << 20
	// batchRows is how many rows a batch has at most where the scan does not say.
	batchRows = 64 << 10
	// pendingRows is the stretch of rows over which survivors of a filter are collected into one batch.
	pendingRows = 256 << 10
)

// A groupScan reads the rows of one row group.
type groupScan struct {
	*plan
	group   *rowGroup
	readers []columnReader // by index of Spec.Columns; nil for those not read
	sizes   []int64        // bytes a row takes in each
	counts  counters
	mem     memory.Allocator
	most    int            // rows of a batch
	filter  catalog.Filter // of the range that is being read; nil for all rows
	pending []uint32       // rows that passed and are not given yet
	chosen  []uint32
}

func (p *plan) open(group *rowGroup) *groupScan {
	s := &groupScan{plan: p, group: group, readers: make([]columnReader, len(p.columns)), sizes: make([]int64, len(p.columns)), mem: p.spec.Scan.Mem, most: p.spec.Scan.Rows}
	if s.mem == nil {
		s.mem = memory.DefaultAllocator
	}
	if s.most <= 0 {
		s.most = batchRows
	}
	for i, b := range p.columns {
		if b != nil {
			s.readers[i] = b.open(group, s.mem, &s.counts)
			_ = guard(p.file.path, func() error { // if it cannot be read, reading says so
				s.sizes[i] = b.rowBytes(group)
				return nil
			})
		}
	}
	return s
}

func (s *groupScan) close() {
	s.counts.flush(s.spec.Scan.Stats)
	for _, r := range s.readers {
		if r != nil {
			r.close()
		}
	}
}

type yielder = func(arrow.RecordBatch, error) bool

// run gives the rows of the ranges that are not deleted and pass the filter. more is false when nobody wants them.
func (s *groupScan) run(ctx context.Context, ranges []selection, yield yielder) (more bool, err error) {
	if s.keepsNone(ctx) {
		return true, nil
	}
	for _, r := range ranges {
		s.filter = s.spec.Scan.Filter
		if f, ok := s.filter.(catalog.WaivableFilter); ok && f.Waived() {
			s.filter = nil
		}
		if s.filter == nil && (s.spec.Deleted == nil || !s.spec.Deleted.Any(s.group.first+r.from, s.group.first+r.to)) {
			if more, err = s.flush(ctx, 0, yield); !more || err != nil { // rows of a range before this one
				return more, err
			}
			s.spec.Scan.Stats.RowsRead.Add(r.to - r.from)
			more, err = s.emitAll(ctx, r, yield)
		} else {
			more, err = s.sift(ctx, r, yield)
		}
		if !more || err != nil {
			return more, err
		}
	}
	return s.flush(ctx, 0, yield)
}

// sift reads a range step by step, chooses rows and gives them whenever there are enough.
func (s *groupScan) sift(ctx context.Context, r selection, yield yielder) (more bool, err error) {
	for r.from < r.to {
		if err := ctx.Err(); err != nil {
			return false, err
		}
		step := selection{from: r.from, to: r.to}
		if err := guard(s.file.path, func() error {
			return s.cut(&step, s.filterColumns())
		}); err != nil {
			return false, err
		}
		if err := s.choose(ctx, step); err != nil {
			return false, err
		}
		r.from = step.to
		enough := s.rowsOf(s.spec.Scan.Columns)
		if len(s.pending) > 0 && r.from-int64(s.pending[0]) > pendingRows {
			enough = 0
		}
		if more, err := s.flush(ctx, enough, yield); !more || err != nil {
			return more, err
		}
		if len(s.pending) == 0 {
			s.drop(r.from)
		}
	}
	return true, nil
}

func (s *groupScan) filterColumns() []int {
	if s.filter == nil {
		return nil
	}
	return s.filter.Columns()
}

// choose appends to pending the rows of step that are not deleted and pass the filter.
func (s *groupScan) choose(ctx context.Context, step selection) error {
	if deleted, first := s.spec.Deleted, s.group.first; deleted != nil && deleted.Any(first+step.from, first+step.to) {
		step.rows = make([]uint32, 0, step.to-step.from)
		for row := step.from; row < step.to; row++ {
			if !deleted.Contains(first + row) {
				step.rows = append(step.rows, uint32(row))
			}
		}
	}
	s.spec.Scan.Stats.RowsRead.Add(int64(step.len()))
	if step.len() == 0 {
		return nil
	}
	if s.filter == nil {
		s.pending = step.list(s.pending)
		return nil
	}
	batch, err := s.batch(step, s.filterColumns(), s.plan.filter, s.coded, false)
	if err != nil {
		return err
	}
	defer batch.Release()
	err = guardFaults(s.file.path, func() (err error) {
		s.chosen, err = s.filter.Select(ctx, batch, s.chosen[:0])
		return err
	})
	if err != nil {
		return err
	}
	for _, i := range s.chosen {
		if step.rows != nil {
			s.pending = append(s.pending, step.rows[i])
		} else {
			s.pending = append(s.pending, uint32(step.from)+i)
		}
	}
	return nil
}

// flush gives pending rows as long as there are enough of them; with enough = 0, all.
func (s *groupScan) flush(ctx context.Context, enough int, yield yielder) (more bool, err error) {
	for len(s.pending) > 0 && len(s.pending) >= enough {
		n := len(s.pending)
		if enough > 0 {
			n = enough
		}
		rows := s.pending[:n]
		all := selection{from: int64(rows[0]), to: int64(rows[n-1]) + 1}
		if all.len() != n {
			all.rows = rows
		}
		if more, err := s.emitAll(ctx, all, yield); !more || err != nil {
			return more, err
		}
		s.pending = append(s.pending[:0], s.pending[n:]...)
	}
	return true, nil
}

// emitAll gives the selected rows in batches.
func (s *groupScan) emitAll(ctx context.Context, all selection, yield yielder) (more bool, err error) {
	columns := s.spec.Scan.Columns
	for all.len() > 0 {
		if err := ctx.Err(); err != nil {
			return false, err
		}
		part := all
		if err := guard(s.file.path, func() error { return s.cut(&part, columns) }); err != nil {
			return false, err
		}
		batch, err := s.batch(part, columns, s.output, s.encoded, s.spec.Scan.Address)
		if err != nil {
			return false, err
		}
		s.spec.Scan.Stats.RowsKept.Add(batch.NumRows())
		s.counts.flush(s.spec.Scan.Stats)
		more := yield(batch, nil)
		batch.Release()
		if !more {
			return false, nil
		}
		if all.rows != nil {
			all.rows = all.rows[len(part.rows):]
			if len(all.rows) > 0 {
				all.from = int64(all.rows[0])
			}
		} else {
			all.from = part.to
		}
		s.drop(part.to)
	}
	return true, nil
}

// cut shortens a selection to what one batch of the columns should have. Where vectors lie in place, a batch ends with
// their page, unless little would be left of it.
func (s *groupScan) cut(part *selection, columns []int) error {
	n := min(part.len(), s.rowsOf(columns))
	if part.rows != nil {
		part.rows = part.rows[:n]
		part.from, part.to = int64(part.rows[0]), int64(part.rows[n-1])+1
		return nil
	}
	part.to = part.from + int64(n)
	widest, width := -1, int64(0)
	for _, c := range columns {
		if s.columns[c].vector && s.sizes[c] > width {
			widest, width = c, s.sizes[c]
		}
	}
	if widest < 0 {
		return nil
	}
	edge, err := s.readers[widest].edge(part.from)
	if edge > part.from && edge < part.to && (edge-part.from)*width >= batchBytes/8 {
		part.to = edge
	}
	return err
}

// rowsOf is how many rows of the columns make a batch.
func (s *groupScan) rowsOf(columns []int) int {
	size := int64(1)
	for _, c := range columns {
		size += s.sizes[c]
	}
	return int(max(1, min(int64(s.most), batchBytes/size)))
}

// batch reads the selected rows of the columns. Those that are also in encoded may come so.
func (s *groupScan) batch(part selection, columns []int, schema *arrow.Schema, encoded []int, address bool) (arrow.RecordBatch, error) {
	arrays := make([]arrow.Array, 0, len(columns)+1)
	defer func() {
		for _, a := range arrays {
			a.Release()
		}
	}()
	err := guard(s.file.path, func() error {
		for _, c := range columns {
			a, err := s.column(c, part, slices.Contains(encoded, c))
			if err != nil {
				return err
			}
			arrays = append(arrays, a)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if address {
		arrays = append(arrays, s.addresses(part))
	}
	return catalog.NewBatch(schema, arrays, int64(part.len())), nil
}

// column reads the selected rows of one column.
func (s *groupScan) column(c int, part selection, encoded bool) (arrow.Array, error) {
	if r, ok := s.readers[c].(*flatReader); ok && encoded {
		if a, ok, err := r.readEncoded(part); ok || err != nil {
			return a, err
		}
	}
	return s.readers[c].read(part)
}

// addresses is the column of addresses. A scan for nearest neighbors reads little else that takes memory, so it uses that of
// the batches before again.
func (s *groupScan) addresses(part selection) arrow.Array {
	v := allocateFixed(&pageMemory, part.len(), 8)
	defer v.release()
	out, base := elements[int64](v.data), s.spec.Base+s.group.first
	if part.rows == nil {
		for i := range out {
			out[i] = base + part.from + int64(i)
		}
	} else {
		for i, row := range part.rows {
			out[i] = base + int64(row)
		}
	}
	a, _ := wrap(arrow.PrimitiveTypes.Int64, v, 0, v.n)
	return a
}

func (s *groupScan) drop(row int64) {
	for _, r := range s.readers {
		if r != nil {
			r.drop(row)
		}
	}
}
