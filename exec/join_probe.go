package exec

import (
	"context"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/exec/eval"
	"github.com/mediaflight/mediaflight/exec/gather"
	"github.com/mediaflight/mediaflight/udf"
)

// A prober joins left batches with a build. It is used by one goroutine.
type prober struct {
	kind   JoinKind
	schema *arrow.Schema
	left   int    // columns of left rows
	check  *check // what candidates must fulfill to match; nil for nothing
	build  *build
	rows   int
	mem    memory.Allocator
	next   func(left int, at, to uint32) uint32 // a row's next candidate from a position on; nil if it is the one there

	answers  []answer
	lefts    []uint32 // pairs: a left row,
	rights   []uint32 // and the position of a right row
	verified int      // how many of the pairs, from the first on, are known to match
	refs     []gather.Ref
	hoisted  []arrow.Array // what the check hoisted, of the left batch
}

// answer is what is known about a left row.
type answer uint8

const (
	unmatched answer = iota
	matched
	undecided // no match, but a comparison that was NULL
)

// noRow is the position of a right row that is not there.
const noRow = ^uint32(0)

// joinAll joins a stream of left rows by joining batch after batch, and then yields the right rows without a match, if they are
// kept.
func (p *prober) joinAll(ctx context.Context, leftSchema *arrow.Schema, left Batches,
	join func(ctx context.Context, batch arrow.RecordBatch, yield func(arrow.RecordBatch) bool) (more bool, err error)) Batches {
	return func(yield func(arrow.RecordBatch, error) bool) {
		pass := func(batch arrow.RecordBatch) bool { return emit(yield, batch) }
		for batch, err := range left {
			more := false
			if err == nil {
				more, err = join(ctx, batch, pass)
			}
			if err != nil {
				yield(nil, err)
				return
			}
			if !more {
				return
			}
		}
		if err := p.rest(ctx, leftSchema, pass); err != nil {
			yield(nil, err)
		}
	}
}

// join joins a left batch with candidates as probe takes them, all of it.
func (p *prober) join(ctx context.Context, batch arrow.RecordBatch, from, to []uint32, yield func(arrow.RecordBatch) bool) (more bool, err error) {
	if more, err := p.probe(ctx, batch, from, to, yield); !more || err != nil || !p.kind.onlyLeft() {
		return more, err
	}
	return p.answered(batch, yield), nil
}

// probe looks for the matches of a left batch, and yields them unless answers are all that is asked for. Row i has candidates from
// position from[i] on and before to[i]. There is none if these are equal; else the one at from[i] is the first.
func (p *prober) probe(ctx context.Context, batch arrow.RecordBatch, from, to []uint32, yield func(arrow.RecordBatch) bool) (more bool, err error) {
	n := int(batch.NumRows())
	p.answers = sized(p.answers, n)
	clear(p.answers)
	if p.check != nil {
		if p.hoisted, err = p.check.lefts(ctx, batch, p.mem); err != nil {
			return false, err
		}
		defer releaseSome(p.hoisted)
	}
	step := p.step(batch)
	if !p.kind.onlyLeft() && cap(p.lefts) < n {
		p.lefts, p.rights = slices.Grow(p.lefts, n), slices.Grow(p.rights, n)
	}
	lefts, rights := p.lefts, p.rights // kept at hand: stores through p cost a barrier each while the collector marks
	for i := range n {
		switch {
		case from[i] == to[i]:
			if p.check == nil && p.kind.keepsLeft() {
				lefts, rights = append(lefts, uint32(i)), append(rights, noRow)
			}
		case p.check == nil && p.kind.onlyLeft():
			p.answers[i] = matched
			continue
		case p.check == nil && p.kind.onlyRight():
			for at := from[i]; at < to[i]; at = p.after(i, at, to[i]) {
				p.build.matched[at] = true
			}
			continue
		case p.check == nil && p.kind == SingleJoin && p.after(i, from[i], to[i]) < to[i]:
			return false, moreThanOne("join")
		}
		for at := from[i]; at < to[i]; at = p.after(i, at, to[i]) {
			if p.kind.onlyRight() && p.build.matched[at] {
				continue
			}
			lefts, rights = append(lefts, uint32(i)), append(rights, at)
			if len(lefts)-p.verified < step {
				continue
			}
			p.lefts, p.rights = lefts, rights
			if more, err := p.flush(ctx, batch, step/2, yield); !more || err != nil {
				return false, err
			}
			lefts, rights = p.lefts, p.rights
			if p.kind.onlyLeft() && p.answers[i] == matched {
				break
			}
		}
	}
	p.lefts, p.rights = lefts, rights
	if more, err := p.flush(ctx, batch, 0, yield); !more || err != nil {
		return false, err
	}
	if p.check != nil && p.kind.keepsLeft() {
		for i, a := range p.answers {
			if a != matched {
				p.lefts, p.rights = append(p.lefts, uint32(i)), append(p.rights, noRow)
			}
		}
		return p.output(batch, yield), nil
	}
	return true, nil
}

