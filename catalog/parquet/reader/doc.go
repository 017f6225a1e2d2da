// Package reader reads local Parquet files into Arrow record batches: what any engine wrote, and fast what we wrote.
//
// A file is mapped into memory once and shared by all scans (Cache). Its metadata is decoded with parquet-go's structures;
// pages are walked and decoded here, because a page that is PLAIN and not compressed needs no decoding at all: the Arrow
// array's buffer is the mapping itself. Such a buffer holds a reference on the mapping, so a file stays mapped until the
// last batch that points into it is released, whoever holds it. That matters most for embeddings, which are read at the
// speed of memory: a page whose levels are proven uniform (every row a list of the same length, nothing NULL) is a
// FixedSizeList as it lies. Whatever fails the proof (NULLs, other lengths, compression, other encodings, float16 or double
// elements) takes the copying path and gives the same answer.
//
// The way of a scan through the files of this package:
//
//	file.go, mapping.go, cache.go       a mapped file and those who share it
//	footer.go, schema.go, field.go      its metadata, and what its columns mean
//	leaf_type.go, arrow_schema.go       the same in Arrow's types
//	resolve.go                          a table's columns found in the file: by id, by name, promoted, absent
//	prune.go, bounds.go, bloom.go       row groups and pages that statistics rule out (compare.go: by Arrow values)
//	task.go, emit.go, take.go           the batches of a run of row groups, the filter's columns first; rows by number
//	split.go                            row groups cut into smaller tasks where a scan asks for them
//	flat.go, vector.go, nested.go       a column of one row group: a selection of rows asked for, an Arrow array given
//	chunk.go, leaf.go, page.go          pages found, decompressed and decoded, kept while they are needed
//	proof.go                            pages taken as they lie because a scan before has proven them
//	codec.go, decode.go                 compression and encodings (hybrid.go, delta.go; page_memory.go: where to)
//	values.go, convert.go, placement.go decoded values made the table's type, and where among them NULLs are
//	build.go, spread.go, plain_text.go  values gathered into Arrow arrays
//	encoded.go                          text given as codes of the chunk's dictionary
//	vectors.go, vector_pool.go          single vectors by row number, and decoded pages of them; vector_stream.go: all of them
//
// Files are not trusted. Every size that a file states is checked against the bytes that are there before memory is taken
// for it, and a fault (a file truncated while it is mapped) or a panic while decoding becomes an error of that scan.
// Batches that point into the mapping may fault after the scan returned, too: who reads them under
// debug.SetPanicOnFault can answer with an error instead of dying.
//
// Strings come as plain Arrow strings even when the file has them dictionary-coded: decoding looks each survivor up in the
// dictionary, once, while it is gathered. A scan that asks for it gets codes instead (encoded.go), and so does its filter.
package reader
