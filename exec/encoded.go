package exec

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/exec/eval"
	"github.com/mediaflight/mediaflight/exec/gather"
)

// Text that repeats is worth carrying as codes of a dictionary, as files have it: a condition or a function is computed once
// for each entry, a key is hashed once for each entry, and rows are copied as numbers. It is not worth it for an operator that
// looks at every value anyway, nor on the way to the client, who was promised text.
//
// So the rule is that whoever reads a stream asks for codes. An operator's schema says what types its columns have; in the
// batches a column of text or bytea is encoded (catalog.Encoded) only if the operator above has asked for that one, and even
// then it need not be. An operator that does not implement encodedReader asks for nothing, and so needs to know nothing about
// codes. The meter between two operators holds them to it: what was not asked for, it makes plain.

// An encodedReader is an operator that takes encoded columns.
type encodedReader interface {
	Operator
	// takeEncoded says which columns of each input, in the order of Inputs, may come encoded, if those of its own output may
	// that are in out.
	takeEncoded(out columnSet) []columnSet
}

// A columnSet is some of the columns of a schema, by index.
type columnSet []bool

func (s columnSet) add(columns ...int) {
	for _, c := range columns {
		if c < len(s) {
			s[c] = true
		}
	}
}

func noColumns(op Operator) columnSet { return make(columnSet, op.Schema().NumFields()) }

// askForEncoded settles who takes which columns encoded, from the top down. The columns of op's own output in out may be.
func askForEncoded(mem memory.Allocator, op Operator, out columnSet) {
	if m, ok := op.(*meter); ok {
		m.encoded, m.mem = out, mem
		op = m.Operator
	}
	inputs := op.Inputs()
	taken := make([]columnSet, len(inputs))
	if r, ok := op.(encodedReader); ok {
		taken = r.takeEncoded(out)
	}
	for i, input := range inputs {
		if taken[i] == nil {
			taken[i] = noColumns(input)
		}
		askForEncoded(mem, input, taken[i])
	}
}

func (s *Scan) takeEncoded(out columnSet) []columnSet {
	for i, c := range s.Columns {
		if out[i] && catalog.Encodes(s.schema.Field(i).Type) {
			s.encoded = append(s.encoded, c)
		}
	}
	return nil
}

func (f *Filter) takeEncoded(out columnSet) []columnSet {
	in := slices.Clone(out)
	in.add(f.Condition.EncodedColumns()...)
	return []columnSet{in}
}

func (p *Project) takeEncoded(out columnSet) []columnSet {
	in := noColumns(p.Input)
	for i, e := range p.Exprs {
		if c, ok := e.(*eval.Column); ok && out[i] {
			in.add(c.Index)
		}
		in.add(eval.EncodedColumns(e)...)
	}
	in.addUnread(eval.Columns(p.Exprs...))
	return []columnSet{in}
}

// takeEncoded of an aggregation takes its keys, and what it counts.
func (a *HashAggregate) takeEncoded(columnSet) []columnSet {
	in := noColumns(a.Input)
	in.addKeys(a.Keys)
	read := eval.Columns(append(slices.Clone(a.Keys), a.Common...)...)
	for _, e := range a.Common {
		in.add(eval.EncodedColumns(e)...)
	}
	for _, m := range a.Measures {
		read = append(read, eval.Columns(append(slices.Clone(m.Args), sortExprs(m.Sorts)...)...)...)
		if m.takesEncoded() {
			in.addKeys(m.Args)
		}
		for _, e := range append(slices.Clone(m.Args), sortExprs(m.Sorts)...) {
			in.add(eval.EncodedColumns(e)...)
		}
		if m.Filter != nil {
			in.add(m.Filter.EncodedColumns()...)
			read = append(read, m.Filter.Columns()...)
		}
	}
	in.addUnread(read)
	return []columnSet{in}
}

// addUnread adds the columns that nobody looks at, such as a join's keys above it: they may come as they like.
func (s columnSet) addUnread(read []int) {
	for c := range s {
		if !slices.Contains(read, c) {
			s[c] = true
		}
	}
}

// addKeys adds what keys are made of.
func (s columnSet) addKeys(exprs []eval.Expr) {
	for _, e := range exprs {
		if c, ok := e.(*eval.Column); ok {
			s.add(c.Index)
		}
		s.add(eval.EncodedColumns(e)...)
	}
}

func (d *Distinct) takeEncoded(columnSet) []columnSet {
	in := noColumns(d.Input)
	for i := range in {
		in[i] = true
	}
	return []columnSet{in}
}

func (l *Limit) takeEncoded(out columnSet) []columnSet    { return []columnSet{out} }
func (e *Exchange) takeEncoded(out columnSet) []columnSet { return []columnSet{out} }

func (u *UnionAll) takeEncoded(out columnSet) []columnSet {
	in := make([]columnSet, len(u.Operands))
	for i := range in {
		in[i] = out
	}
	return in
}

// takeEncoded of a join takes its keys, and of the left rows, which pass through, what is wanted above.
func (j *HashJoin) takeEncoded(out columnSet) []columnSet {
	left, right := noColumns(j.Left), noColumns(j.Right)
	if !j.Kind.onlyRight() {
		copy(left, out)
	}
	if !j.Kind.onlyLeft() && !j.Kind.onlyRight() && len(out) > len(left) {
		j.encoded = out[len(left):]
	}
	for _, k := range j.Keys {
		left.addKeys([]eval.Expr{k.Left})
		both := make(columnSet, len(left)+len(right))
		both.addKeys([]eval.Expr{k.Right})
		for c, taken := range both[len(left):] {
			right[c] = right[c] || taken
		}
	}
	return []columnSet{left, right}
}

// settle makes the columns of a batch plain that are not in encoded. It takes the batch over.
func settle(mem memory.Allocator, schema *arrow.Schema, batch arrow.RecordBatch, encoded columnSet) arrow.RecordBatch {
	found := false
	for i, c := range batch.Columns() {
		found = found || c.DataType().ID() == arrow.DICTIONARY && !encoded.has(i)
	}
	if !found {
		return batch
	}
	defer batch.Release()
	columns := make([]arrow.Array, batch.NumCols())
	defer releaseAll(columns)
	for i, c := range batch.Columns() {
		if encoded.has(i) {
			c.Retain()
			columns[i] = c
		} else {
			columns[i] = gather.Plain(mem, c)
		}
	}
	return catalog.NewBatch(schema, columns, batch.NumRows())
}

func (s columnSet) has(column int) bool { return column < len(s) && s[column] }

// plainArrays are columns without encoding, in their place. It takes them over.
func plainArrays(mem memory.Allocator, columns []arrow.Array) {
	for i, c := range columns {
		if _, ok := c.(*array.Dictionary); ok {
			columns[i] = gather.Plain(mem, c)
			c.Release()
		}
	}
}
