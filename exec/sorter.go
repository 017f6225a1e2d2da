package exec

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/mediaflight/mediaflight/exec/eval"
	"github.com/mediaflight/mediaflight/exec/gather"
	"github.com/mediaflight/mediaflight/exec/keys"
)

// A SortKey is one of the expressions of ORDER BY.
type SortKey struct {
	Expr eval.Expr
	keys.Order
}

func (k SortKey) String() string {
	text := k.Expr.String()
	if k.Descending {
		text += " desc"
	}
	if k.NullsFirst != k.Descending { // PostgreSQL's own choice is not worth a word
		if k.NullsFirst {
			return text + " nulls first"
		}
		return text + " nulls last"
	}
	return text
}

func sortTexts(sortKeys []SortKey) string {
	var text string
	for i, k := range sortKeys {
		if i > 0 {
			text += ", "
		}
		text += k.String()
	}
	return text
}

func sortExprs(sortKeys []SortKey) []eval.Expr {
	exprs := make([]eval.Expr, len(sortKeys))
	for i, k := range sortKeys {
		exprs[i] = k.Expr
	}
	return exprs
}

// A sorter puts the rows of key columns in order: equal rows stay in the order in which they came.
type sorter struct {
	orders []keys.Order
	chunks [][]arrow.Array // each a batch's key columns
	rows   []int           // of each chunk
}

// add takes over key columns of a batch.
func (s *sorter) add(columns []arrow.Array, rows int) {
	s.chunks = append(s.chunks, columns)
	s.rows = append(s.rows, rows)
}

func (s *sorter) release() {
	for _, c := range s.chunks {
		releaseAll(c)
	}
	s.chunks, s.rows = nil, nil
}

func (s *sorter) total() int {
	n := 0
	for _, rows := range s.rows {
		n += rows
	}
	return n
}

// sortedBytes is the memory that order takes for a row besides the key itself.
const sortedBytes = 24

// order returns refs of all rows, sorted.
func (s *sorter) order(ctx context.Context, types []arrow.DataType) ([]gather.Ref, error) {
	rows, width, err := s.encode(ctx, types)
	if err != nil {
		return nil, err
	}
	items := make([]sortable, 0, s.total())
	for chunk := range rows {
		for i := range s.rows[chunk] {
			items = append(items, sortable{ref: gather.At(chunk, i)})
		}
	}
	if items, _, err = sortItems(ctx, rows, width, items, nil); err != nil {
		return nil, err
	}
	return refsOf(items), nil
}

// encode makes keys that sort by their bytes. Their width is 0 if they are not all of one length.
func (s *sorter) encode(ctx context.Context, types []arrow.DataType) ([]keys.Rows, int, error) {
	orders := slices.Clone(s.orders)
	for i := range orders {
		orders[i].NotNull = !slices.ContainsFunc(s.chunks, func(columns []arrow.Array) bool {
			return columns[i].NullN() > 0 || columns[i].DataType().ID() == arrow.NULL
		})
	}
	encoder, err := keys.NewEncoder(types, orders)
	if err != nil {
		return nil, 0, unsupported("%v", err)
	}
	rows := make([]keys.Rows, len(s.chunks))
	for i, columns := range s.chunks {
		if err := ctx.Err(); err != nil {
			return nil, 0, err
		}
		encoder.Encode(columns, s.rows[i], &rows[i])
	}
	width, _ := encoder.Width()
	return rows, width, nil
}

// maxRadix is the longest key that is sorted byte by byte: beyond it, comparisons that end early are faster.
const maxRadix = 32

// minRadix is how many rows are worth the counting of their bytes.
const minRadix = 1 << 10

// A sortable is a row with eight bytes of its key.
type sortable struct {
	key uint64
	ref gather.Ref
}

// sortItems sorts rows by their keys, equal ones in the order of their refs, in which they come. It returns them in the memory of
// either items or other, which is as large or nil, and the one that is free then.
func sortItems(ctx context.Context, rows []keys.Rows, width int, items, other []sortable) (sorted, free []sortable, err error) {
	if width == 0 || width > maxRadix || len(items) < minRadix {
		return items, other, sortByComparing(ctx, rows, width, items)
	}
	if other == nil {
		other = make([]sortable, len(items))
	}
	return sortByBytes(ctx, rows, width, items, other)
}

// sortByBytes sorts keys of one width by their bytes, the last one first. Each pass keeps the order of the one before.
func sortByBytes(ctx context.Context, rows []keys.Rows, width int, items, other []sortable) (sorted, free []sortable, err error) {
	for to := width; to > 0; to -= 8 {
		from := max(to-8, 0)
		var counts [8][256]int
		for i := range items {
			ref := items[i].ref
			key := wordAt(rows[ref>>32].Bytes, int(uint32(ref))*width+from, to-from)
			items[i].key = key
			for b := range counts {
				counts[b][byte(key>>(8*b))]++
			}
		}
		for b := range to - from {
			if err := ctx.Err(); err != nil {
				return items, other, err
			}
			if slices.Contains(counts[b][:], len(items)) {
				continue // all rows have the same byte here
			}
			scatter(items, other, b, &counts[b])
			items, other = other, items
		}
	}
	return items, other, nil
}

// wordAt is n bytes as a number.
func wordAt(b []byte, at, n int) uint64 {
	if at+8 <= len(b) {
		return binary.BigEndian.Uint64(b[at:]) >> (64 - 8*n)
	}
	var word [8]byte
	copy(word[8-n:], b[at:at+n])
	return binary.BigEndian.Uint64(word[:])
}

// scatter copies items into the order of one byte of their keys.
func scatter(items, to []sortable, b int, count *[256]int) {
	at := 0
	for i, c := range count {
		count[i] = at
		at += c
	}
	for _, item := range items {
		digit := byte(item.key >> (8 * b))
		to[count[digit]] = item
		count[digit]++
	}
}

func refsOf(items []sortable) []gather.Ref {
	refs := make([]gather.Ref, len(items))
	for i, item := range items {
		refs[i] = item.ref
	}
	return refs
}

// sortByComparing sorts keys by their first eight bytes, then by all. A width of 0 is that of keys of different lengths.
func sortByComparing(ctx context.Context, rows []keys.Rows, width int, items []sortable) error {
	for i := range items {
		items[i].key = firstWord(rows, width, items[i].ref)
	}
	if width > 0 && width <= 8 {
		slices.SortFunc(items, func(a, b sortable) int { return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.ref, b.ref)) })
		return ctx.Err()
	}
	var stopped error
	compared := 0
	slices.SortFunc(items, func(a, b sortable) int {
		if compared++; compared%4096 == 0 && stopped == nil {
			stopped = ctx.Err()
		}
		switch {
		case stopped != nil:
			return 0 // what comes out does not matter any more
		case a.key != b.key:
			return cmp.Compare(a.key, b.key)
		}
		ka, kb := rows[a.ref>>32].Key(int(uint32(a.ref))), rows[b.ref>>32].Key(int(uint32(b.ref)))
		return cmp.Or(bytes.Compare(ka, kb), cmp.Compare(a.ref, b.ref))
	})
	return stopped
}

// firstWord is the first eight bytes of a row's key as a number, which compares as they do; what a shorter key lacks is 0.
func firstWord(rows []keys.Rows, width int, ref gather.Ref) uint64 {
	chunk, i := &rows[ref>>32], int(uint32(ref))
	if width > 0 {
		n := min(width, 8)
		return wordAt(chunk.Bytes, i*width, n) << (64 - 8*n)
	}
	var word [8]byte
	copy(word[:], chunk.Key(i))
	return binary.BigEndian.Uint64(word[:])
}
