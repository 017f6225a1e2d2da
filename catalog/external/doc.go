// Package external reads and writes files that are no table's, for SQL: read_parquet('...') and its like, and COPY. Only what lies
// under folders that the configuration names is read or written.
//
//	roots.go     where files may lie
//	expand.go    folders and patterns become files
//	reader.go    a set of files becomes a snapshot; what was found out about a file is remembered until it changes
//	snapshot.go  a scan of the files
//	columnar.go  one of a Parquet file, pruned and read in place like a table's
//	text.go      one of any other file
//	write.go     a new file: write_text.go CSV and JSON, write_columnar.go Parquet and Arrow
package external
