package keys

import (
	"context"
	"math"
	"math/bits"

	"github.com/apache/arrow-go/v18/arrow"
	"golang.org/x/sync/errgroup"
)

// An Index knows at which rows each key is. It is built from all rows at once, by several goroutines, and then may be used at
// once. How it looks a key up depends on what the keys turned out to be:
//
//	a bit a possible key      if only asked whether a key is there, and keys lie close together
//	an array over keys        if keys lie close together
//	a hash table              else: linear probing, with the key and the place of its rows in the slot
//
// Rows are at positions, those of one key together. Rows whose key has a NULL that equals nothing are behind all others.
type Index struct {
	coders []*coder // of each column, or one for all of them
	shifts []int    // where in a word each column's code is
	domain uint64   // words are below it

	bitmap []uint64 // over words; also beside the others, for Keep
	first  []uint32 // over words: the position of the only row, or Missing
	starts []uint32 // over words, and one more: the position of the first row
	hashed *hashIndex

	rows    []uint32 // the row at each position; nil where position and row are the same
	matches int      // rows that have a key
	nulls   []uint32 // rows that have none, for a NULL
}

// An IndexScratch is the memory of one caller.
type IndexScratch struct {
	columns []codeScratch
	words   []uint64
}

// An IndexBuild says what to build an index of, and for what.
type IndexBuild struct {
	Types    []arrow.DataType
	NullSafe []bool          // NULL equals NULL
	Chunks   [][]arrow.Array // the key columns, batch by batch
	Workers  int
	// Existence is enough: nobody asks where the rows are.
	Existence bool
	// Reserve is asked before much memory is taken.
	Reserve func(bytes int64) error
}

// Build builds an index. The chunks stay the caller's, who may release them then.
func (b *IndexBuild) Build(ctx context.Context) (*Index, error) {
	x := &Index{}
	for i, dt := range b.Types {
		c, err := newCoder(dt, b.NullSafe[i])
		if err != nil {
			return nil, err
		}
		x.coders = append(x.coders, c)
	}
	total := 0
	for _, columns := range b.Chunks {
		total += columns[0].Len()
	}
	if err := b.Reserve(8 * int64(total)); err != nil {
		return nil, err
	}
	f := &indexFill{IndexBuild: b, Index: x, total: total}
	if err := f.learn(ctx); err != nil {
		return nil, err
	}
	if err := f.pack(ctx); err != nil {
		return nil, err
	}
	err := f.fill(ctx)
	for _, c := range x.coders {
		if err == nil && c.narrow == nil {
			err = b.Reserve(c.numbers.size())
		}
	}
	return x, err
}

// learn settles the coders.
func (f *indexFill) learn(ctx context.Context) error {
	f.words = make([][]uint64, len(f.Chunks))
	for i, c := range f.coders {
		if c.narrow == nil {
			var s codeScratch
			for _, columns := range f.Chunks {
				if err := ctx.Err(); err != nil {
					return err
				}
				c.codes(&s, columns[i], true)
			}
			c.finish()
			continue
		}
		leasts, mosts := make([]uint64, len(f.Chunks)), make([]uint64, len(f.Chunks))
		err := f.parallel(ctx, func(worker int) {
			var scratch []uint64
			for chunk := worker; chunk < len(f.Chunks); chunk += f.Workers {
				leasts[chunk], mosts[chunk], scratch = c.bounds(f.Chunks[chunk][i], scratch)
			}
		})
		if err != nil {
			return err
		}
		for chunk := range leasts {
			c.least, c.most = min(c.least, leasts[chunk]), max(c.most, mosts[chunk])
		}
		c.finish()
	}
	width := 0
	for _, c := range f.coders {
		f.shifts = append(f.shifts, width)
		width += c.width
	}
	c := f.coders[0]
	switch {
	case len(f.coders) == 1 && c.narrow == nil:
		f.domain = uint64(len(c.numbers.ends))
	case len(f.coders) == 1 && c.most-c.least < math.MaxUint64-2: // leaves room for NULL and absent
		f.domain = c.null() + 1
	case width < 64:
		f.domain = 1 << width
	default:
		return f.learnWhole(ctx)
	}
	return nil
}

// learnWhole numbers keys as wholes, whose columns have too many values for a word.
func (f *indexFill) learnWhole(ctx context.Context) error {
	c, err := newWholeCoder(f.Types, f.NullSafe)
	if err != nil {
		return err
	}
	f.coders = []*coder{c}
	var s codeScratch
	for _, columns := range f.Chunks {
		if err := ctx.Err(); err != nil {
			return err
		}
		c.wholes(&s, columns, true)
	}
	f.domain = uint64(len(c.numbers.ends))
	return nil
}

