package exec

import (
	"context"
	"strings"
	"sync"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/exec/eval"
	"github.com/mediaflight/mediaflight/exec/gather"
	"github.com/mediaflight/mediaflight/exec/keys"
	"github.com/mediaflight/mediaflight/exec/spill"
)

// HashJoin finds the right rows for each left row by a hash table of the right rows' keys. It splits with its left input.
type HashJoin struct {
	Left, Right Operator
	Kind        JoinKind
	Keys        []JoinKey
	Condition   eval.Expr // all that matches must fulfill, keys included
	Residual    eval.Expr // what is left of it beside the keys, or nil
	Rows        int
	Workers     int // goroutines that read the right side
	Mem         memory.Allocator
	holding

	// ranges are the inequalities of the residual condition that an index can have, and rangeResidual is what is left beside.
	ranges        []joinRange
	rangeResidual eval.Expr

	folder  *spill.Folder // nil to fail where memory is refused
	depth   int           // how many joins this one is a partition of
	schema  *arrow.Schema
	filters []*keyFilter // of scans below Left
	encoded columnSet    // right columns that whoever reads takes encoded
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
func (j *HashJoin) kind() JoinKind        { return j.Kind }

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
	op    *HashJoin
	index *keys.Index
	// nulls and all are positions of, once more, the rows with a NULL key and all rows: what a mark join looks at to tell
	// false from NULL.
	nulls, all [2]uint32
	ranges     *rangeIndex // in each key's rows; nil if these are few
	ends       []uint32    // by position where a key's rows start: where those end that ranges may find
	residual   *check
	idle       sync.Pool // of lookups, whose memory the next part uses
}

func (t *joinTable) matchesNothing() bool { return t.rows == 0 && t.op.Kind.needsRight() }

func (t *joinTable) close() {
	t.residual.free()
	t.build.free()
	t.op.free()
}

// existence says whether it is enough to know which keys there are: right rows are not kept then.
func (j *HashJoin) existence() bool {
	return j.Kind.onlyLeft() && j.Residual == nil && (j.Kind != MarkJoin || len(j.Keys) == 1)
}

// prepare reads the right side, into memory or, where that is refused, into files.
func (j *HashJoin) prepare(ctx context.Context) (preparedJoin, error) {
	t := &joinTable{op: j}
	t.schema = j.Right.Schema()
	shares, err := t.read(ctx)
	defer func() {
		for _, s := range shares {
			s.free()
		}
	}()
	if err != nil {
		return t, err
	}
	if !anySpilled(shares) {
		if err = t.indexAll(ctx, shares); err == nil || !j.spills(err) {
			return t, err
		}
		t.residual.free()
		t.build.free()
	}
	return j.spillRight(ctx, shares)
}

// indexAll builds the index of all shares, whose rows become the table's.
func (t *joinTable) indexAll(ctx context.Context, shares []*rightShare) (err error) {
	j := t.op
	index := keys.IndexBuild{Workers: j.Workers, Existence: j.existence(), Reserve: func(n int64) error { return j.grow(j, n) }}
	index.Types = eval.Types(j.rightKeys())
	for _, k := range j.Keys {
		index.NullSafe = append(index.NullSafe, k.NullSafe)
	}
	needless := int64(0) // bytes
	for _, s := range shares {
		t.rows, t.bytes = t.rows+s.rows, t.bytes+s.bytes
		index.Chunks = append(index.Chunks, s.keys...)
		if index.Existence {
			needless += s.reserved
			continue
		}
		needless += s.keyBytes
		for _, batch := range s.batches {
			batch.Retain()
			t.batches = append(t.batches, batch)
		}
	}
	if t.index, err = index.Build(ctx); err != nil {
		return err
	}
	residual := j.Residual
	if !index.Existence {
		if err := t.arrange(); err != nil {
			return err
		}
		if len(j.ranges) > 0 && (t.keysRepeat() || j.Kind == AsOfJoin && t.index.Rows() != nil) {
			if err := t.sortKeys(ctx); err != nil {
				return err
			}
			residual = j.rangeResidual
		}
	}
	t.finish(j.Kind, j.Mem)
	t.takeRightEncoded(j.encoded)
	if t.residual, err = newCheck(ctx, residual, j.Left.Schema().NumFields(), &t.build, j.Mem); err != nil {
		return err
	}
	j.shrink(needless + 8*t.rows)
	for _, f := range j.filters {
		f.index = t.index
	}
	return nil
}

func (j *HashJoin) rightKeys() []eval.Expr {
	exprs := make([]eval.Expr, len(j.Keys))
	for i, k := range j.Keys {
		exprs[i] = k.Right
	}
	return exprs
}

func (j *HashJoin) leftKeys() []eval.Expr {
	exprs := make([]eval.Expr, len(j.Keys))
	for i, k := range j.Keys {
		exprs[i] = k.Left
	}
	return exprs
}

