package eval

import (
	"context"
	"slices"
	"sync"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/exec/gather"
	"github.com/mediaflight/mediaflight/udf"
)

// byEntry computes an expression of one column of text, and of constants, once for each entry of a dictionary, where the
// column comes encoded, and looks the rows' values up by their codes. What entries came to is kept for the batches that
// share the dictionary.
//
// An entry that no row has may be one that the expression fails for. Then, and while fewer rows have come than there are
// entries, the rows are computed one by one, as those of a plain column are.
type byEntry struct {
	column int
	mem    memory.Allocator

	mu    sync.Mutex
	known []*answers // of the dictionaries used last
	null  *answer    // of NULL; nil until it is needed
}

// keptDictionaries is how many dictionaries' answers an expression keeps: more than workers read row groups at once.
const keptDictionaries = 16

// answers are what an expression comes to for the entries of a dictionary.
type answers struct {
	dictionary arrow.ArrayData // its identity: it is not retained
	rows       int             // that came before the entries were computed
	done       bool
	answer
}

// An answer is the expression's values, or that there are none.
type answer struct {
	failed bool
	values arrow.Array
	truths []truth // of conditions: the values once more
}

func (a *answer) release() {
	if a != nil && a.values != nil {
		a.values.Release()
	}
}

// byEntry is nil for an expression that has more columns than one, another one than of text, or another value each time.
func (c *Compiler) byEntry(e Expr) *byEntry {
	column := textColumn(e)
	if column < 0 {
		return nil
	}
	b := &byEntry{column: column, mem: c.Mem}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.byEntries = append(c.byEntries, b)
	return b
}

// textColumn is the one column of an expression that can be computed by entry, or -1.
func textColumn(e Expr) int {
	column := -1
	var walk func(e Expr) bool
	walk = func(e Expr) bool {
		switch e := e.(type) {
		case *Column:
			if !catalog.Encodes(e.Type()) || column >= 0 && column != e.Index {
				return false
			}
			column = e.Index
			return true
		case *Function:
			if e.fn.Volatile {
				return false
			}
		}
		for _, arg := range e.Args() {
			if !walk(arg) {
				return false
			}
		}
		return true
	}
	if !walk(e) {
		return -1
	}
	return column
}

// EncodedColumns lists the columns of which an expression wants codes rather than text: those that parts of it are computed
// from by entry.
func EncodedColumns(e Expr) []int {
	var columns []int
	var walk func(e Expr)
	walk = func(e Expr) {
		if b := byEntryOf(e); b != nil {
			columns = append(columns, b.column)
			return
		}
		for _, arg := range e.Args() {
			walk(arg)
		}
	}
	walk(e)
	slices.Sort(columns)
	return slices.Compact(columns)
}

func byEntryOf(e Expr) *byEntry {
	switch e := e.(type) {
	case *Function:
		return e.byEntry
	case *Cast:
		return e.byEntry
	case *Case:
		return e.byEntry
	case *Coalesce:
		return e.byEntry
	case *junction:
		return e.byEntry
	case *InList:
		return e.byEntry
	}
	return nil
}

func (b *byEntry) release() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, k := range b.known {
		k.release()
	}
	b.null.release()
	b.known, b.null = nil, nil
}

