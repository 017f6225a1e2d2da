// Package iceberg keeps tables in a folder as Apache Iceberg tables, which Spark, Trino, DuckDB and PyIceberg read and
// write as well.
//
// # The folder
//
//	catalog.db    SQLite: which tables there are, and the metadata file that each one stands at
//	warehouse/    SCHEMA/TABLE-xxxxxxxx/metadata and .../data
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
// acknowledged survives a loss of power, and one that was not leaves the table as it was. A process that is killed
// while it writes can leave files which no table mentions: they cost room, nothing else, and
// remove_orphan_files of Spark or Trino, or dropping the table, removes them.
//
// iceberg-go plans scans and writes metadata and manifests; the files themselves are read and written by
// catalog/parquet. We do not use iceberg-go's own SQL catalog: it brings database drivers and dialects that we don't
// need, its file access does not synchronize, and a lost race looks like any other error there.
package iceberg
