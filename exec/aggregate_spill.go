package exec

import (
	"context"
	"math/bits"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/mediaflight/mediaflight/exec/eval"
	"github.com/mediaflight/mediaflight/exec/keys"
)

// Many groups are merged by the hashes of their keys, a share of the hashes after the other: workers merge different shares at once.
//
// A worker that gets no more memory keeps the groups that it has and spills all further rows of the input, by the same shares. The
// groups of a share are then those of each worker that belong to it, and the rows that this worker spilled. So every row is taken
// in once, and behind those that came before it. A share with more rows than there is memory for is split again.

// mustSpill says whether there is no memory for more groups, of up to rows more rows. Tables double: one that may do so needs as
// much again.
func (g *groups) mustSpill(rows int) bool {
	if g.of.Spill == nil || g.table == nil {
		return false
	}
	size := g.size()
	need := size - g.bytes
	if n := g.len(); bits.Len(uint(n)) != bits.Len(uint(n+rows)) {
		need += size
	}
	if need <= 0 {
		return false
	}
	if !g.of.tryGrow(g.of, need) {
		return true
	}
	g.bytes += need // kept, so that other workers see it; account reserves what goes beyond
	return false
}

// addSpilled spills the rows of a batch.
func (g *groups) addSpilled(ctx context.Context, batch arrow.RecordBatch) error {
	if err := g.hashRows(ctx, batch); err != nil {
		return err
	}
	batch.Retain()
	plain := settle(g.of.Mem, g.of.Input.Schema(), batch, nil)
	defer plain.Release()
	return g.spilled.Add(plain, g.hashes, nil)
}

// hashRows sets hashes to those of the keys of input rows.
func (g *groups) hashRows(ctx context.Context, batch arrow.RecordBatch) error {
	columns, err := arrays(ctx, g.of.Mem, g.of.Keys, eval.Of(batch))
	if err != nil {
		return err
	}
	defer releaseAll(columns)
	return g.hash(columns, int(batch.NumRows()))
}

func (g *groups) hash(columns []arrow.Array, n int) error {
	if g.hasher == nil {
		var err error
		if g.hasher, err = keys.NewHasher(eval.Types(g.of.Keys)); err != nil {
			return unsupported("group by %v", err)
		}
	}
	g.hashes = g.hasher.Hash(columns, n, g.hashes)
	return nil
}
