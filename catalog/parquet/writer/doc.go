// Package writer writes Parquet files for the tables of a catalog: files that every Parquet reader understands and
// that our own reader scans in place.
//
// Vectors, plain numbers and dictionary codes are laid out by this package, aligned for a mapped file. What is nested
// or compressed is encoded by pqarrow, one column of one row group at a time, into a small file in memory whose pages
// are copied over. README.md has the layout and the reasons.
package writer
