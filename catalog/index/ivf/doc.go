// Package ivf finds the vectors nearest to a query through inverted lists of one-bit codes.
//
// # How it works
//
// Training finds centroids; each has a list of the vectors that it is nearest to, and each vector is in a second list
// besides, chosen so that a query that misses the first one finds it (SOAR). A list holds 32 vectors to a block, as the
// signs of their rotated differences to the centroid and two factors each (RaBitQ), from which a lower bound of the
// distance to a query comes by a few lookups in registers for 32 vectors at once. A search ranks the centroids by codes of
// their own, scans the nearest lists, and measures the vectors themselves where the bound is below the distance of the k-th
// row found so far: some fifty of a hundred thousand. Distances are the very numbers that the scalar function returns.
//
// An index may have a second code for each row, of two to eight bits a dimension. A search then looks at that before it measures
// a vector, and measures some twenty.
//
// How many lists to scan for the recall that a query asks for is measured when an index is built (Calibrate).
//
// # Parts
//
//	Sample, Train    vectors of a Source -> Quantizer: the centroids, shared by all segments
//	Build, Merge     data files -> Segment: their codes, list by list; immutable
//	Calibrate        -> Curve
//	Index, View      Quantizer, Curve and Segments; and which of their rows a snapshot has
//
// Quantizer, Curve and Segment are one blob of bytes each, which is used where it lies: in a mapping of a file. Opening
// checks every offset, so that damaged bytes make wrong answers at worst, which a checksum that the caller keeps prevents.
//
// # Figures
//
// One thread of a Zen 5 server (AMD EPYC, 2025), vectors in memory, k = 10; microseconds a query, and the recall found, for a
// recall of 0.95 and of 0.99; mediaflight index bench measures the like over vectors in files:
//
//	100,000 sentences, 384 elements, cosine distance         32  0.954     52  0.992
//	the same ten times, with noise                           77  0.963    151  0.991
//	their first 128 principal components, Euclidean          29  0.961     47  0.993
//	960 random features of them, cosine distance             60  0.969    103  0.992
//	the same at lengths that differ, inner product          122  0.954    246  0.996
//
// On the first of them, on the same machine, hnswlib (M 16) takes 112 and 230, and FAISS's HNSW32 107 and 205. The index takes
// 10 % of the vectors' memory, and 1.4 to 2.7 seconds of two cores to build, of which a quarter is calibration; hnswlib's 41.
// With a filter that lets through rows at random, one in two takes 42 for a recall of 0.95, one in ten 84, one in a hundred
// 31 and one in a thousand 7, the last two being measured exactly. Filters that have to do with the query, such as another
// source of the sentences than the query's, take up to 350. Queries
// farther from all lists than any that the index was calibrated with look through all lists: 1,700 for a random direction.
// Nothing is promised for queries unlike all rows where distances do not show it: by inner product, or as near as some rows.
package ivf
