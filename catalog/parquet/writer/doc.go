// Package writer writes Parquet files for the tables of a catalog: files that every Parquet reader understands and
// that our own reader scans in place.
//
// Vector columns are written by this package, as Iceberg's list<float> in pages whose values are one aligned array of
// float32. All other columns are encoded by pqarrow, one column of one row group at a time, into a small file in
// memory whose pages are copied over. README.md has the layout and the reasons.
package writer
