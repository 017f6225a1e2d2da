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
	orders := slices.Clone(s.orders)
	for i := range orders {
		orders[i].NotNull = !slices.ContainsFunc(s.chunks, func(columns []arrow.Array) bool {
			return columns[i].NullN() > 0 || columns[i].DataType().ID() == arrow.NULL
		})
	}
	encoder, err := keys.NewEncoder(types, orders)
	if err != nil {
		return nil, unsupported("%v", err)
	}
	if width, ok := encoder.Width(); ok && width <= 8 {
		return s.orderWords(ctx, encoder, width)
	}
	return s.orderBytes(ctx, encoder)
}

// A sortable is a row with the first bytes of its key, or the whole key if it is no longer.
type sortable struct {
	key uint64
	ref gather.Ref
}

// orderWords sorts keys that fit into a word by their bytes, last byte first.
func (s *sorter) orderWords(ctx context.Context, encoder *keys.Encoder, width int) ([]gather.Ref, error) {
	n := s.total()
	items := make([]sortable, 0, n)
	var counts [8][256]int
	var rows keys.Rows
	var word [8]byte
	for chunk, columns := range s.chunks {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		encoder.Encode(columns, s.rows[chunk], &rows)
		for i := range s.rows[chunk] {
			copy(word[8-width:], rows.Bytes[i*width:(i+1)*width])
			key := binary.BigEndian.Uint64(word[:])
			items = append(items, sortable{key, gather.At(chunk, i)})
			for b := range width {
				counts[b][byte(key>>(8*b))]++
			}
		}
	}
	other := make([]sortable, n)
	for b := range width {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		count := &counts[b]
		if slices.Contains(count[:], n) {
			continue // all rows have the same byte here
		}
		at := 0
		for i, c := range count {
			count[i] = at
			at += c
		}
		for _, item := range items {
			digit := byte(item.key >> (8 * b))
			other[count[digit]] = item
			count[digit]++
		}
		items, other = other, items
	}
	refs := make([]gather.Ref, n)
	for i, item := range items {
		refs[i] = item.ref
	}
	return refs, nil
}

// orderBytes sorts keys of any length by comparing them, first their first eight bytes.
func (s *sorter) orderBytes(ctx context.Context, encoder *keys.Encoder) ([]gather.Ref, error) {
	items := make([]sortable, 0, s.total())
	chunks := make([]keys.Rows, len(s.chunks))
	for chunk, columns := range s.chunks {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		rows := &chunks[chunk]
		encoder.Encode(columns, s.rows[chunk], rows)
		for i := range s.rows[chunk] {
			var word [8]byte
			copy(word[:], rows.Key(i))
			items = append(items, sortable{binary.BigEndian.Uint64(word[:]), gather.At(chunk, i)})
		}
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
		ka, kb := chunks[a.ref>>32].Key(int(uint32(a.ref))), chunks[b.ref>>32].Key(int(uint32(b.ref)))
		return cmp.Or(bytes.Compare(ka, kb), cmp.Compare(a.ref, b.ref))
	})
	if stopped != nil {
		return nil, stopped
	}
	refs := make([]gather.Ref, len(items))
	for i, item := range items {
		refs[i] = item.ref
	}
	return refs, nil
}
