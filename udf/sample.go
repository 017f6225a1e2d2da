package udf

import (
	"math"

	"github.com/apache/arrow-go/v18/arrow"
)

var sampleFuncs = []Scalar{
	{
		Name: "sampled", Kind: "math", Args: []string{"place", "block", "percent", "seed"}, Internal: true,
		Doc: "Whether a row belongs to a sample of so many percent of all: by its place, together with the block of rows that lie around it. " +
			"Without a seed each statement has another sample.",
		Example: "sampled(17, 1, 100, 0.5)",
		Impls: []Impl{
			{In: []Type{int8, int8, float8}, Out: returns(boolType), Nulls: true, Eval: sampledEval},
			{In: []Type{int8, int8, float8, float8}, Out: returns(boolType), Nulls: true, Eval: sampledEval},
		},
	},
}

// sampledEval draws a number in [0, 1) from the place of a row's block and the seed.
func sampledEval(call *Call, args []Arg) (arrow.Array, error) {
	place, block, percent := columnOf[int64](args[0]), columnOf[int64](args[1]), columnOf[float64](args[2])
	seed := func(int) uint64 { return call.Env.Seed }
	if len(args) > 3 {
		given := columnOf[float64](args[3])
		seed = func(i int) uint64 { return math.Float64bits(given.at(i) + 0) } // -0 is 0
	}
	return mapBoolValid(call, validOf(call, args[:1], rowsOf(call, args)), func(i int) (bool, error) {
		switch share := percent.at(i); {
		case isNullAt(args[2], i):
			return false, &Error{State: stateInvalidSample, Msg: "TABLESAMPLE parameter cannot be null"}
		case math.IsNaN(share) || share < 0 || share > 100:
			return false, &Error{State: stateInvalidSample, Msg: "sample percentage must be between 0 and 100"}
		case len(args) > 3 && isNullAt(args[3], i):
			return false, &Error{State: stateInvalidRepeatable, Msg: "TABLESAMPLE REPEATABLE parameter cannot be null"}
		}
		drawn := mix(mix(seed(i)) ^ uint64(place.at(i)/max(1, block.at(i))))
		return float64(drawn>>11)/(1<<53) < percent.at(i)/100, nil
	})
}

// mix spreads the bits of a number over all bits: the finalizer of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
