package exec

import (
	"context"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/exec/eval"
	"github.com/mediaflight/mediaflight/exec/gather"
	"github.com/mediaflight/mediaflight/exec/keys"
)

// HashJoin finds the right rows for each left row by a hash table of the right rows' keys. It splits with its left input.
type HashJoin struct {
	Left, Right Operator
	Kind        JoinKind
	Keys        []JoinKey
	Condition   eval.Expr // all that matches must fulfill, keys included
	Residual    eval.Expr // what is left of it beside the keys, or nil
	Rows        int
	Mem         memory.Allocator
	holding

	// ranges are the inequalities of the residual condition that an index can have, and rangeResidual is what is left beside.
	ranges        []joinRange
	rangeResidual eval.Expr

	schema  *arrow.Schema
	filter  *keyFilter // of the scan below Left, if there is one
	encoded columnSet  // right columns that whoever reads takes encoded
}

// A JoinKey is a pair of expressions that must be equal. Both count left columns and then right ones; each uses those of
// its side only.
type JoinKey struct {
	Left, Right eval.Expr
	// NullSafe lets NULL match NULL: IS NOT DISTINCT FROM.
	NullSafe bool
}

func (j *HashJoin) Schema() *arrow.Schema { return j.schema }
func (j *HashJoin) Inputs() []Operator    { return []Operator{j.Left, j.Right} }

func (j *HashJoin) String() string {
	texts := make([]string, len(j.Keys))
	for i, k := range j.Keys {
		op := " = "
		if k.NullSafe {
			op = " IS NOT DISTINCT FROM "
		}
		texts[i] = k.Left.String() + op + k.Right.String()
	}
	text := "hash " + j.Kind.String() + " on " + strings.Join(texts, " AND ")
	if j.Residual != nil {
		text += " if " + j.Residual.String()
	}
	return text
}

// Splits: which right rows have no match is known only at the end of all parts, so a join that asks for them is one part.
func (j *HashJoin) Splits() bool { return splits(j.Left) && !j.Kind.marksRight() }

func (j *HashJoin) Parts(ctx context.Context) (*Parts, error) { return partsOfJoin(ctx, j.Left, j) }

func (j *HashJoin) Run(ctx context.Context) Batches { return runJoin(ctx, j.Left, j) }

// joinTable is the right rows and where to find them.
type joinTable struct {
	build
	op     *HashJoin
	keys   *keys.Table
	starts []uint32 // the first position of each key's rows, and the number of rows
	ends   []uint32 // where each key's rows end that may match
	// nulls and all are positions of, once more, the rows with a NULL key and all rows: what a mark join looks at to tell
	// false from NULL.
	nulls, all [2]uint32
	hasNull    bool        // some row has a NULL key
	index      *rangeIndex // in each key's rows; nil if these are few
	residual   *check
}

func (t *joinTable) matchesNothing() bool { return t.rows == 0 && t.op.Kind.needsRight() }

func (t *joinTable) close() {
	t.residual.free()
	t.build.free()
	t.op.free()
}

