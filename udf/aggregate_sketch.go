package udf

import (
	"encoding/binary"
	"math"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/extensions"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/datasketches-go/hll"
	"github.com/apache/datasketches-go/tdigest"
)

var sketchAggregates = []Aggregate{
	{
		Name: "approx_count_distinct", Args: []string{"value"},
		Doc: "About how many different values there are, NULLs not counted, in little memory: a HyperLogLog sketch with a standard error of 1.6 %, and exact up to some dozens. " +
			"count(DISTINCT value) is exact.",
		Example: "(SELECT approx_count_distinct(x) FROM (VALUES ('a'), ('b'), ('a'), (NULL)) AS t(x)) = 2",
		Impls:   []AggregateImpl{{In: []Type{anyvalue}, Out: returns(int8Type), New: newDistinctSketch}},
	},
	{
		Name: "approx_quantile", Aliases: []string{"approx_percentile"}, Args: []string{"value", "fraction"},
		Doc: "About the value below which the fraction of the values lies, in little memory: exact up to 256 values, a t-digest from there on, whose error is least near 0 and 1. NULL, NaN and infinite values are left out; " +
			"NULL if there are no others or the fraction is NULL. A fraction outside of 0 to 1 is an error. quantile_cont is exact.",
		Example: "(SELECT approx_quantile(x, 0.5) FROM (VALUES (1), (2), (9)) AS t(x)) = 2",
		Impls:   []AggregateImpl{{In: []Type{float8, float8}, Out: returns(float8Type), New: newDigest}},
	},
}

// registerBits is the base-2 logarithm of the registers of a HyperLogLog sketch: 4 KiB a group with many values.
const registerBits = 12

// A distinctSketch counts different values by HyperLogLog (Flajolet et al. 2007).
type distinctSketch struct {
	mem      memory.Allocator
	sketches []hll.HllSketch // nil without values
	bytes    int64
}

func newDistinctSketch(mem memory.Allocator, _ []arrow.DataType, _ arrow.DataType) Accumulator {
	return &distinctSketch{mem: mem}
}

func (s *distinctSketch) Grow(n int) { s.sketches = grown(s.sketches, n) }

func (s *distinctSketch) Add(groups []uint32, args []Arg) error {
	if len(groups) == 0 || allNullArg(args[0]) {
		return nil
	}
	bytesAt := sketchedBytes(args[0])
	var scratch []byte
	for i, g := range groups {
		row := args[0].Row(i)
		if args[0].IsNull(row) {
			continue
		}
		if s.sketches[g] == nil {
			sketch, err := hll.NewHllSketch(registerBits, hll.TgtHllTypeHll8)
			if err != nil {
				return err
			}
			s.sketches[g] = sketch
			s.bytes += 1 << registerBits // what it may grow to
		}
		scratch = bytesAt(scratch[:0], row)
		if err := s.sketches[g].UpdateSlice(scratch); err != nil {
			return err
		}
	}
	return nil
}

// sketchedBytes appends the bytes of a row's value, the same for equal values; never none, which the sketch would not count.
func sketchedBytes(a Arg) func(dst []byte, row int) []byte {
	a.Const = false
	switch values := a.Array.(type) {
	case *array.String, *array.Binary:
		texts := textOf(a)
		return func(dst []byte, row int) []byte { return append(append(dst, 1), texts.at(row)...) }
	case *array.Float32:
		return func(dst []byte, row int) []byte { return appendFloatKey(dst, float64(values.Value(row))) }
	case *array.Float64:
		return func(dst []byte, row int) []byte { return appendFloatKey(dst, values.Value(row)) }
	case *array.Int64, *array.Timestamp, *array.Time64:
		ints := columnOf[int64](a)
		return func(dst []byte, row int) []byte { return binary.LittleEndian.AppendUint64(dst, uint64(ints.at(row))) }
	case *array.Int32, *array.Date32:
		ints := columnOf[int32](a)
		return func(dst []byte, row int) []byte { return binary.LittleEndian.AppendUint32(dst, uint32(ints.at(row))) }
	case *extensions.UUIDArray:
		ids := uuidColumn(a)
		return func(dst []byte, row int) []byte { return append(dst, ids.values[row][:]...) }
	case *array.MonthDayNanoInterval:
		return func(dst []byte, row int) []byte {
			days, nanos := intervalSpan(values.Value(row))
			return binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(dst, uint64(days)), uint64(nanos))
		}
	}
	return func(dst []byte, row int) []byte { return append(append(dst, 1), FormatValue(a.Array, row, nil)...) }
}

func appendFloatKey(dst []byte, v float64) []byte {
	switch {
	case v == 0:
		v = 0 // and not -0
	case math.IsNaN(v):
		v = math.NaN() // of all its bit patterns one
	}
	return binary.LittleEndian.AppendUint64(dst, math.Float64bits(v))
}

