package exec

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"math"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/mediaflight/mediaflight/exec/eval"
	"github.com/mediaflight/mediaflight/exec/gather"
	"github.com/mediaflight/mediaflight/exec/keys"
)

// firstRows drops rows of a stream that a window need not see, as they are not among the first of their partition: once so many of a
// partition are known, a row must be before the last of them to be looked at closely. It gives up where that drops little.
type firstRows struct {
	of   *Window
	next func(ctx context.Context, batch arrow.RecordBatch) error // takes what is kept
	rank string
	most int

	table   *keys.Table // numbers the partitions; nil if there is one
	encoder *keys.Encoder
	rows    held
	kept    []keptRow // in the order of their refs
	seen    int       // rows
	last    []lastKey // of each partition; unused where bests are kept
	bests   *bestRows // nil where all candidates are
	enough  int       // how many to keep before they are cut
	bytes   int64     // reserved
	passing bool      // has given up

	scratch keys.Scratch
	keys    keys.Rows
	ids     []uint32
	fresh   []uint32
	before  []uint32
}

// A keptRow is a row that may be among the first of its partition.
type keptRow struct {
	key       []byte
	ref       gather.Ref
	word      uint64 // of the key
	partition uint32
}

// lastKey is the key that rows of a partition must not be behind. Until there is one, the key is nil and its word is the most.
type lastKey struct {
	word uint64
	key  []byte
}

// triedBatches is how many batches' worth of rows have to come before it is known whether enough of them can be dropped.
const triedBatches = 32

// isRank tells the window functions that count only rows before a row, and its peers.
func isRank(name string) bool { return name == "row_number" || name == "rank" || name == "dense_rank" }

func (w *Window) onlyRanks() bool {
	return !slices.ContainsFunc(w.Calls, func(c *WindowCall) bool { return !isRank(c.Name) || c.Aggregate != nil })
}

// newFirstRows is nil for windows of which all rows are wanted.
func (w *Window) newFirstRows(next func(context.Context, arrow.RecordBatch) error) (*firstRows, error) {
	at := slices.IndexFunc(w.Calls, func(c *WindowCall) bool { return c.AtMost > 0 && c.AtMost <= math.MaxInt32 })
	if at < 0 || slices.ContainsFunc(w.Partition, eval.IsVolatile) {
		return nil, nil
	}
	f := &firstRows{of: w, next: next, rank: w.Calls[at].Name, most: int(w.Calls[at].AtMost), enough: dealtAtOnce * w.Rows, rows: held{schema: w.Input.Schema()}}
	var err error
	if f.encoder, err = keys.NewEncoder(eval.Types(sortExprs(w.Keys)), ordersOf(w.Keys)); err != nil {
		return nil, unsupported("%v", err)
	}
	if len(w.Partition) > 0 {
		if f.table, err = keys.NewTable(eval.Types(w.Partition)); err != nil {
			return nil, unsupported("partition by %v", err)
		}
	}
	if f.rank == "row_number" && f.most <= maxBest {
		f.bests = &bestRows{of: f, most: f.most}
	}
	return f, nil
}

func (f *firstRows) free() {
	f.rows.release()
	f.of.shrink(f.bytes)
	f.bytes = 0
}

func (f *firstRows) add(ctx context.Context, batch arrow.RecordBatch) error {
	if f.passing {
		return f.next(ctx, batch)
	}
	if err := f.number(ctx, batch); err != nil {
		return err
	}
	f.findBefore()
	f.seen += int(batch.NumRows())
	if len(f.before) > 0 {
		if err := f.keep(ctx, batch); err != nil {
			return err
		}
	}
	if f.passing || len(f.kept) < f.enough {
		return nil
	}
	if err := f.cut(ctx); err != nil {
		return err
	}
	if f.seen >= triedBatches*f.of.Rows && len(f.kept) > f.seen/2 {
		return f.flush(ctx)
	}
	return nil
}