// pack makes a word of each row's key.
func (f *indexFill) pack(ctx context.Context) error {
	f.bounds = make([][2]uint64, len(f.Chunks))
	return f.parallel(ctx, func(worker int) {
		var s IndexScratch
		for chunk := worker; chunk < len(f.Chunks); chunk += f.Workers {
			words := f.wordsOf(&s, f.Chunks[chunk])
			least, most := uint64(absent), uint64(0)
			for _, w := range words {
				if w != absent {
					least, most = min(least, w), max(most, w)
				}
			}
			f.words[chunk], f.bounds[chunk] = append([]uint64(nil), words...), [2]uint64{least, most}
		}
	})
}

// wordsOf makes a word of each row's key, in the memory of s; absent where a column has no code.
func (x *Index) wordsOf(s *IndexScratch, columns []arrow.Array) []uint64 {
	if s.columns == nil {
		s.columns = make([]codeScratch, len(columns))
	}
	if x.coders[0].unsafe != nil {
		return x.coders[0].wholes(&s.columns[0], columns, false)
	}
	if len(columns) == 1 {
		return x.coders[0].codes(&s.columns[0], columns[0], false)
	}
	s.words = resize(s.words, columns[0].Len())
	clear(s.words)
	for i, a := range columns {
		shift := x.shifts[i]
		for row, code := range x.coders[i].codes(&s.columns[i], a, false) {
			if code == absent || s.words[row] == absent {
				s.words[row] = absent
			} else {
				s.words[row] |= code << shift
			}
		}
	}
	return s.words
}

// Find sets from and to to the positions of the rows that have the keys; they are equal where there is none.
func (x *Index) Find(s *IndexScratch, columns []arrow.Array, from, to []uint32) {
	words := x.wordsOf(s, columns)
	switch {
	case x.first != nil:
		for i, w := range words {
			from[i], to[i] = 0, 0
			if w < uint64(len(x.first)) {
				if at := x.first[w]; at != Missing {
					from[i], to[i] = at, at+1
				}
			}
		}
	case x.starts != nil:
		for i, w := range words {
			from[i], to[i] = 0, 0
			if w < uint64(len(x.starts)-1) {
				from[i], to[i] = x.starts[w], x.starts[w+1]
			}
		}
	case x.hashed != nil:
		for i, w := range words {
			from[i], to[i] = 0, 0
			if w != absent {
				slot := x.hashed.find(w)
				from[i], to[i] = slot.at, slot.at+slot.rows
			}
		}
	default:
		for i, w := range words {
			from[i], to[i] = 0, 0
			if w < x.domain && x.bitmap[w>>6]>>(w&63)&1 == 1 {
				to[i] = 1
			}
		}
	}
}

// Keep drops those of the rows whose keys are not there, in place. It may keep some of them.
func (x *Index) Keep(s *IndexScratch, columns []arrow.Array, rows []uint32) []uint32 {
	if kept, ok := x.keepNumbers(columns, rows); ok {
		return kept
	}
	words := x.wordsOf(s, columns)
	kept := rows[:0]
	switch {
	case x.bitmap != nil:
		for _, row := range rows {
			w := words[row]
			if w < x.domain && x.bitmap[w>>6]>>(w&63)&1 == 1 {
				kept = append(kept, row)
			}
		}
	case x.hashed != nil:
		for _, row := range rows {
			if w := words[row]; w != absent && x.hashed.mayHave(w) {
				kept = append(kept, row)
			}
		}
	default:
		return rows
	}
	return kept
}

// Rows is the row at each position, and behind them the rows without a key. It is nil where position and row are the same.
func (x *Index) Rows() []uint32 { return x.rows }

// Nulls are the rows whose key has a NULL that equals nothing.
func (x *Index) Nulls() []uint32 { return x.nulls }

// Groups calls f with the positions of each key's rows.
func (x *Index) Groups(f func(from, to uint32)) {
	switch {
	case x.starts != nil:
		for i, from := range x.starts[:len(x.starts)-1] {
			if to := x.starts[i+1]; from < to {
				f(from, to)
			}
		}
	case x.hashed != nil:
		x.hashed.each(func(s *hashSlot) { f(s.at, s.at+s.rows) })
	case x.first != nil:
		for _, at := range x.first {
			if at != Missing {
				f(at, at+1)
			}
		}
	}
}

// parallel has each worker do its share.
func (b *IndexBuild) parallel(ctx context.Context, f func(worker int)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if b.Workers == 1 {
		f(0)
		return nil
	}
	var g errgroup.Group
	for worker := range b.Workers {
		g.Go(func() error { f(worker); return nil })
	}
	return g.Wait()
}

func powerOfTwo(n uint64) uint64 { return 1 << bits.Len64(max(n, 1)-1) }