func (s *distinctSketch) Merge(other Accumulator, groups []uint32) error {
	for g, o := range other.(*distinctSketch).sketches {
		if o == nil || groups[g] == NoGroup {
			continue
		}
		to := &s.sketches[groups[g]]
		if *to == nil {
			s.bytes += 1 << registerBits
		}
		union, err := hll.NewUnion(registerBits)
		if err != nil {
			return err
		}
		for _, part := range []hll.HllSketch{*to, o} {
			if part != nil {
				if err := union.UpdateSketch(part); err != nil {
					return err
				}
			}
		}
		if *to, err = union.GetResult(hll.TgtHllTypeHll8); err != nil {
			return err
		}
	}
	return nil
}

func (s *distinctSketch) Result() (arrow.Array, error) {
	return fixedResult(s.mem, int8Type, len(s.sketches), func(g int) (int64, error) {
		if s.sketches[g] == nil {
			return 0, nil
		}
		n, err := s.sketches[g].GetCompositeEstimate()
		return int64(math.Round(n)), err
	})
}

func (s *distinctSketch) Bytes() int64 { return bytesOf(s.sketches) + s.bytes }
func (s *distinctSketch) Release()     { s.sketches = nil }

// A digest estimates quantiles by t-digests (Dunning and Ertl, "Computing Extremely Accurate Quantiles Using t-Digests", 2019).
type digest struct {
	mem       memory.Allocator
	states    []digestState
	fractions anyValue
	bytes     int64
}

// A digestState keeps the values themselves while they are few.
type digestState struct {
	few  []float64
	many *tdigest.Double
}

const (
	digestFrom  = 256 // values from which a group has a digest
	digestK     = 100
	digestBytes = (2*digestK + 10) * (16 + 4*8) // its centroids and its buffer
)

func newDigest(mem memory.Allocator, in []arrow.DataType, _ arrow.DataType) Accumulator {
	return &digest{mem: mem, fractions: anyValue{mem: mem, out: in[1]}}
}

func (s *digest) Grow(n int) {
	s.states = grown(s.states, n)
	s.fractions.Grow(n)
}

func (s *digest) Add(groups []uint32, args []Arg) error {
	if err := s.fractions.Add(groups, args[1:]); err != nil {
		return err
	}
	if allNullArg(args[0]) {
		return nil
	}
	values := columnOf[float64](args[0])
	for i, g := range groups {
		if v := values.at(i); !isNullAt(args[0], i) && !math.IsNaN(v) && !math.IsInf(v, 0) {
			if err := s.add(g, v); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *digest) add(g uint32, v float64) error {
	state := &s.states[g]
	if state.many != nil {
		return state.many.Update(v)
	}
	state.few = append(state.few, v)
	s.bytes += 8
	if len(state.few) < digestFrom {
		return nil
	}
	return s.digest(state)
}

// digest turns a group's values into a digest.
func (s *digest) digest(state *digestState) error {
	many, err := tdigest.NewDouble(digestK)
	if err != nil {
		return err
	}
	for _, v := range state.few {
		if err := many.Update(v); err != nil {
			return err
		}
	}
	s.bytes += digestBytes - int64(8*len(state.few))
	*state = digestState{many: many}
	return nil
}

func (s *digest) Merge(other Accumulator, groups []uint32) error {
	o := other.(*digest)
	if err := s.fractions.Merge(&o.fractions, groups); err != nil {
		return err
	}
	for g, from := range o.states {
		if groups[g] == NoGroup {
			continue
		}
		for _, v := range from.few {
			if err := s.add(groups[g], v); err != nil {
				return err
			}
		}
		if from.many == nil {
			continue
		}
		to := &s.states[groups[g]]
		if to.many == nil {
			if err := s.digest(to); err != nil {
				return err
			}
		}
		if err := to.many.Merge(from.many); err != nil {
			return err
		}
	}
	return nil
}

func (s *digest) Result() (arrow.Array, error) {
	wanted, err := s.fractions.Result()
	if err != nil {
		return nil, err
	}
	defer wanted.Release()
	fractions := columnOf[float64](Arg{Array: wanted})
	return fixedResult(s.mem, float8Type, len(s.states), func(g int) (float64, error) {
		if wanted.IsNull(g) {
			return 0, errNull
		}
		fraction := fractions.at(g)
		if !(fraction >= 0 && fraction <= 1) {
			return 0, faultf(stateOutOfRange, "percentile value %g is not between 0 and 1", fraction)
		}
		state := s.states[g]
		if state.many != nil {
			return state.many.Quantile(fraction)
		}
		if len(state.few) == 0 {
			return 0, errNull
		}
		values := slices.Sorted(slices.Values(state.few))
		at := fraction * float64(len(values)-1)
		low, high := values[int(math.Floor(at))], values[int(math.Ceil(at))]
		return low + (at-math.Floor(at))*(high-low), nil
	})
}

func (s *digest) Bytes() int64 { return bytesOf(s.states) + s.bytes + s.fractions.Bytes() }

func (s *digest) Release() {
	s.states = nil
	s.fractions.Release()
}