// number finds the partitions and the keys of a batch's rows.
func (f *firstRows) number(ctx context.Context, batch arrow.RecordBatch) error {
	w, n := f.of, int(batch.NumRows())
	columns, err := arrays(ctx, w.Mem, sortExprs(w.Keys), eval.Of(batch))
	if err != nil {
		return err
	}
	f.encoder.Encode(columns, n, &f.keys)
	releaseAll(columns)
	if cap(f.ids) < n {
		f.ids = make([]uint32, n)
	}
	f.ids = f.ids[:n]
	partitions := 1
	if f.table != nil {
		if columns, err = arrays(ctx, w.Mem, w.Partition, eval.Of(batch)); err != nil {
			return err
		}
		f.fresh = f.table.Insert(&f.scratch, columns, n, f.ids, f.fresh)
		releaseAll(columns)
		partitions = f.table.Len()
	}
	if f.bests != nil {
		f.bests.grow(partitions)
		return nil
	}
	for len(f.last) < partitions {
		f.last = append(f.last, lastKey{word: math.MaxUint64})
	}
	return nil
}

// keptRowBytes is the memory of a row's key besides its bytes, and of its place while rows are cut.
const keptRowBytes = 64

// findBefore finds the rows that are not behind the last key of their partition.
func (f *firstRows) findBefore() {
	f.before = f.before[:0]
	if f.bests != nil {
		f.bests.findBefore()
		return
	}
	for i, p := range f.ids {
		last := &f.last[p]
		word := wordOf(f.keys.Key(i))
		if word > last.word || word == last.word && last.key != nil && !f.isBefore(f.keys.Key(i), last.key) {
			continue
		}
		f.before = append(f.before, uint32(i))
	}
}

// isBefore tells whether a row may be among the first whose last one is known. Of equal rows, row_number has those first that come
// first; ranks have all.
func (f *firstRows) isBefore(key, last []byte) bool {
	c := bytes.Compare(key, last)
	return c < 0 || c == 0 && f.rank != "row_number"
}

// wordOf is the first eight bytes of a key, which compare as the key does.
func wordOf(key []byte) uint64 {
	if len(key) >= 8 {
		return binary.BigEndian.Uint64(key)
	}
	var word [8]byte
	copy(word[:], key)
	return binary.BigEndian.Uint64(word[:])
}

// keep copies the rows that are before the last ones. Without memory for them it gives up.
func (f *firstRows) keep(ctx context.Context, batch arrow.RecordBatch) error {
	piece := gather.Batch(f.of.Mem, batch, f.before)
	defer piece.Release()
	size := batchBytes(piece)
	keyBytes := 0
	for _, row := range f.before {
		keyBytes += len(f.keys.Key(int(row)))
	}
	size += int64(keyBytes + len(f.before)*keptRowBytes)
	if f.table != nil {
		size += int64(len(f.fresh)) * keptRowBytes // in the table, and their last keys
	}
	if !f.of.tryGrow(f.of, size) {
		if err := f.cut(ctx); err != nil {
			return err
		}
		if !f.of.tryGrow(f.of, size) {
			if err := f.flush(ctx); err != nil {
				return err
			}
			return f.next(ctx, piece)
		}
	}
	f.bytes += size
	arena := make([]byte, 0, keyBytes)
	for i, row := range f.before {
		from := len(arena)
		arena = append(arena, f.keys.Key(int(row))...)
		key := arena[from:len(arena):len(arena)]
		f.kept = append(f.kept, keptRow{key, gather.At(len(f.rows.batches), i), wordOf(key), f.ids[row]})
		if f.bests != nil {
			f.bests.add(uint32(len(f.kept) - 1))
		}
	}
	f.rows.add(piece)
	return nil
}

// flush hands on the rows that it has, and from then on all that come.
func (f *firstRows) flush(ctx context.Context) error {
	if err := f.cut(ctx); err != nil {
		return err
	}
	batches := f.rows.batches
	f.rows.batches = nil
	f.passing, f.kept, f.last, f.bests, f.table = true, nil, nil, nil, nil
	f.free()
	var err error
	for _, b := range batches {
		if err == nil {
			err = f.next(ctx, b)
		}
		b.Release()
	}
	return err
}

