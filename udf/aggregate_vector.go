package udf

import (
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

var vectorSumImpls = []AggregateImpl{{In: []Type{fixedVector}, Out: returnsArg(0), New: func(mem memory.Allocator, _ []arrow.DataType, out arrow.DataType) Accumulator {
	return newVectorSum(mem, out)
}}}

var vectorAvgImpls = []AggregateImpl{{In: []Type{fixedVector}, Out: returnsArg(0), New: func(mem memory.Allocator, _ []arrow.DataType, out arrow.DataType) Accumulator {
	s := newVectorSum(mem, out)
	s.isMean = true
	return s
}}}

// A vectorSum sums vectors element by element, in double precision.
type vectorSum struct {
	mem    memory.Allocator
	out    *arrow.FixedSizeListType
	width  int
	isMean bool
	counts []int64
	sums   []float64 // width a group
}

func newVectorSum(mem memory.Allocator, out arrow.DataType) *vectorSum {
	t := out.(*arrow.FixedSizeListType)
	return &vectorSum{mem: mem, out: t, width: int(t.Len())}
}

func (s *vectorSum) Grow(n int) {
	s.counts = grown(s.counts, n)
	s.sums = grown(s.sums, n*s.width)
}

func (s *vectorSum) Add(groups []uint32, args []Arg) error {
	if allNullArg(args[0]) {
		return nil
	}
	lists := listsOf(args[0])
	values := columnOf[float32](Arg{Array: lists.elements}).values
	for i, g := range groups {
		if args[0].IsNull(args[0].Row(i)) {
			continue
		}
		from, to := lists.at(i)
		sums := s.sums[int(g)*s.width:][:s.width]
		for k, v := range values[from:to] {
			sums[k] += float64(v)
		}
		s.counts[g]++
	}
	return nil
}

func (s *vectorSum) Merge(other Accumulator, groups []uint32) error {
	return s.Combine(other, nil, groups)
}

func (s *vectorSum) Combine(other Accumulator, from, to []uint32) error {
	o := other.(*vectorSum)
	for k, g := range to {
		part := int(chosen(from, k))
		sums := s.sums[int(g)*s.width:][:s.width]
		for i, v := range o.sums[part*s.width:][:s.width] {
			sums[i] += v
		}
		s.counts[g] += o.counts[part]
	}
	return nil
}

func (s *vectorSum) Result() (arrow.Array, error) {
	valid := allValid(s.mem, len(s.counts))
	buffer, out := newValues[float32](s.mem, len(s.counts)*s.width)
	for g, count := range s.counts {
		divisor := 1.0
		if s.isMean {
			divisor = float64(max(count, 1))
		}
		for k, v := range s.sums[g*s.width:][:s.width] {
			element := float32(v / divisor)
			if math.IsInf(float64(element), 0) {
				buffer.Release()
				valid.release()
				return nil, errOverflow()
			}
			out[g*s.width+k] = element
		}
		if count == 0 {
			valid.clear(g)
		}
	}
	child := allValid(s.mem, len(out)).array(float4Type, buffer)
	defer child.Release()
	child.Data().Retain()
	return valid.arrayOf(s.out, []arrow.ArrayData{child.Data()}), nil
}

func (s *vectorSum) Bytes() int64 { return bytesOf(s.counts) + bytesOf(s.sums) }
func (s *vectorSum) Release()     { s.counts, s.sums = nil, nil }