// pairsUnchecked says whether each candidate is a pair to yield.
func (p *prober) pairsUnchecked() bool {
	return p.check == nil && p.next == nil && (p.kind == InnerJoin || p.kind == LeftJoin || p.kind == SingleJoin)
}

// pairOnly yields the pairs of left rows and the only right row of each, which is at a position or is not there.
func (p *prober) pairOnly(batch arrow.RecordBatch, at []uint32, yield func(arrow.RecordBatch) bool) (more bool) {
	lefts, rights := sized(p.lefts, len(at)), sized(p.rights, len(at))
	n := 0
	for i, right := range at {
		lefts[n], rights[n] = uint32(i), right
		if p.kind == InnerJoin {
			n += int((uint64(right) - uint64(noRow)) >> 63) // 1 unless it is noRow: which rows match cannot be predicted
		} else {
			n++
		}
	}
	p.lefts, p.rights = lefts[:n], rights[:n]
	return p.output(batch, yield)
}

// after is the candidate of a left row behind the one at a position.
func (p *prober) after(left int, at, to uint32) uint32 {
	if p.next == nil {
		return at + 1
	}
	return p.next(left, at+1, to)
}

// step is how many pairs to look at together.
func (p *prober) step(batch arrow.RecordBatch) int {
	width := batchBytes(batch)/max(batch.NumRows(), 1) + p.build.bytes/max(p.build.rows, 1)
	return max(min(p.rows, int(maxBatchBytes/(width+1))), 64)
}

// flush checks the pairs collected and yields those that match, once there are enough.
func (p *prober) flush(ctx context.Context, batch arrow.RecordBatch, enough int, yield func(arrow.RecordBatch) bool) (more bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	from := p.verified
	if p.check != nil && from < len(p.lefts) {
		if err := p.verify(ctx, batch); err != nil {
			return false, err
		}
	}
	p.verified = len(p.lefts)
	if p.build.matched != nil {
		for _, at := range p.rights[from:] {
			if at != noRow {
				p.build.matched[at] = true
			}
		}
	}
	switch {
	case p.kind.onlyLeft() || p.kind.onlyRight():
		p.drop()
		return true, nil
	case p.verified < enough:
		return true, nil
	}
	return p.output(batch, yield), nil
}

// drop forgets the pairs.
func (p *prober) drop() { p.lefts, p.rights, p.verified = p.lefts[:0], p.rights[:0], 0 }

// verify keeps those of the new pairs that fulfill the condition, and notes what that says about their left rows.
func (p *prober) verify(ctx context.Context, batch arrow.RecordBatch) error {
	lefts, rights := p.lefts[p.verified:], p.rights[p.verified:]
	total := p.left + len(p.build.columns)
	in := eval.Input{Columns: make([]arrow.Array, total+len(p.hoisted)), Rows: len(lefts)}
	refs := p.rightRefs(rights)
	for _, c := range p.check.needs {
		switch {
		case c < p.left:
			in.Columns[c] = gather.Rows(p.mem, batch.Column(c), lefts)
		case c < total:
			in.Columns[c] = p.rightColumn(c-p.left, refs)
		case p.hoisted[c-total] != nil:
			in.Columns[c] = gather.Rows(p.mem, p.hoisted[c-total], lefts)
		default:
			in.Columns[c] = gather.Chunks(p.mem, p.check.hoisted[c-total].Type(), p.check.rights[c-total], refs)
		}
		defer in.Columns[c].Release()
	}
	result, err := eval.Array(ctx, p.mem, p.check.condition, in)
	if err != nil {
		return err
	}
	defer result.Release()
	holds := result.(*array.Boolean)
	kept := 0
	for i, row := range lefts {
		switch {
		case holds.IsNull(i):
			if p.answers[row] == unmatched {
				p.answers[row] = undecided
			}
		case holds.Value(i):
			if p.kind == SingleJoin && p.answers[row] == matched {
				return moreThanOne("join")
			}
			p.answers[row] = matched
			lefts[kept], rights[kept] = row, rights[i]
			kept++
		}
	}
	p.lefts, p.rights = p.lefts[:p.verified+kept], p.rights[:p.verified+kept]
	return nil
}