// cut drops rows that are not among the first of their partition.
func (f *firstRows) cut(ctx context.Context) error {
	wanted := make([]bool, len(f.kept))
	total := 0
	if f.bests != nil {
		total = f.bests.mark(wanted)
	} else {
		var err error
		if total, err = f.mark(ctx, wanted); err != nil {
			return err
		}
	}
	f.drop(wanted, total)
	f.enough = max(2*total, dealtAtOnce*f.of.Rows)
	return nil
}

// mark marks the first rows of each partition and says how many they are.
func (f *firstRows) mark(ctx context.Context, wanted []bool) (int, error) {
	starts := make([]int, len(f.last)+1)
	for i := range f.kept {
		starts[f.kept[i].partition+1]++
	}
	for p := range f.last {
		starts[p+1] += starts[p]
	}
	order, next := make([]uint32, len(f.kept)), slices.Clone(starts)
	for i := range f.kept {
		p := f.kept[i].partition
		order[next[p]] = uint32(i)
		next[p]++
	}
	total := 0
	for p := range f.last {
		if p%4096 == 0 && ctx.Err() != nil {
			return 0, ctx.Err()
		}
		rows := order[starts[p]:starts[p+1]]
		n := f.first(rows, &f.last[p])
		for _, row := range rows[:n] {
			wanted[row] = true
		}
		total += n
	}
	return total, nil
}

// first puts the first rows of a partition first, says how many they are, and notes the last one's key if there are enough.
func (f *firstRows) first(rows []uint32, last *lastKey) int {
	if len(rows) < f.most {
		return len(rows)
	}
	slices.SortFunc(rows, func(a, b uint32) int {
		x, y := &f.kept[a], &f.kept[b]
		if x.word != y.word {
			return cmp.Compare(x.word, y.word)
		}
		return cmp.Or(bytes.Compare(x.key, y.key), cmp.Compare(a, b))
	})
	n := f.most
	switch f.rank {
	case "rank":
		for n < len(rows) && bytes.Equal(f.kept[rows[n]].key, f.kept[rows[f.most-1]].key) {
			n++
		}
	case "dense_rank":
		different := 1
		for n = 1; n < len(rows); n++ {
			if !bytes.Equal(f.kept[rows[n]].key, f.kept[rows[n-1]].key) {
				if different == f.most {
					break
				}
				different++
			}
		}
		if different < f.most {
			return n
		}
	}
	end := &f.kept[rows[n-1]]
	if last.key == nil || !bytes.Equal(last.key, end.key) {
		*last = lastKey{end.word, append(make([]byte, 0, len(end.key)), end.key...)}
	}
	return n
}

// drop keeps the wanted rows only.
func (f *firstRows) drop(wanted []bool, total int) {
	if total == len(f.kept) {
		return
	}
	keyBytes := 0
	for i := range f.kept {
		if wanted[i] {
			keyBytes += len(f.kept[i].key)
		}
	}
	kept, refs := make([]keptRow, 0, 2*total), make([]gather.Ref, 0, total)
	arena := make([]byte, 0, keyBytes) // so that the keys of the rows dropped need not stay
	now := make([]uint32, len(f.kept))
	for i, row := range f.kept {
		if !wanted[i] {
			continue
		}
		now[i] = uint32(len(refs))
		from := len(arena)
		arena = append(arena, row.key...)
		kept = append(kept, keptRow{arena[from:len(arena):len(arena)], gather.At(len(refs)/f.of.Rows, len(refs)%f.of.Rows), row.word, row.partition})
		refs = append(refs, row.ref)
	}
	rows := held{schema: f.rows.schema}
	for from := 0; from < len(refs); from += f.of.Rows {
		piece := gather.Batches(f.of.Mem, f.rows.schema, f.rows.batches, refs[from:min(from+f.of.Rows, len(refs))])
		rows.add(piece)
		piece.Release()
	}
	f.rows.release()
	f.rows, f.kept = rows, kept
	if f.bests != nil {
		f.bests.renumber(now)
	}
	size := rows.bytes + int64(keyBytes) + int64(len(kept)+f.partitions())*keptRowBytes
	f.of.shrink(f.bytes - size)
	f.bytes = size
}

func (f *firstRows) partitions() int {
	if f.table == nil {
		return 1
	}
	return f.table.Len()
}
