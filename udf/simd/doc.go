// Package simd holds the inner loops of vector search: distances between float32 vectors, arithmetic on them, the
// counting of bits, and what an index of vectors needs: scans of codes, rotations, and products of many with many.
//
// # Sets
//
// Every kernel exists in plain Go (the set "generic"), which is its specification. Sets named for the instructions they
// need ("avx2", "avx512") do the same faster. The best set that the machine can run is used, unless the environment
// variable MEDIAFLIGHT_SIMD names another one; Active tells which it is. Built with the tag purego, or for another
// processor than amd64, the package has the generic set alone.
//
// # Numbers
//
// Sums are kept in float32, in a number of lanes that the set chooses, with fused multiply-add where the set has it. So
// sets differ by rounding: by less than n*2^-24 times the sum of the terms' magnitudes, for n elements. Within a set
// the order of additions depends on the length alone, and a Rows kernel gives for each row exactly what the kernel for
// two vectors gives, as a Gather kernel does. DotBlock adds up in another order. Dot, L2Squared and L1 do not change
// when their arguments change places, and DotNorm's results are exactly Dot(a, b) and Dot(b, b).
//
// Subnormal numbers are computed with, not flushed to zero. NaN in an element makes the result NaN; an infinite element
// makes it infinite or NaN by IEEE 754's rules, where its product with zero and its difference to itself are NaN. A sum
// that leaves float32's range is infinite, or NaN where lanes became infinite with both signs; near that edge sets may
// differ.
//
// Vectors of no elements have the sum 0.
//
// # Memory
//
// Rows lie one after another, each len(query) float32 in the machine's byte order, at any address: embeddings are read in
// place from mapped files, where pages begin anywhere. They are passed as bytes, so that no pointer to float32 is made
// from an odd address. Rows are read one after the other and not several at a time: streams that far apart defeat the
// hardware's prefetching and halve the speed from memory.
//
// # Speed
//
// Nanoseconds for a row of 384 elements, one core of a Zen 5 server (AMD EPYC, 2025), BenchmarkRows; "read" only loads:
//
//	           from cache                          from memory
//	           read  generic  avx2  avx512         read  generic  avx2  avx512
//	Dot        21    104      13.5  6.9            50    106      45    40
//	L2Squared        127      13.7  6.7                  128      46    41
//	L1               170      14.0  7.5                  168      48    43
//	DotNorm          280      17    9.5                  276      45    42
//
// From memory avx2 comes within a seventh of avx512, which is as fast as memory delivers (38 GB/s). The calls for two
// vectors take 6 ns longer.
//
// Add and Mul of 8192 elements take 2180 ns in plain Go and 680 with vek's AVX2, the copy that vek needs included; from
// memory they run at 23 and 36 GB/s. Float16 widens 0.8, 28 and 44 numbers a nanosecond. Hamming of 48 bytes takes 7.5 ns in
// plain Go, which has POPCNT, so that the avx2 set has no kernel of its own, and 3.0 ns with AVX-512's VPOPCNTQ; of 1024
// bytes 130 and 8.8.
//
// DotBytes, which exact search reads codes by, takes for a row of 384 bytes 153 ns in plain Go, 7.4 with AVX2 and 2.2 with
// AVX-512 from cache; from memory, where a loop that only loads takes 12.5 and has neighbors, 165, 11.6 and 11.3.
// Quantize, which makes the codes, takes 568 ns for 384 elements in plain Go and 44 with AVX-512; AVX2 has no kernel of its own.
//
// The kernels of an index, in nanoseconds at 384 dimensions. Of ScanCodes and Gather the fastest tenth of many short runs
// counts; from memory ScanCodes reads block after block, Gather rows at random places.
//
//	                                      generic  avx2  avx512
//	ScanCodes, a code, from L2            25       1.17  0.49
//	  four scans, each                    25       1.18  0.38
//	  from L3                             25       1.28  0.61
//	  four scans, each                    25       1.24  0.40
//	  from memory                         27       4.8   2.0
//	  four scans, each                    26       2.1   0.68
//	L2SquaredGather, a row, from cache    102      17    12
//	  from memory                         506      69    62
//	  by L2Squared, one by one            514      154   111
//	DotBlock, a product of 64 x 1264      97       6.5   4.1
//	Hadamard of 256                       730      47    37
package simd
