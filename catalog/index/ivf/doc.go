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
package ivf
