package exec

import (
	"bytes"
	"cmp"
	"context"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/exec/eval"
	"github.com/mediaflight/mediaflight/exec/gather"
	"github.com/mediaflight/mediaflight/exec/keys"
)

// TopK yields rows [Skip, Skip+Count) of its input in the order of keys. It keeps little more than Skip+Count rows:
// once it has as many, a row must be before the last of them to be looked at closely.
type TopK struct {
	Input       Operator
	Keys        []SortKey
	Skip, Count int64
	Workers     int
	Rows        int
	Mem         memory.Allocator
	holding
}

func (t *TopK) Schema() *arrow.Schema { return t.Input.Schema() }
func (t *TopK) Inputs() []Operator    { return []Operator{t.Input} }
func (t *TopK) String() string {
	return limitText("top-k", t.Skip, t.Count) + " by " + sortTexts(t.Keys)
}

func (t *TopK) Run(ctx context.Context) Batches {
	return func(yield func(arrow.RecordBatch, error) bool) {
		defer t.free()
		if t.Count == 0 {
			return
		}
		found, err := inRanges(ctx, t.Input, t.Workers, t.find)
		defer func() {
			for _, c := range found {
				c.release()
			}
		}()
		if err != nil {
			yield(nil, err)
			return
		}
		if len(found) == 0 {
			return
		}
		all := found[0]
		for _, c := range found[1:] {
			all.merge(c)
		}
		if err := all.cut(ctx); err != nil {
			yield(nil, err)
			return
		}
		order := all.order
		order = order[min(t.Skip, int64(len(order))):]
		refs := make([]gather.Ref, len(order))
		for i, c := range order {
			refs[i] = c.ref
		}
		all.rows.emit(ctx, t.Mem, refs, t.Rows, yield)
	}
}

// find is the first rows of a stream.
func (t *TopK) find(ctx context.Context, batches Batches) (*candidates, error) {
	exprs := sortExprs(t.Keys)
	encoder, err := keys.NewEncoder(eval.Types(exprs), ordersOf(t.Keys))
	if err != nil {
		return &candidates{}, unsupported("%v", err)
	}
	c := &candidates{top: t, rows: held{schema: t.Schema()}, encoder: encoder}
	for batch, err := range batches {
		if err == nil {
			err = c.add(ctx, exprs, batch)
		}
		if err != nil {
			return c, err
		}
	}
	return c, c.cut(ctx)
}

// candidates are the rows that may be among the first k.
type candidates struct {
	top     *TopK
	encoder *keys.Encoder
	rows    held
	order   []candidate // sorted by cut, otherwise in the order in which they came
	last    []byte      // the key that a row must be before; nil until there are k rows
	scratch keys.Rows
	before  []uint32
	bytes   int64
}

type candidate struct {
	key []byte
	ref gather.Ref
}

func (c *candidates) release() {
	if c == nil { // of a worker that met a fault
		return
	}
	c.rows.release()
	c.order = nil
}

// add copies the rows of a batch that are before the last one.
func (c *candidates) add(ctx context.Context, exprs []eval.Expr, batch arrow.RecordBatch) error {
	columns, err := arrays(ctx, c.top.Mem, exprs, eval.Of(batch))
	if err != nil {
		return err
	}
	n := int(batch.NumRows())
	c.encoder.Encode(columns, n, &c.scratch)
	releaseAll(columns)
	c.before = c.before[:0]
	for i := range n {
		if c.last == nil || bytes.Compare(c.scratch.Key(i), c.last) < 0 {
			c.before = append(c.before, uint32(i))
		}
	}
	if len(c.before) == 0 {
		return nil
	}
	kept := gather.Batch(c.top.Mem, batch, c.before)
	defer kept.Release()
	size := batchBytes(kept)
	keyBytes := 0
	for _, row := range c.before {
		keyBytes += len(c.scratch.Key(int(row)))
	}
	size += int64(keyBytes + len(c.before)*sortedBytes)
	if err := c.top.grow(c.top, size); err != nil {
		return err
	}
	c.bytes += size
	arena := make([]byte, 0, keyBytes)
	for i, row := range c.before {
		from := len(arena)
		arena = append(arena, c.scratch.Key(int(row))...)
		c.order = append(c.order, candidate{arena[from:len(arena):len(arena)], gather.At(len(c.rows.batches), i)})
	}
	c.rows.add(kept)
	if int64(len(c.order)) >= c.enough() {
		return c.cut(ctx)
	}
	return nil
}

// enough is how many candidates to collect before they are sorted and cut: so many that this is rare.
func (c *candidates) enough() int64 { return max(2*c.wanted(), 4096) }

func (c *candidates) wanted() int64 {
	if c.top.Count > everything/4-c.top.Skip {
		return everything / 4
	}
	return c.top.Skip + c.top.Count
}

// merge takes over the rows of another set, which come behind those of this one.
func (c *candidates) merge(other *candidates) {
	base := len(c.rows.batches)
	for _, b := range other.rows.batches {
		c.rows.add(b)
	}
	for _, o := range other.order {
		c.order = append(c.order, candidate{o.key, o.ref + gather.At(base, 0)})
	}
	c.bytes += other.bytes
}

// cut sorts the candidates and drops those beyond the first k.
func (c *candidates) cut(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	// Rows with equal keys stay in the order in which they came, which is that of their refs.
	slices.SortFunc(c.order, func(a, b candidate) int { return cmp.Or(bytes.Compare(a.key, b.key), cmp.Compare(a.ref, b.ref)) })
	if int64(len(c.order)) < c.wanted() {
		return nil
	}
	c.order = c.order[:c.wanted()]
	refs := make([]gather.Ref, len(c.order))
	size := int64(0)
	for i, o := range c.order {
		refs[i] = o.ref
		// A copy, so that the keys of the rows dropped need not stay.
		c.order[i] = candidate{slices.Clone(o.key), gather.At(0, i)}
		size += int64(len(o.key)) + sortedBytes
	}
	c.last = c.order[len(c.order)-1].key
	kept := gather.Batches(c.top.Mem, c.rows.schema, c.rows.batches, refs)
	defer kept.Release()
	c.rows.release()
	c.rows.add(kept)
	size += batchBytes(kept)
	c.top.shrink(c.bytes - size)
	c.bytes = size
	return nil
}