// arrange names the row at each position.
func (t *joinTable) arrange() error {
	t.refs = t.allRefs()
	all := t.refs
	if rows := t.index.Rows(); rows != nil {
		t.refs = make([]gather.Ref, len(rows))
		for at, row := range rows {
			t.refs[at] = all[row]
		}
	}
	if t.op.Kind != MarkJoin {
		return nil
	}
	if err := t.op.grow(t.op, 8*t.rows); err != nil {
		return err
	}
	t.nulls[0] = uint32(len(t.refs))
	for _, row := range t.index.Nulls() {
		t.refs = append(t.refs, all[row])
	}
	t.nulls[1] = uint32(len(t.refs))
	t.all[0] = t.nulls[1]
	t.refs = append(t.refs, all...)
	t.all[1] = uint32(len(t.refs))
	return nil
}

// searchedRows is how many candidates are compared about as quickly as a search finds those that match.
const searchedRows = 16

// keysRepeat says whether a left row whose key is there has so many candidates that searching beats comparing, if keys are on the
// left as frequent as on the right.
func (t *joinTable) keysRepeat() bool {
	candidates := 0.0
	t.index.Groups(func(from, to uint32) { candidates += float64(to-from) * float64(to-from) })
	return candidates > searchedRows*float64(t.rows)
}

// sortKeys sorts each key's rows by the join's ranges.
func (t *joinTable) sortKeys(ctx context.Context) error {
	j := t.op
	if err := j.grow(j, t.rows*(rangeIndexBytes*int64(len(j.ranges))+4)); err != nil {
		return err
	}
	rows := t.index.Rows()
	ids := make([]uint32, t.rows)
	group := uint32(0)
	t.index.Groups(func(from, to uint32) {
		for _, row := range rows[from:to] {
			ids[row] = group
		}
		group++
	})
	for _, row := range t.index.Nulls() {
		ids[row] = group // the last one, which no left row finds
	}
	ranges, sorted, err := newRangeIndex(ctx, j.ranges, j.Left.Schema().NumFields(), &t.build, ids, int(group)+1, j.Mem)
	if err != nil {
		return err
	}
	t.ranges = ranges
	all := t.allRefs()
	for at, row := range sorted {
		t.refs[at] = all[row]
	}
	t.ends = make([]uint32, t.rows+1)
	for g, end := range ranges.ends {
		t.ends[ranges.starts[g]] = end
	}
	return nil
}

// join joins a stream of left rows. It is called for each part.
func (t *joinTable) join(ctx context.Context, left Batches) Batches {
	return func(yield func(arrow.RecordBatch, error) bool) {
		l, _ := t.idle.Get().(*lookup)
		if l == nil {
			l = t.lookup()
		}
		defer t.idle.Put(l)
		l.drop() // what a stream left that was not read to its end
		l.joinAll(ctx, t.op.Left.Schema(), left, l.batch)(yield)
	}
}

func (t *joinTable) lookup() *lookup {
	j := t.op
	l := &lookup{join: j, table: t}
	l.prober = prober{kind: j.Kind, schema: j.schema, left: j.Left.Schema().NumFields(), build: &t.build, check: t.residual, rows: j.Rows, mem: j.Mem}
	if t.ranges != nil {
		l.ranges = &rangeLookup{index: t.ranges, mem: j.Mem}
		l.next = l.ranges.next
	}
	return l
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

// lookup is a prober that finds its candidates in a hash table.
type lookup struct {
	prober
	join     *HashJoin
	table    *joinTable
	scratch  keys.IndexScratch
	from, to []uint32
	ranges   *rangeLookup // if the table has ranges
}

func (l *lookup) batch(ctx context.Context, batch arrow.RecordBatch, yield func(arrow.RecordBatch) bool) (more bool, err error) {
	columns, err := arrays(ctx, l.mem, l.join.leftKeys(), eval.Of(batch))
	if err != nil {
		return false, err
	}
	defer releaseAll(columns)
	n := int(batch.NumRows())
	l.from, l.to = sized(l.from, n), sized(l.to, n)
	from, to := l.from, l.to
	if l.pairsUnchecked() && n <= l.step(batch) && l.table.index.FindOnly(&l.scratch, columns, from) {
		return l.pairOnly(batch, from, yield), nil
	}
	l.table.index.Find(&l.scratch, columns, from, to)
	if l.ranges != nil {
		for i, at := range from {
			if at < to[i] {
				to[i] = l.table.ends[at]
			}
		}
		if err := l.ranges.narrow(ctx, batch, from, to); err != nil {
			return false, err
		}
		if l.kind == AsOfJoin {
			l.ranges.nearest(from, to)
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
	hasNull := len(l.table.index.Nulls()) > 0
	null := make([]bool, batch.NumRows())
	some := l.join.anyNull(columns, func(row int) { null[row] = true })
	if !some && !hasNull {
		return nil
	}
	if len(l.join.Keys) == 1 && l.join.Residual == nil {
		for i := range l.answers {
			if l.answers[i] == unmatched && (null[i] || hasNull) {
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
