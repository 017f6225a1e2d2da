package udf

import "github.com/apache/arrow-go/v18/arrow"

// Vectors are of type vector(n), or arrays of any numbers. Elements are real (float32), sums of them too; what is made of
// a sum is double precision. NULL in, NULL out; a vector with an element that is NULL is an error 22004, two vectors of
// different lengths are an error 22000. NaN in an element makes the result NaN.
var vectorFuncs = []Scalar{
	{
		Name: "l2_distance", Aliases: []string{"array_distance", "list_distance"}, Kind: "vector", Args: []string{"a", "b"},
		Doc:     "The Euclidean distance between two vectors, operator <->. NULL if either is NULL; vectors of different lengths are an error.",
		Example: "l2_distance([1, 2], [4, 6]) = 5",
		Impls:   metricImpls("l2_distance"),
	},
	{
		Name: "l1_distance", Aliases: []string{"array_l1_distance", "list_l1_distance"}, Kind: "vector", Args: []string{"a", "b"},
		Doc:     "The taxicab distance between two vectors, operator <+>: the sum of their elements' differences. NULL if either is NULL; vectors of different lengths are an error.",
		Example: "l1_distance([1, 2], [4, 6]) = 7",
		Impls:   metricImpls("l1_distance"),
	},
	{
		Name: "inner_product", Kind: "vector", Args: []string{"a", "b"},
		Aliases: []string{"array_inner_product", "list_inner_product", "array_dot_product", "list_dot_product"},
		Doc:     "The sum of the products of two vectors' elements. NULL if either vector is NULL; vectors of different lengths are an error.",
		Example: "inner_product([1, 2], [3, 4]) = 11",
		Impls:   metricImpls("inner_product"),
	},
	{
		Name: "negative_inner_product", Kind: "vector", Args: []string{"a", "b"},
		Aliases: []string{"array_negative_inner_product", "list_negative_inner_product", "array_negative_dot_product", "list_negative_dot_product"},
		Doc:     "The inner product with its sign changed, operator <#>: ascending order puts the most alike first. NULL if either vector is NULL; vectors of different lengths are an error.",
		Example: "negative_inner_product([1, 2], [3, 4]) = -11",
		Impls:   metricImpls("negative_inner_product"),
	},
	{
		Name: "cosine_distance", Aliases: []string{"array_cosine_distance", "list_cosine_distance"}, Kind: "vector", Args: []string{"a", "b"},
		Doc:     "1 minus the cosine of the angle between two vectors, operator <=>: from 0, the same direction, to 2. NULL if either is NULL, NaN if either is zero; vectors of different lengths are an error.",
		Example: "cosine_distance([1, 0], [0, 3]) = 1",
		Impls:   metricImpls("cosine_distance"),
	},
	{
		Name: "cosine_similarity", Aliases: []string{"array_cosine_similarity", "list_cosine_similarity"}, Kind: "vector", Args: []string{"a", "b"},
		Doc:     "The cosine of the angle between two vectors: from 1, the same direction, to -1. NULL if either is NULL, NaN if either is zero; vectors of different lengths are an error.",
		Example: "cosine_similarity([1, 0], [3, 0]) = 1",
		Impls:   metricImpls("cosine_similarity"),
	},
	{
		Name: "hamming_distance", Aliases: []string{"array_hamming_distance"}, Kind: "vector", Args: []string{"a", "b"},
		Doc:     "In how many places two values differ, operator <~>: of bytea, such as packed binary codes, the number of bits; of vectors, the number of elements, where NaN equals NaN. NULL if either is NULL; values of different lengths are an error.",
		Example: "hamming_distance([1, 2, 3], [1, 3, 2]) = 2",
		Impls: []Impl{
			{In: []Type{vectorOrArray, vectorOrArray}, Out: returnsDistance, Eval: hammingOfVectors},
			{In: []Type{bytea, bytea}, Out: returns(float8Type), Eval: hammingOfBits},
		},
	},
	{
		Name: "l2_norm", Aliases: []string{"vector_norm"}, Kind: "vector", Args: []string{"a"},
		Doc:     "The Euclidean length of a vector. NULL if it is NULL.",
		Example: "l2_norm([3, 4]) = 5",
		Impls:   []Impl{{In: []Type{vectorOrArray}, Out: returns(float8Type), Eval: normEval}},
	},
	{
		Name: "l2_normalize", Kind: "vector", Args: []string{"a"},
		Doc:     "The vector of the same direction and the length 1. A zero vector, which has no direction, stays as it is. NULL if it is NULL.",
		Example: "l2_normalize([3, 4]) = [0.6, 0.8]",
		Impls:   l2NormalizeImpls,
	},
	{
		Name: "vector_dims", Kind: "vector", Args: []string{"a"},
		Doc:     "The number of a vector's elements. NULL if it is NULL.",
		Example: "vector_dims([5, 6, 7]) = 3",
		Impls:   []Impl{{In: []Type{vectorOrArray}, Out: returns(int4Type), Eval: dimsEval}},
	},
	{
		Name: "subvector", Kind: "vector", Args: []string{"a", "start", "count"},
		Doc:     "As an array, count elements of a vector from the start-th on, which are counted from 1; elements before the first and after the last are left out. No elements are an error. NULL if any argument is NULL.",
		Example: "subvector([5, 6, 7, 8], 2, 2) = [6, 7]",
		Impls:   []Impl{{In: []Type{vectorOrArray, int4, int4}, Out: returns(listOf(float4Type)), Eval: subvectorEval}},
	},
}

// Patterns of vectors' types.
var (
	// vectorOrArray is what functions take for a vector: vector(n), or an array of any numbers.
	vectorOrArray = Type{Name: "vector", Match: func(dt arrow.DataType) bool { return isVector(dt) || isDoubles(dt) },
		literal: vector.literal, weight: vector.weight, cast: vector.cast}
	fixedVector = Type{Name: "vector", Match: isFixedVector}
	realArray   = Type{Name: "real[]", Match: func(dt arrow.DataType) bool { return isVector(dt) && !isFixedVector(dt) || isDoubles(dt) },
		cast: vector.cast}
)

func isFixedVector(dt arrow.DataType) bool { return isVector(dt) && dt.ID() == arrow.FIXED_SIZE_LIST }

func isDoubles(dt arrow.DataType) bool {
	list, ok := dt.(*arrow.ListType)
	return ok && list.Elem().ID() == arrow.FLOAT64
}

// sameDimensions refuses two types vector(n) of different n, before any row is looked at.
func sameDimensions(in []arrow.DataType) error {
	if len(in) == 2 && isFixedVector(in[0]) && isFixedVector(in[1]) {
		a, b := in[0].(*arrow.FixedSizeListType).Len(), in[1].(*arrow.FixedSizeListType).Len()
		if a != b {
			return differentDimensions(int(a), int(b))
		}
	}
	return nil
}

func returnsDistance(in []arrow.DataType) (arrow.DataType, error) {
	return float8Type, sameDimensions(in)
}

func metricImpls(name string) []Impl {
	metric, _ := MetricNamed(name)
	return []Impl{{In: []Type{vectorOrArray, vectorOrArray}, Out: returnsDistance, Eval: metric.eval}}
}

var l2NormalizeImpls = []Impl{
	{In: []Type{fixedVector}, Out: returnsArg(0), Eval: normalizeEval},
	{In: []Type{vectorOrArray}, Out: returns(listOf(float4Type)), Eval: normalizeEval},
}
