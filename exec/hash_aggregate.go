package exec

import (
	"context"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/exec/eval"
	"github.com/mediaflight/mediaflight/exec/spill"
)

// HashAggregate yields a row for each group of input rows with equal keys: the keys and the aggregates. Without keys
// there is one group, even of no rows. Where the input splits, workers aggregate ranges of its parts and what they found
// is merged. What there is no memory for is spilled (aggregate_spill.go).
type HashAggregate struct {
	Input    Operator
	Keys     []eval.Expr
	Measures []*Measure
	Common   []eval.Expr // columns behind those of the input: what measures are made of more than once
	Workers  int
	Rows     int
	Mem      memory.Allocator
	Spill    *spill.Folder // nil to fail instead
	holding

	schema *arrow.Schema
}

func (a *HashAggregate) Schema() *arrow.Schema { return a.schema }
func (a *HashAggregate) Inputs() []Operator    { return []Operator{a.Input} }

func (a *HashAggregate) String() string {
	var text []string
	for _, m := range a.Measures {
		text = append(text, m.String())
	}
	name := "aggregate"
	if len(text) > 0 {
		name += " " + strings.Join(text, ", ")
	}
	if len(a.Keys) > 0 {
		name += " group by " + texts(a.Keys)
	}
	return name
}

func (a *HashAggregate) Run(ctx context.Context) Batches {
	return func(yield func(arrow.RecordBatch, error) bool) {
		defer a.free()
		found, err := inRanges(ctx, a.Input, a.Workers, a.aggregate)
		defer func() {
			for _, g := range found {
				g.release()
			}
		}()
		if err == nil && len(found) == 0 {
			var none *groups
			none, err = a.newGroups()
			found = append(found, none)
		}
		if err != nil {
			yield(nil, err)
			return
		}
		total, aside, spilled := 0, false, false
		for _, g := range found {
			total += g.len()
			aside = aside || g.aside != nil
			spilled = spilled || g.spilled != nil
		}
		if !spilled && !aside && len(found) > 1 && total > maxMerged && a.emitApart(ctx, found, yield) {
			return
		}
		if spilled || aside || len(found) > 1 && total > maxMerged {
			a.mergeByHash(ctx, found, spilled, yield)
			return
		}
		all := found[0]
		for _, g := range found[1:] {
			if err := all.merge(ctx, g); err != nil {
				yield(nil, err)
				return
			}
		}
		if err := all.finish(ctx); err != nil {
			yield(nil, err)
			return
		}
		all.emit(ctx, yield)
	}
}

// maxMerged is how many groups are merged by one goroutine, which keeps them in the order of their first rows.
const maxMerged = 1 << 14

// aggregate takes in a stream.
func (a *HashAggregate) aggregate(ctx context.Context, batches Batches) (*groups, error) {
	g, err := a.newGroups()
	if err != nil {
		return g, err
	}
	for batch, err := range batches {
		if err == nil {
			err = ctx.Err()
		}
		if err == nil {
			err = g.add(ctx, batch)
		}
		if err != nil {
			return g, err
		}
	}
	if g.spilled != nil {
		return g, g.spilled.Finish()
	}
	return g, nil
}
