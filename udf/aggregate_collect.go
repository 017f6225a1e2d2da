package udf

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// byGroup lists entries group by group, those of a group in their own order: entries[starts[g]:starts[g+1]] are group g's.
func byGroup(groups []uint32, n int) (entries, starts []int) {
	starts = make([]int, n+1)
	for _, g := range groups {
		starts[g+1]++
	}
	for g := range n {
		starts[g+1] += starts[g]
	}
	entries = make([]int, len(groups))
	next := append([]int(nil), starts[:n]...)
	for i, g := range groups {
		entries[next[g]] = i
		next[g]++
	}
	return entries, starts
}

// A stringAgg keeps the values of all groups as they come, each behind its separator, and parts them at the end.
type stringAgg struct {
	mem    memory.Allocator
	out    arrow.DataType
	n      int
	groups []uint32
	pieces []piece
	bytes  []byte
}

// A piece is a separator and a value: bytes[from:value] and bytes[value:to].
type piece struct{ from, value, to int }

func newStringAgg(mem memory.Allocator, _ []arrow.DataType, out arrow.DataType) Accumulator {
	return &stringAgg{mem: mem, out: out}
}

func (s *stringAgg) Grow(n int) { s.n = max(s.n, n) }

func (s *stringAgg) Add(groups []uint32, args []Arg) error {
	if allNullArg(args[0]) {
		return nil
	}
	values, separators := textOf(args[0]), textOf(args[1])
	for i, g := range groups {
		if isNullAt(args[0], i) {
			continue
		}
		var separator []byte
		if !isNullAt(args[1], i) {
			separator = separators.at(i)
		}
		s.append(g, separator, values.at(i))
	}
	return nil
}

func (s *stringAgg) append(g uint32, separator, value []byte) {
	from := len(s.bytes)
	s.bytes = append(append(s.bytes, separator...), value...)
	s.groups = append(s.groups, g)
	s.pieces = append(s.pieces, piece{from, from + len(separator), len(s.bytes)})
}

func (s *stringAgg) Merge(other Accumulator, groups []uint32) error {
	o := other.(*stringAgg)
	for i, p := range o.pieces {
		if groups[o.groups[i]] == NoGroup {
			continue
		}
		s.append(groups[o.groups[i]], o.bytes[p.from:p.value], o.bytes[p.value:p.to])
	}
	return nil
}

func (s *stringAgg) Result() (arrow.Array, error) {
	entries, starts := byGroup(s.groups, s.n)
	call := &Call{Mem: s.mem, Rows: s.n, Out: s.out}
	return mapTextValid(call, allValid(s.mem, s.n), func(dst []byte, g int) ([]byte, error) {
		list := entries[starts[g]:starts[g+1]]
		if len(list) == 0 {
			return dst, errNull
		}
		for i, e := range list {
			p := s.pieces[e]
			if i > 0 {
				dst = append(dst, s.bytes[p.from:p.value]...)
			}
			dst = append(dst, s.bytes[p.value:p.to]...)
		}
		return dst, nil
	})
}

func (s *stringAgg) Bytes() int64 { return bytesOf(s.groups) + bytesOf(s.pieces) + int64(cap(s.bytes)) }
func (s *stringAgg) Release()     { s.groups, s.pieces, s.bytes = nil, nil, nil }

// An arrayAgg keeps the batches that it is given and parts their rows by group at the end.
type arrayAgg struct {
	mem     memory.Allocator
	out     *arrow.ListType
	n       int
	groups  []uint32
	batches []arrow.Array
	bytes   int64
}

func newArrayAgg(mem memory.Allocator, _ []arrow.DataType, out arrow.DataType) Accumulator {
	return &arrayAgg{mem: mem, out: out.(*arrow.ListType)}
}

func (s *arrayAgg) Grow(n int) { s.n = max(s.n, n) }

func (s *arrayAgg) Add(groups []uint32, args []Arg) error {
	if len(groups) == 0 {
		return nil
	}
	rows, err := expand(&Call{Mem: s.mem}, args[0], len(groups))
	if err != nil {
		return err
	}
	defer rows.Release()
	s.append(groups, retype(rows, s.out.Elem()))
	return nil
}

// append takes over the array.
func (s *arrayAgg) append(groups []uint32, a arrow.Array) {
	s.groups = append(s.groups, groups...)
	s.batches = append(s.batches, a)
	s.bytes += int64(a.Data().SizeInBytes())
}