// prepare reads the right side.
func (j *HashJoin) prepare(ctx context.Context) (preparedJoin, error) {
	t := &joinTable{op: j}
	exprs := make([]eval.Expr, len(j.Keys))
	for i, k := range j.Keys {
		exprs[i] = k.Right
	}
	var err error
	if t.keys, err = keys.NewTable(eval.Types(exprs)); err != nil {
		return t, unsupported("join on %v", err)
	}
	var ids, nulls, fresh []uint32
	var scratch keys.Scratch
	err = t.hold(ctx, j, &j.holding, j.Mem, j.Right, func(batch arrow.RecordBatch) error {
		// Expressions count the left columns too, which are not there yet.
		in := eval.Input{Columns: append(make([]arrow.Array, j.Left.Schema().NumFields()), batch.Columns()...), Rows: int(batch.NumRows())}
		columns, err := arrays(ctx, j.Mem, exprs, in)
		if err != nil {
			return err
		}
		defer releaseAll(columns)
		n, at, before := int(batch.NumRows()), len(ids), t.keys.Bytes()
		ids = append(ids, make([]uint32, n)...)
		fresh = t.keys.Insert(&scratch, columns, n, ids[at:], fresh)
		if j.anyNull(columns, func(row int) { nulls = append(nulls, uint32(at+row)) }) {
			t.hasNull = true
		}
		return j.grow(j, t.keys.Bytes()-before+int64(4*n))
	})
	if err != nil {
		return t, err
	}
	t.keys.Freeze()
	if j.filter != nil {
		j.filter.table = t.keys
	}
	t.arrange(ids)
	residual := j.Residual
	if len(j.ranges) > 0 && t.keysRepeat() {
		if err := t.sortKeys(ctx, ids); err != nil {
			return t, err
		}
		residual = j.rangeResidual
	}
	if j.Kind == MarkJoin {
		all := t.allRefs()
		t.nulls[0] = uint32(len(t.refs))
		last := uint32(noRow)
		for _, row := range nulls {
			if row != last {
				t.refs = append(t.refs, all[row])
			}
			last = row
		}
		t.nulls[1] = uint32(len(t.refs))
		t.all[0] = t.nulls[1]
		t.refs = append(t.refs, all...)
		t.all[1] = uint32(len(t.refs))
	}
	t.finish(j.Kind, j.Mem)
	t.takeRightEncoded(j.encoded)
	t.residual, err = newCheck(ctx, residual, j.Left.Schema().NumFields(), &t.build, j.Mem)
	return t, err
}

// anyNull calls f for rows whose key has a NULL that matches nothing, and says whether there was one.
func (j *HashJoin) anyNull(columns []arrow.Array, f func(row int)) bool {
	found := false
	for i, c := range columns {
		if j.Keys[i].NullSafe || c.NullN() == 0 && c.DataType().ID() != arrow.NULL {
			continue
		}
		for row := range c.Len() {
			if c.IsNull(row) || c.DataType().ID() == arrow.NULL {
				f(row)
				found = true
			}
		}
	}
	return found
}

// arrange sorts the rows by the numbers of their keys.
func (t *joinTable) arrange(ids []uint32) {
	t.starts = make([]uint32, t.keys.Len()+1)
	for _, id := range ids {
		t.starts[id+1]++
	}
	for i := range t.keys.Len() {
		t.starts[i+1] += t.starts[i]
	}
	t.ends = t.starts[1:]
	next := append([]uint32(nil), t.starts...)
	t.refs = make([]gather.Ref, len(ids))
	row := 0
	for chunk, batch := range t.batches {
		for i := range int(batch.NumRows()) {
			id := ids[row]
			t.refs[next[id]] = gather.At(chunk, i)
			next[id]++
			row++
		}
	}
}

// keysRepeat says whether a left row whose key is there has so many candidates that searching beats comparing, if keys are on the
// left as frequent as on the right.
func (t *joinTable) keysRepeat() bool {
	candidates := 0.0
	for i := range t.keys.Len() {
		n := float64(t.starts[i+1] - t.starts[i])
		candidates += n * n
	}
	return candidates > searchedRows*float64(t.rows)
}

// searchedRows is how many candidates are compared about as quickly as a search finds those that match.
const searchedRows = 16

// sortKeys sorts each key's rows by the join's ranges.
func (t *joinTable) sortKeys(ctx context.Context, ids []uint32) error {
	j := t.op
	if err := j.grow(j, t.rows*rangeIndexBytes*int64(len(j.ranges))); err != nil {
		return err
	}
	index, rows, err := newRangeIndex(ctx, j.ranges, j.Left.Schema().NumFields(), &t.build, ids, t.keys.Len(), j.Mem)
	if err != nil {
		return err
	}
	t.index, t.ends = index, index.ends
	all := t.allRefs()
	for at, row := range rows {
		t.refs[at] = all[row]
	}
	return nil
}