// rightRefs names the rows at positions.
func (p *prober) rightRefs(positions []uint32) []gather.Ref {
	p.refs = sized(p.refs, len(positions))
	if !p.kind.keepsLeft() {
		for i, at := range positions {
			p.refs[i] = p.build.refs[at]
		}
		return p.refs
	}
	for i, at := range positions {
		p.refs[i] = p.build.none
		if at != noRow {
			p.refs[i] = p.build.refs[at]
		}
	}
	return p.refs
}

func (p *prober) rightColumn(i int, refs []gather.Ref) arrow.Array {
	return gather.Chunks(p.mem, p.build.schema.Field(i).Type, p.build.columns[i], refs)
}

// output yields the pairs collected.
func (p *prober) output(batch arrow.RecordBatch, yield func(arrow.RecordBatch) bool) bool {
	defer p.drop()
	if len(p.lefts) == 0 {
		return true
	}
	columns := make([]arrow.Array, 0, p.schema.NumFields())
	defer func() { releaseAll(columns) }()
	asIs := isEvery(p.lefts, int(batch.NumRows()))
	for _, c := range batch.Columns() {
		if asIs {
			c.Retain()
			columns = append(columns, c)
		} else {
			columns = append(columns, gather.Rows(p.mem, c, p.lefts))
		}
	}
	refs := p.rightRefs(p.rights)
	for i := range p.build.columns {
		c := p.build.codes(p.mem, i, p.rights)
		if c == nil {
			c = p.rightColumn(i, refs)
		}
		columns = append(columns, c)
	}
	return yield(catalog.NewBatch(p.schema, columns, int64(len(p.lefts))))
}

// isEvery says whether rows are 0 to n-1.
func isEvery(rows []uint32, n int) bool {
	if len(rows) != n {
		return false
	}
	for i, r := range rows {
		if r != uint32(i) {
			return false
		}
	}
	return true
}

// answered yields what a join of kind onlyLeft says about the rows of a batch.
func (p *prober) answered(batch arrow.RecordBatch, yield func(arrow.RecordBatch) bool) bool {
	if p.kind == MarkJoin {
		b := array.NewBooleanBuilder(p.mem)
		defer b.Release()
		b.Reserve(len(p.answers))
		for _, a := range p.answers {
			if a == undecided {
				b.AppendNull()
			} else {
				b.Append(a == matched)
			}
		}
		mark := b.NewArray()
		defer mark.Release()
		return yield(catalog.NewBatch(p.schema, append(slices.Clone(batch.Columns()), mark), batch.NumRows()))
	}
	var rows []uint32
	for i, a := range p.answers {
		if (a == matched) == (p.kind == SemiJoin) {
			rows = append(rows, uint32(i))
		}
	}
	switch len(rows) {
	case 0:
		return true
	case int(batch.NumRows()):
		return yield(withSchema(p.schema, batch))
	}
	kept := gather.Batch(p.mem, batch, rows)
	defer kept.Release()
	return yield(withSchema(p.schema, kept))
}

// rest yields the right rows that no left row matched; of a semi join, those that one has.
func (p *prober) rest(ctx context.Context, leftSchema *arrow.Schema, yield func(arrow.RecordBatch) bool) error {
	var refs []gather.Ref
	for at, m := range p.build.matched {
		if m == (p.kind == RightSemiJoin) {
			refs = append(refs, p.build.refs[at])
		}
	}
	step := p.build.step(p.rows)
	for from := 0; from < len(refs); from += step {
		if err := ctx.Err(); err != nil {
			return err
		}
		some := refs[from:min(from+step, len(refs))]
		var columns []arrow.Array
		if !p.kind.onlyRight() {
			for _, f := range leftSchema.Fields() {
				columns = append(columns, udf.NullArray(p.mem, f.Type, len(some)))
			}
		}
		for i := range p.build.columns {
			columns = append(columns, p.rightColumn(i, some))
		}
		batch := array.NewRecordBatch(p.schema, columns, int64(len(some)))
		releaseAll(columns)
		if !yield(batch) {
			return nil
		}
	}
	return nil
}

// sized returns a slice of n elements, in the memory of s if they fit. What they hold is undefined.
func sized[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}
