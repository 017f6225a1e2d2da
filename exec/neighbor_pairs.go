package exec

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/exec/ann"
	"github.com/mediaflight/mediaflight/exec/eval"
	"github.com/mediaflight/mediaflight/exec/gather"
	"github.com/mediaflight/mediaflight/udf"
)

// pairs are rows of a neighbor join: an input row each, with a neighbor or, in a left join, without.
type pairs struct {
	input     *held
	rows      []pair
	unmatched int // rows without a neighbor
}

type pair struct {
	ref     gather.Ref
	matched bool
	ann.Neighbor
}

func (p *pairs) add(ref gather.Ref, n ann.Neighbor) { p.rows = append(p.rows, pair{ref, true, n}) }

func (p *pairs) addUnmatched(ref gather.Ref) {
	p.rows = append(p.rows, pair{ref: ref})
	p.unmatched++
}

// first is the first n rows, behind is the others.
func (p *pairs) first(n int) pairs  { return p.slice(p.rows[:min(n, len(p.rows))]) }
func (p *pairs) behind(n int) pairs { return p.slice(p.rows[min(n, len(p.rows)):]) }

func (p *pairs) slice(rows []pair) pairs {
	out := pairs{input: p.input, rows: rows}
	if p.unmatched > 0 {
		for _, r := range rows {
			if !r.matched {
				out.unmatched++
			}
		}
	}
	return out
}

// matched is the rows with a neighbor.
func (p *pairs) matched() pairs {
	if p.unmatched == 0 {
		return *p
	}
	out := pairs{input: p.input}
	for _, r := range p.rows {
		if r.matched {
			out.rows = append(out.rows, r)
		}
	}
	return out
}

func (p *pairs) refs() []gather.Ref {
	refs := make([]gather.Ref, len(p.rows))
	for i, r := range p.rows {
		refs[i] = r.ref
	}
	return refs
}

// places tells of each row where it is among the matched ones, in the first chunk; a row without a neighbor is the first of
// the second chunk.
func (p *pairs) places() []gather.Ref {
	places := make([]gather.Ref, len(p.rows))
	matched := 0
	for i, r := range p.rows {
		places[i] = gather.At(1, 0)
		if r.matched {
			places[i] = gather.At(0, matched)
			matched++
		}
	}
	return places
}

// pairColumns are the columns that expressions over pairs may refer to: the input's, then those of the neighbor. Only those
// that are needed are there.
type pairColumns struct {
	left  int   // columns of the input
	right []int // of the snapshot's schema, or one of the following
	needs []int // of all, ascending
}

// What is known of a neighbor beside its columns.
const (
	pairAddress  = -1
	pairDistance = -2
)

func pairColumnsOf(left int, right []int, exprs ...eval.Expr) pairColumns {
	return pairColumns{left, right, eval.Columns(exprs...)}
}

// pairInput is the columns of pairs.
type pairInput struct{ eval.Input }

func (in pairInput) release() {
	for _, c := range in.Columns {
		if c != nil {
			c.Release()
		}
	}
}

// columns reads the columns that are needed of pairs, all of which have a neighbor.
func (j *NeighborJoin) columns(ctx context.Context, c *pairColumns, p pairs) (pairInput, error) {
	in := pairInput{eval.Input{Columns: make([]arrow.Array, c.left+len(c.right)), Rows: len(p.rows)}}
	var refs []gather.Ref
	var taken, places []int
	for _, at := range c.needs {
		switch {
		case at < c.left:
			if refs == nil {
				refs = p.refs()
			}
			chunks := make([]arrow.Array, len(p.input.batches))
			for i, b := range p.input.batches {
				chunks[i] = b.Column(at)
			}
			in.Columns[at] = gather.Chunks(j.Mem, p.input.schema.Field(at).Type, chunks, refs)
		case c.right[at-c.left] == pairAddress:
			in.Columns[at] = j.addressesOf(p)
		case c.right[at-c.left] == pairDistance:
			in.Columns[at] = distancesOf(j.Mem, len(p.rows), func(i int) ann.Neighbor { return p.rows[i].Neighbor })
		default:
			taken, places = append(taken, c.right[at-c.left]), append(places, at)
		}
	}
	if len(taken) == 0 || len(p.rows) == 0 {
		for i, at := range places {
			in.Columns[at] = udf.NullArray(j.Mem, j.Snapshot.Schema().Field(taken[i]).Type, 0)
		}
		return in, nil
	}
	addresses := make([]int64, len(p.rows))
	for i, r := range p.rows {
		addresses[i] = r.Address
	}
	rows, err := j.Snapshot.Take(ctx, catalog.Take{Addresses: addresses, Columns: taken, Mem: j.Mem, Stats: &j.stats})
	if err != nil {
		in.release()
		return in, err
	}
	defer rows.Release()
	for i, at := range places {
		in.Columns[at] = rows.Column(i)
		in.Columns[at].Retain()
	}
	return in, nil
}

func (j *NeighborJoin) addressesOf(p pairs) arrow.Array {
	b := array.NewInt64Builder(j.Mem)
	defer b.Release()
	b.Reserve(len(p.rows))
	for _, r := range p.rows {
		b.UnsafeAppend(r.Address)
	}
	return b.NewArray()
}
