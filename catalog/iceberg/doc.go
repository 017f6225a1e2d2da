// Package iceberg keeps tables in a folder as Apache Iceberg tables, which Spark, Trino, DuckDB and PyIceberg read and
// write as well.
//
// # The folder
//
//	catalog.db    SQLite: which tables there are, and the metadata file that each one stands at
//	warehouse/    SCHEMA/TABLE-xxxxxxxx/metadata and .../data
//	indexes/      vector indexes, by the identities of their tables: see catalog/index
//
// The two tables of catalog.db are those of Iceberg's JdbcCatalog and of PyIceberg's SqlCatalog, and the catalog's name
// is catalog.Database, so that
//
//	SqlCatalog("mediaflight", uri="sqlite:////data/catalog.db", warehouse="file:///data/warehouse")
//
// opens the same tables, while a server runs too. Iceberg writes absolute paths into its metadata: a folder that was
// moved is refused with an error that names the path it was written for.
//
// # What a commit guarantees
//
// A change reads the table's metadata, writes new files beside the old ones, and then moves the table from the old
// metadata file to the new one by one UPDATE in SQLite that names both. If another writer was faster, the UPDATE finds
// nothing; the change is then planned again on the newer metadata, and what it had written is removed. Every file and
// its folder are synchronized to disk before the UPDATE, and SQLite synchronizes its log, so a commit that was
// acknowledged survives a loss of power, and one that was not leaves the table as it was.
//
// Rows are changed by marks in files beside the data files, and new data files: changing.go says how. Appends go through
// iceberg-go's transactions; it has none that removes data files, replaces marks and adds both in one snapshot, so that such
// snapshots are written by revision.go. A table's definition is changed by evolve.go.
//
// A table that is replaced as a whole is another table, in a folder of its own, that the catalog's row then points at. The
// snapshots of the old one can be found by their ids for Options.KeepReplaced, because queries are planned in one call and
// run in another; its folder goes after that, when the garbage collector finds that nobody holds a snapshot of it.
//
// # What a killed process leaves
//
// A process that is killed while it writes can leave files which no table mentions. They cost room, nothing else, and
// Sweep removes them when they are old: files in tables' folders that no metadata, manifest list, manifest or statistics
// of any table of the catalog names, and the folders that mediaflight_leftovers, a table of our own in catalog.db, lists
// as those of tables that were being made, dropped or replaced. Other folders, such as that of a table which another
// engine dropped without its files, stay.
//
// Age is all that tells such a file from one that a commit under way, in any process and engine, will mention: all files
// of one write (they share an id in their names) must be older than the age. A write of another engine that is silent
// for longer may lose its files; ours look for theirs before they commit, and fail. A table with gc.enabled=false, whose
// files may be part of tables that we don't know of, is left alone, as is everything outside warehouse/. Tables of other
// catalogs may have files in the folder of one of ours only if that has gc.enabled=false.
//
// iceberg-go plans scans and writes metadata and manifests; the files themselves are read and written by
// catalog/parquet. We do not use iceberg-go's own SQL catalog: it brings database drivers and dialects that we don't
// need, its file access does not synchronize, and a lost race looks like any other error there.
package iceberg
