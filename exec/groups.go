package exec

import (
	"context"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/exec/eval"
	"github.com/mediaflight/mediaflight/exec/gather"
	"github.com/mediaflight/mediaflight/exec/keys"
	"github.com/mediaflight/mediaflight/exec/spill"
	"github.com/mediaflight/mediaflight/udf"
)

// groups are the groups of the rows seen so far.
type groups struct {
	of       *HashAggregate
	table    *keys.Table // nil without keys
	keys     held        // of each group, in the order of their numbers
	measures []*measureState
	bytes    int64
	rows     int
	aside    *setAside         // input rows behind those of the groups; nil where keys repeat
	spilled  *spill.Partitions // input rows behind those; nil while there is memory
	hasher   *keys.Hasher

	scratch    keys.Scratch
	ids, fresh []uint32
	hashes     []uint64
}

func (a *HashAggregate) newGroups() (*groups, error) {
	g := &groups{of: a}
	g.keys.schema = arrow.NewSchema(a.schema.Fields()[:len(a.Keys)], nil)
	for _, m := range a.Measures {
		s, err := m.newState(a)
		if err != nil {
			return g, err
		}
		s.share(g.measures)
		g.measures = append(g.measures, s)
	}
	if len(a.Keys) == 0 {
		g.grow(1)
		return g, nil
	}
	var err error
	if g.table, err = keys.NewTable(eval.Types(a.Keys)); err != nil {
		return g, unsupported("group by %v", err)
	}
	return g, nil
}

func (g *groups) release() {
	if g == nil { // of a worker that met a fault
		return
	}
	g.keys.release()
	g.aside.release()
	if g.spilled != nil {
		g.spilled.Free()
	}
	for _, m := range g.measures {
		m.release()
	}
}

func (g *groups) len() int {
	if g.table == nil {
		return 1
	}
	return g.table.Len()
}

func (g *groups) grow(n int) {
	for _, m := range g.measures {
		m.grow(n)
	}
}

// add takes in the rows of a batch.
func (g *groups) add(ctx context.Context, batch arrow.RecordBatch) error {
	if g.aside == nil && g.spilled == nil && g.repeatsLittle() {
		g.aside = &setAside{}
	}
	if g.aside != nil {
		return g.addAside(ctx, batch)
	}
	if g.spilled == nil && g.mustSpill(int(batch.NumRows())) {
		g.spilled = g.of.Spill.NewPartitions(g.of.Input.Schema(), g.of.Mem, 0)
	}
	if g.spilled != nil {
		return g.addSpilled(ctx, batch)
	}
	return g.addGrouped(ctx, batch)
}

// addGrouped takes in the rows of a batch in memory.
func (g *groups) addGrouped(ctx context.Context, batch arrow.RecordBatch) error {
	in := eval.Of(batch)
	common, err := g.common(ctx, &in)
	defer func() { releaseAll(common) }()
	if err != nil {
		return err
	}
	if g.table != nil {
		columns, err := arrays(ctx, g.of.Mem, g.of.Keys, in)
		if err != nil {
			return err
		}
		g.rows += in.Rows
		g.number(columns, in.Rows)
		releaseAll(columns)
	} else if cap(g.ids) < in.Rows {
		g.ids = make([]uint32, in.Rows)
	}
	for _, m := range g.measures {
		if err := m.add(ctx, in, g.ids[:in.Rows]); err != nil {
			return err
		}
	}
	return g.account()
}

// common computes what measures have in common, as columns of the input. The caller releases it.
func (g *groups) common(ctx context.Context, in *eval.Input) ([]arrow.Array, error) {
	if len(g.of.Common) == 0 {
		return nil, nil
	}
	in.Columns = slices.Clone(in.Columns)
	for i, e := range g.of.Common {
		a, err := eval.Array(ctx, g.of.Mem, e, *in)
		if err != nil {
			return in.Columns[len(in.Columns)-i:], err
		}
		in.Columns = append(in.Columns, a)
	}
	return in.Columns[len(in.Columns)-len(g.of.Common):], nil
}

// number sets ids to the groups of the rows with the given keys.
func (g *groups) number(columns []arrow.Array, n int) {
	if cap(g.ids) < n {
		g.ids = make([]uint32, n)
	}
	g.fresh = g.table.Insert(&g.scratch, columns, n, g.ids[:n], g.fresh)
	if len(g.fresh) == 0 {
		return
	}
	batch := catalog.NewBatch(g.keys.schema, columns, int64(n))
	defer batch.Release()
	fresh := settle(g.of.Mem, g.keys.schema, gather.Batch(g.of.Mem, batch, g.fresh), nil)
	defer fresh.Release()
	g.keys.add(fresh)
	g.grow(g.table.Len())
}

// size is the memory held.
func (g *groups) size() int64 {
	bytes := g.keys.bytes
	if g.table != nil {
		bytes += g.table.Bytes()
	}
	for _, m := range g.measures {
		bytes += m.bytes()
	}
	return bytes
}

// account reserves what the groups have grown by.
func (g *groups) account() error {
	bytes := g.size()
	if bytes <= g.bytes {
		return nil
	}
	if err := g.of.holding.grow(g.of, bytes-g.bytes); err != nil {
		return err
	}
	g.bytes = bytes
	return nil
}

// finish computes what had to wait for the last row.
func (g *groups) finish(ctx context.Context) error {
	for _, m := range g.measures {
		if err := m.finish(ctx); err != nil {
			return err
		}
	}
	return g.account()
}

// merge takes in the groups of rows that come behind those of this one.
func (g *groups) merge(ctx context.Context, other *groups) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	ids := []uint32{0}
	if g.table != nil {
		ids = ids[:0]
		for _, batch := range other.keys.batches {
			n := int(batch.NumRows())
			g.number(batch.Columns(), n)
			ids = append(ids, g.ids[:n]...)
		}
	}
	for i, m := range g.measures {
		if err := m.merge(other.measures[i], ids); err != nil {
			return err
		}
	}
	return g.account()
}

// emit yields the groups. It is false if the stream is to end.
func (g *groups) emit(ctx context.Context, yield func(arrow.RecordBatch, error) bool) bool {
	columns, err := g.columns()
	defer func() { releaseAll(columns) }()
	if err != nil {
		yield(nil, err)
		return false
	}
	return g.emitRows(ctx, columns, 0, g.len(), yield)
}

func (g *groups) columns() ([]arrow.Array, error) {
	var columns []arrow.Array
	for i, f := range g.keys.schema.Fields() {
		chunks := make([]arrow.Array, len(g.keys.batches))
		for j, b := range g.keys.batches {
			chunks[j] = b.Column(i)
		}
		if len(chunks) == 0 {
			columns = append(columns, udf.NullArray(g.of.Mem, f.Type, 0))
			continue
		}
		c, err := array.Concatenate(chunks, g.of.Mem)
		if err != nil {
			return columns, err
		}
		columns = append(columns, c)
	}
	for _, m := range g.measures {
		c, err := m.acc.Result()
		if err != nil {
			return columns, err
		}
		columns = append(columns, c)
	}
	return columns, nil
}