// join joins a stream of left rows. It is called for each part.
func (t *joinTable) join(ctx context.Context, left Batches) Batches {
	j := t.op
	l := &lookup{join: j, table: t}
	l.prober = prober{kind: j.Kind, schema: j.schema, left: j.Left.Schema().NumFields(), build: &t.build, check: t.residual, rows: j.Rows, mem: j.Mem}
	if t.index != nil {
		l.ranges = &rangeLookup{index: t.index, mem: j.Mem}
		l.next = l.ranges.next
	}
	return l.joinAll(ctx, j.Left.Schema(), left, l.batch)
}

// lookup is a prober that finds its candidates in a hash table.
type lookup struct {
	prober
	join     *HashJoin
	table    *joinTable
	scratch  keys.Scratch
	from, to []uint32
	ranges   *rangeLookup // if the table has an index
}

func (l *lookup) batch(ctx context.Context, batch arrow.RecordBatch, yield func(arrow.RecordBatch) bool) (more bool, err error) {
	exprs := make([]eval.Expr, len(l.join.Keys))
	for i, k := range l.join.Keys {
		exprs[i] = k.Left
	}
	columns, err := arrays(ctx, l.mem, exprs, eval.Of(batch))
	if err != nil {
		return false, err
	}
	defer releaseAll(columns)
	n := int(batch.NumRows())
	if cap(l.from) < n {
		l.from, l.to = make([]uint32, n), make([]uint32, n)
	}
	ids, from, to := l.from[:n], l.from[:n], l.to[:n]
	l.table.keys.Find(&l.scratch, columns, n, ids)
	l.join.anyNull(columns, func(row int) { ids[row] = keys.Missing })
	for i, id := range ids {
		if id == keys.Missing {
			from[i], to[i] = 0, 0
		} else {
			from[i], to[i] = l.table.starts[id], l.table.ends[id]
		}
	}
	if l.ranges != nil {
		if err := l.ranges.narrow(ctx, batch, from, to); err != nil {
			return false, err
		}
	}
	if more, err := l.probe(ctx, batch, from, to, yield); !more || err != nil {
		return false, err
	}
	if !l.kind.onlyLeft() {
		return true, nil
	}
	if l.kind == MarkJoin {
		if err := l.decide(ctx, batch, columns); err != nil {
			return false, err
		}
	}
	return l.answered(batch, yield), nil
}

// decide tells NULL from false for the rows without a match.
func (l *lookup) decide(ctx context.Context, batch arrow.RecordBatch, columns []arrow.Array) error {
	if l.table.rows == 0 {
		return nil
	}
	null := make([]bool, batch.NumRows())
	some := l.join.anyNull(columns, func(row int) { null[row] = true })
	if !some && !l.table.hasNull {
		return nil
	}
	if len(l.join.Keys) == 1 && l.join.Residual == nil {
		for i := range l.answers {
			if l.answers[i] == unmatched && (null[i] || l.table.hasNull) {
				l.answers[i] = undecided
			}
		}
		return nil
	}
	// With several conditions one that is false decides, so the rows that NULL let slip must be compared.
	answers := append([]answer(nil), l.answers...)
	for i := range null {
		l.from[i], l.to[i] = l.table.nulls[0], l.table.nulls[1]
		if null[i] {
			l.from[i], l.to[i] = l.table.all[0], l.table.all[1]
		}
		if answers[i] == matched {
			l.to[i] = l.from[i]
		}
	}
	l.check = &check{condition: l.join.Condition, needs: eval.Columns(l.join.Condition)}
	defer func() { l.check = l.table.residual }()
	if _, err := l.probe(ctx, batch, l.from[:len(null)], l.to[:len(null)], nil); err != nil {
		return err
	}
	for i, a := range answers {
		if a != unmatched && l.answers[i] == unmatched {
			l.answers[i] = a
		}
	}
	return nil
}
