package exec

import (
	"context"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/exec/eval"
	"github.com/mediaflight/mediaflight/exec/keys"
)

// A rangeIndex finds the right rows whose values lie between bounds. Rows are sorted by the value of the first range, so that
// its rows are neighbors; which of them fulfill the second range a tree tells. Two intervals overlap if each begins before the
// other ends: sorted by where they begin, all that begin early enough are neighbors, and the tree leaps from one that ends late
// enough to the next. A row costs a search and a few steps for each of its matches, whether intervals are short or long.
//
// Rows may be in groups, of which each is sorted by itself. In all of this NULL fulfills nothing, and rows that have one lie
// behind the others of their group.
type rangeIndex struct {
	ranges   []joinRange
	ordinals []*keys.Ordinals // of each range
	first    []uint64         // by position
	second   *maxTree         // by position, upside down for an upper bound; nil for one range
	starts   []uint32         // where the rows of each group start, and the number of rows
	ends     []uint32         // where those without NULL end
}

// rangeIndexBytes is the memory that an index takes for a row and a range, most of it while it is built.
const rangeIndexBytes = 40

// newRangeIndex sorts right rows, of which ids are the groups in the order in which they came. It returns the row at each
// position.
func newRangeIndex(ctx context.Context, ranges []joinRange, left int, b *build, ids []uint32, groups int, mem memory.Allocator) (*rangeIndex, []uint32, error) {
	x := &rangeIndex{ranges: ranges}
	null := make([]bool, b.rows)
	words := make([][]uint64, len(ranges))
	for i, r := range ranges {
		o, err := keys.NewOrdinals(r.value.Type())
		if err != nil {
			return nil, nil, unsupported("join on %v", err)
		}
		x.ordinals = append(x.ordinals, o)
		if words[i], err = x.words(ctx, i, left, b, null, mem); err != nil {
			return nil, nil, err
		}
	}
	rows := x.arrange(words[0], null, ids, groups)
	x.first = pick(words[0], rows)
	if len(ranges) > 1 {
		second := pick(words[1], rows)
		if ranges[1].below != nil {
			for i, w := range second {
				second[i] = ^w
			}
		}
		x.second = newMaxTree(second)
	}
	return x, rows, nil
}

// words computes the ordinals of a range's values, and marks the rows where these are NULL.
func (x *rangeIndex) words(ctx context.Context, i, left int, b *build, null []bool, mem memory.Allocator) ([]uint64, error) {
	var chunks []arrow.Array
	defer func() { releaseAll(chunks) }()
	row := 0
	for _, batch := range b.batches {
		in := eval.Input{Columns: append(make([]arrow.Array, left), batch.Columns()...), Rows: int(batch.NumRows())}
		values, err := eval.Array(ctx, mem, x.ranges[i].value, in)
		if err != nil {
			return nil, err
		}
		chunks = append(chunks, values)
		markNulls(values, null[row:])
		row += in.Rows
	}
	x.ordinals[i].Learn(chunks)
	words := make([]uint64, 0, b.rows)
	for _, values := range chunks {
		words = x.ordinals[i].Append(words, values)
	}
	return words, ctx.Err()
}

func markNulls(values arrow.Array, null []bool) {
	if values.NullN() == 0 {
		return
	}
	for i := range values.Len() {
		if values.IsNull(i) {
			null[i] = true
		}
	}
}

// arrange returns the rows of each group one behind the other, sorted by their words, those with NULL last.
func (x *rangeIndex) arrange(words []uint64, null []bool, ids []uint32, groups int) []uint32 {
	order := sortByWords(words, null)
	x.starts = make([]uint32, groups+1)
	for _, id := range ids {
		x.starts[id+1]++
	}
	for i := range groups {
		x.starts[i+1] += x.starts[i]
	}
	x.ends = append([]uint32(nil), x.starts[:groups]...)
	rows := make([]uint32, len(words))
	for _, item := range order {
		id := ids[item.ref]
		rows[x.ends[id]] = uint32(item.ref)
		x.ends[id]++
	}
	if len(order) < len(words) {
		next := append([]uint32(nil), x.ends...)
		for row, n := range null {
			if n {
				id := ids[row]
				rows[next[id]] = uint32(row)
				next[id]++
			}
		}
	}
	return rows
}

func pick(words []uint64, rows []uint32) []uint64 {
	out := make([]uint64, len(rows))
	for i, row := range rows {
		out[i] = words[row]
	}
	return out
}

// sortByWords returns rows in the order of their words; equal ones stay as they were. It sorts by one byte after the other, the
// last one first, and leaves out bytes that all words share.
func sortByWords(words []uint64, null []bool) []sortable {
	items := make([]sortable, 0, len(words))
	var counts [8][256]int
	for row, w := range words {
		if null[row] {
			continue
		}
		items = append(items, sortable{w, uint64(row)})
		for b := range counts {
			counts[b][byte(w>>(8*b))]++
		}
	}
	other := make([]sortable, len(items))
	for b := range counts {
		if !slices.Contains(counts[b][:], len(items)) {
			scatter(items, other, b, &counts[b])
			items, other = other, items
		}
	}
	return items
}
