package keys

import (
	"context"
	"sync/atomic"

	"github.com/apache/arrow-go/v18/arrow"
)

// indexFill is an index in the making.
type indexFill struct {
	*IndexBuild
	*Index
	total  int
	words  [][]uint64  // of each chunk
	bounds [][2]uint64 // the least and the largest of them
}

// Where words are worth an array over all that are possible. At 4 bytes a word, an array of sparseRows words for a key takes twice what a
// hash table does, and finds keys two to three times faster; a bitmap of sparseBits words for a key is still smaller than the
// keys. What is small anyway may be as sparse as it likes.
const (
	sparseRows = 16
	sparseBits = 256
	smallArray = 64 << 10
	smallBits  = 8 << 20
)

func (f *indexFill) fill(ctx context.Context) error {
	rows := uint64(f.total)
	if err := f.noteNulls(); err != nil {
		return err
	}
	// What is refused the memory for one way may have enough for another.
	if f.domain <= max(sparseBits*rows, smallBits) && f.Reserve(int64(f.domain/8)) == nil {
		if err := f.fillBitmap(ctx); err != nil || f.Existence {
			return err
		}
	}
	if f.domain > max(sparseRows*rows, smallArray) || f.Reserve(4*int64(f.domain)) != nil {
		return f.fillHash(ctx)
	}
	unique, err := f.fillFirst(ctx)
	if unique || err != nil {
		return err
	}
	return f.fillStarts(ctx)
}

// noteNulls lists the rows without a key.
func (f *indexFill) noteNulls() error {
	row := uint32(0)
	for chunk, words := range f.words {
		if f.hasAbsent(chunk) {
			for i, w := range words {
				if w == absent {
					f.nulls = append(f.nulls, row+uint32(i))
				}
			}
		}
		row += uint32(len(words))
	}
	f.matches = f.total - len(f.nulls)
	return f.Reserve(4 * int64(len(f.nulls)))
}

// hasAbsent says whether rows of a chunk may be without a key.
func (f *indexFill) hasAbsent(chunk int) bool {
	for _, a := range f.Chunks[chunk] {
		if a.NullN() > 0 || a.DataType().ID() == arrow.NULL {
			return true
		}
	}
	return false
}

// owned calls visit with the rows whose words are the worker's own: a stretch of all that are possible, whose ends are multiples
// of 64, so that no two workers write to the same place and rows come in their order.
func (f *indexFill) owned(worker int, visit func(w uint64, row uint32)) {
	share := (f.domain/uint64(f.Workers) + 64) &^ 63
	from := uint64(worker) * share
	to := min(from+share, f.domain)
	row := uint32(0)
	for chunk, words := range f.words {
		if b := f.bounds[chunk]; b[0] < to && b[1] >= from {
			for i, w := range words {
				if w-from < to-from {
					visit(w, row+uint32(i))
				}
			}
		}
		row += uint32(len(words))
	}
}

func (f *indexFill) fillBitmap(ctx context.Context) error {
	f.bitmap = make([]uint64, (f.domain+63)/64)
	return f.parallel(ctx, func(worker int) {
		f.owned(worker, func(w uint64, _ uint32) { f.bitmap[w>>6] |= 1 << (w & 63) })
	})
}

// fillFirst supposes that no key comes twice, and finds out whether that is so.
func (f *indexFill) fillFirst(ctx context.Context) (unique bool, err error) {
	first := make([]uint32, f.domain)
	var repeated atomic.Bool
	err = f.parallel(ctx, func(worker int) {
		share := (f.domain/uint64(f.Workers) + 64) &^ 63
		from := min(uint64(worker)*share, f.domain)
		own := first[from:min(from+share, f.domain)]
		for i := range own {
			own[i] = Missing
		}
		twice := false
		f.owned(worker, func(w uint64, row uint32) {
			twice = twice || first[w] != Missing
			first[w] = row
		})
		if twice {
			repeated.Store(true)
		}
	})
	if err == nil && !repeated.Load() {
		f.first = first
	}
	return f.first != nil, err
}

// fillStarts sorts the rows by their words.
func (f *indexFill) fillStarts(ctx context.Context) error {
	if err := f.Reserve(4 * int64(f.domain+uint64(f.total))); err != nil {
		return err
	}
	next := make([]uint32, f.domain+2) // one ahead, so that when all rows are placed it says where they start
	counts := next[2:]
	if err := f.parallel(ctx, func(worker int) { f.owned(worker, func(w uint64, _ uint32) { counts[w]++ }) }); err != nil {
		return err
	}
	for i := range counts {
		next[i+2] += next[i+1]
	}
	rows := make([]uint32, f.total)
	at := next[1:]
	err := f.parallel(ctx, func(worker int) {
		f.owned(worker, func(w uint64, row uint32) {
			rows[at[w]] = row
			at[w]++
		})
	})
	copy(rows[f.matches:], f.nulls)
	f.starts, f.rows = next[:f.domain+1], rows
	return err
}