// eval computes e, whose byEntry b is, for the rows of in. ok is false where that has to be done row by row.
func (b *byEntry) eval(ctx context.Context, e Expr, in Input) (v udf.Arg, ok bool, err error) {
	if b == nil {
		return udf.Arg{}, false, nil
	}
	column, ok := in.Columns[b.column].(*array.Dictionary)
	if !ok {
		return udf.Arg{}, false, nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	entries, null := b.of(ctx, e, in, column)
	if entries == nil {
		return udf.Arg{}, false, nil
	}
	return udf.Arg{Array: b.look(e, column, entries.values, null)}, true, nil
}

// look is the array of what the codes of a column come to.
func (b *byEntry) look(e Expr, column *array.Dictionary, values arrow.Array, null *answer) arrow.Array {
	if null != nil && !(null.values.NullN() > 0 && values.NullN() == 0 && catalog.Encodes(e.Type())) {
		refs := make([]gather.Ref, column.Len())
		for i, code := range gather.Codes(column) {
			refs[i] = gather.At(1, 0)
			if column.IsValid(i) {
				refs[i] = gather.At(0, int(code))
			}
		}
		return gather.Chunks(b.mem, e.Type(), []arrow.Array{values, null.values}, refs)
	}
	if values.NullN() == 0 && catalog.Encodes(e.Type()) {
		d := column.Data()
		out := array.NewDataWithDictionary(catalog.Encoded(e.Type()), d.Len(), slices.Clone(d.Buffers()), column.NullN(), d.Offset(), values.Data().(*array.Data))
		defer out.Release()
		return array.MakeFromData(out)
	}
	return gather.Rows(b.mem, values, gather.Codes(column))
}

// of is what the entries of a column's dictionary come to and, if the column has a NULL, what NULL does. It is nil where
// that is not to be used.
func (b *byEntry) of(ctx context.Context, e Expr, in Input, column *array.Dictionary) (entries *answers, null *answer) {
	k := b.recall(column.Data().Dictionary())
	if !k.done {
		k.rows += column.Len()
		if k.rows < column.Data().Dictionary().Len() {
			return nil, nil
		}
		k.answer = b.compute(ctx, e, in, column.Dictionary())
		k.done = true
	}
	if k.failed {
		return nil, nil
	}
	if column.NullN() == 0 {
		return k, nil
	}
	if b.null == nil {
		null := udf.NullArray(b.mem, column.Dictionary().DataType(), 1)
		defer null.Release()
		a := b.compute(ctx, e, in, null)
		b.null = &a
	}
	if b.null.failed {
		return nil, nil
	}
	return k, b.null
}

// recall finds a dictionary's answers, or makes room for them.
func (b *byEntry) recall(dictionary arrow.ArrayData) *answers {
	for i, k := range b.known {
		if k.dictionary == dictionary {
			b.known = append(slices.Delete(b.known, i, i+1), k)
			return k
		}
	}
	if len(b.known) == keptDictionaries {
		b.known[0].release()
		b.known = slices.Delete(b.known, 0, 1)
	}
	k := &answers{dictionary: dictionary}
	b.known = append(b.known, k)
	return k
}

// compute computes the expression for values of the column.
func (b *byEntry) compute(ctx context.Context, e Expr, in Input, values arrow.Array) answer {
	entries := Input{Columns: make([]arrow.Array, len(in.Columns)), Rows: values.Len()}
	entries.Columns[b.column] = values
	if entries.Rows == 0 {
		return answer{values: udf.NullArray(b.mem, e.Type(), 0), truths: []truth{}}
	}
	v, err := Array(ctx, b.mem, e, entries)
	if err != nil {
		return answer{failed: true}
	}
	a := answer{values: v}
	if bools, ok := v.(*array.Boolean); ok {
		a.truths = make([]truth, v.Len())
		for i := range a.truths {
			a.truths[i] = truthOf(bools, i)
		}
	}
	return a
}

// keep chooses rows of a condition's column: those of rows or, if that is nil, all, appended to into. ok is false where the
// condition has to be computed row by row.
func (b *byEntry) keep(ctx context.Context, e Expr, in Input, rows, into []uint32) (kept []uint32, ok bool) {
	if b == nil {
		return nil, false
	}
	column, ok := in.Columns[b.column].(*array.Dictionary)
	if !ok {
		return nil, false
	}
	b.mu.Lock()
	entries, null := b.of(ctx, e, in, column)
	if entries == nil || entries.truths == nil {
		b.mu.Unlock()
		return nil, false
	}
	truths, ofNull := entries.truths, null != nil && null.truths[0] == yes
	b.mu.Unlock()
	if !slices.Contains(truths, yes) && !ofNull {
		return into, true
	}
	codes := gather.Codes(column)
	if null != nil {
		truths, codes = withNull(column, truths, codes, ofNull)
	}
	if rows != nil {
		for _, row := range rows {
			if truths[codes[row]] == yes {
				into = append(into, row)
			}
		}
		return into, true
	}
	start, n := len(into), 0
	into = slices.Grow(into, len(codes))
	out := into[start : start+len(codes)]
	for i, code := range codes {
		out[n] = uint32(i)
		if truths[code] == yes {
			n++
		}
	}
	return into[:start+n], true
}

// withNull gives NULL a code of its own, behind all entries.
func withNull(column *array.Dictionary, truths []truth, codes []uint32, null bool) ([]truth, []uint32) {
	last := no
	if null {
		last = yes
	}
	out := slices.Clone(codes)
	for i := range out {
		if column.IsNull(i) {
			out[i] = uint32(len(truths))
		}
	}
	return append(slices.Clone(truths), last), out
}

// none says whether a condition holds for no entry and not for NULL.
func (b *byEntry) none(ctx context.Context, e Expr, columns int, entries arrow.Array) bool {
	in := Input{Columns: make([]arrow.Array, columns)}
	b.mu.Lock()
	defer b.mu.Unlock()
	k := b.recall(entries.Data())
	if !k.done {
		k.answer = b.compute(ctx, e, in, entries)
		k.done = true
	}
	if b.null == nil {
		null := udf.NullArray(b.mem, entries.DataType(), 1)
		defer null.Release()
		a := b.compute(ctx, e, in, null)
		b.null = &a
	}
	return !k.failed && !b.null.failed && k.truths != nil && !slices.Contains(k.truths, yes) && b.null.truths[0] != yes
}
