// Package files reads files that are no part of a table yet: Parquet, Arrow, CSV and JSON lines. It finds out their
// schema, says which table would hold them, and turns their rows into that table's, naming file, row and column when
// it cannot.
//
// A load opens each file (Open), makes the table's schema from the first (TableSchema) unless the table is there, and
// writes what Read gives. README.md lists what becomes of which type.
package files