func (s *arrayAgg) Merge(other Accumulator, groups []uint32) error {
	o := other.(*arrayAgg)
	from := 0
	for _, batch := range o.batches {
		var mapped []uint32
		var rows []int
		for i := range batch.Len() {
			if g := groups[o.groups[from+i]]; g != NoGroup {
				mapped, rows = append(mapped, g), append(rows, i)
			}
		}
		from += batch.Len()
		switch len(rows) {
		case 0:
		case batch.Len():
			batch.Retain()
			s.append(mapped, batch)
		default:
			chosen, err := take(s.mem, batch, rows)
			if err != nil {
				return err
			}
			s.append(mapped, chosen)
		}
	}
	return nil
}

func (s *arrayAgg) Result() (arrow.Array, error) {
	if len(s.batches) == 0 {
		return NullArray(s.mem, s.out, s.n), nil
	}
	all, err := array.Concatenate(s.batches, s.mem)
	if err != nil {
		return nil, err
	}
	defer all.Release()
	entries, starts := byGroup(s.groups, s.n)
	valid, ends := allValid(s.mem, s.n), make([]int32, s.n)
	for g := range ends {
		if ends[g] = int32(starts[g+1]); starts[g] == starts[g+1] {
			valid.clear(g)
		}
	}
	return gather(&Call{Mem: s.mem, Out: s.out}, valid, all, entries, ends)
}

func (s *arrayAgg) Bytes() int64 { return bytesOf(s.groups) + s.bytes }

func (s *arrayAgg) Release() {
	for _, batch := range s.batches {
		batch.Release()
	}
	s.batches, s.groups = nil, nil
}

// An anyValue keeps the first value of each group, copied out of its batch.
type anyValue struct {
	mem    memory.Allocator
	out    arrow.DataType
	chunks []arrow.Array
	length int   // of all chunks
	rows   []int // of a group's value in the chunks together; less than 0 without
}

func newAnyValue(mem memory.Allocator, _ []arrow.DataType, out arrow.DataType) Accumulator {
	return &anyValue{mem: mem, out: out}
}

func (s *anyValue) Grow(n int) {
	for len(s.rows) < n {
		s.rows = append(s.rows, -1)
	}
}

func (s *anyValue) Add(groups []uint32, args []Arg) error {
	if allNullArg(args[0]) {
		return nil
	}
	var picks []int
	for i, g := range groups {
		if row := args[0].Row(i); s.rows[g] < 0 && args[0].IsValid(row) {
			s.rows[g] = s.length + len(picks)
			picks = append(picks, row)
		}
	}
	if len(picks) == 0 {
		return nil
	}
	chunk, err := take(s.mem, args[0].Array, picks)
	if err != nil {
		return err
	}
	defer chunk.Release()
	s.chunks = append(s.chunks, retype(chunk, s.out))
	s.length += len(picks)
	return nil
}

func (s *anyValue) Merge(other Accumulator, groups []uint32) error {
	o := other.(*anyValue)
	start := s.length
	for _, chunk := range o.chunks {
		chunk.Retain()
		s.chunks = append(s.chunks, chunk)
	}
	s.length += o.length
	for g, row := range o.rows {
		if row >= 0 && groups[g] != NoGroup && s.rows[groups[g]] < 0 {
			s.rows[groups[g]] = start + row
		}
	}
	return nil
}

// take takes in groups of another state as those of to.
func (s *anyValue) take(o *anyValue, from, to []uint32) {
	start := s.length
	for _, chunk := range o.chunks {
		chunk.Retain()
		s.chunks = append(s.chunks, chunk)
	}
	s.length += o.length
	for k, g := range from {
		if row := o.rows[g]; row >= 0 && s.rows[to[k]] < 0 {
			s.rows[to[k]] = start + row
		}
	}
}

func (s *anyValue) Result() (arrow.Array, error) {
	if len(s.chunks) == 0 {
		return NullArray(s.mem, s.out, len(s.rows)), nil
	}
	all, err := array.Concatenate(s.chunks, s.mem)
	if err != nil {
		return nil, err
	}
	defer all.Release()
	return take(s.mem, all, s.rows)
}

func (s *anyValue) Bytes() int64 {
	total := bytesOf(s.rows)
	for _, chunk := range s.chunks {
		total += int64(chunk.Data().SizeInBytes())
	}
	return total
}

func (s *anyValue) Release() {
	for _, chunk := range s.chunks {
		chunk.Release()
	}
	s.chunks, s.rows = nil, nil
}
