// Package catalog says what a table is to the rest of the system: a catalog holds schemas, a schema holds tables, a
// table has snapshots, and a snapshot is read by tasks. Packages below it implement that for Iceberg tables, for the
// Parquet files under them, and for tables in memory.
package catalog

import (
	"context"
	"iter"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// Database is the name of the one catalog that a server serves.
const Database = "mediaflight"

// DefaultSchema is where unqualified names are looked up and created.
const DefaultSchema = "main"

// A Name names a table within the catalog. What is read without being in the catalog has no schema.
type Name struct{ Schema, Table string }

func (n Name) String() string {
	if n.Schema == "" {
		return n.Table
	}
	return n.Schema + "." + n.Table
}

// A Catalog holds schemas and tables. Its methods may be called at once. Names match exactly; a missing schema is
// an *Error with state 3F000, a missing table 42P01, an existing schema 42P06, an existing table 42P07.
type Catalog interface {
	Schemas(ctx context.Context) ([]Schema, error)
	CreateSchema(ctx context.Context, s Schema) error
	// AlterSchema gives the schema of the name the comment of s; system schemas are 42501.
	AlterSchema(ctx context.Context, s Schema) error
	// DropSchema drops an empty schema; one that holds tables is 2BP01.
	DropSchema(ctx context.Context, name string) error

	// Tables lists the tables of a schema in the order of their names.
	Tables(ctx context.Context, schema string) ([]string, error)
	Table(ctx context.Context, name Name) (Table, error)
	CreateTable(ctx context.Context, name Name, def Definition) (Table, error)
	// CreateTableAs starts a write that makes a table and its first rows. Nobody sees the table before the commit, and
	// nobody ever does if it fails or is aborted.
	CreateTableAs(ctx context.Context, name Name, def Definition) (Append, error)
	// ReplaceTableAs starts a write that gives a table another definition and other rows, in one commit. Until then, and
	// if it fails or is aborted, the old ones stay. Whoever reads a snapshot of the old ones goes on; rows that others
	// commit before the replacement go with them, and appends that began before it and end after it are 40001.
	ReplaceTableAs(ctx context.Context, name Name, def Definition) (Append, error)
	DropTable(ctx context.Context, name Name) error
}

// A Schema is a namespace of tables.
type Schema struct {
	Name    string
	Comment string
	System  bool // information_schema and mediaflight: read-only
}

// A Definition is what CREATE TABLE states. Field.Nullable is NOT NULL's opposite; a field's comment is its metadata
// value under CommentKey. Vector columns are FixedSizeList<float32 not null>.
type Definition struct {
	Schema     *arrow.Schema
	Comment    string
	Keys       []Key
	Properties map[string]string
	// Partitioning says which rows lie in different files. It is set when a table is made; tables in memory have none.
	Partitioning []PartitionField
}

// CommentKey is the metadata key of a field's comment.
const CommentKey = "comment"

// DefaultKey is the metadata key of a field's default: an expression of SQL. Without it the default is NULL.
const DefaultKey = "default"

// A Key is a declared constraint. It is kept and shown, not enforced.
type Key struct {
	Name       string
	Kind       KeyKind
	Columns    []string
	References Name     // foreign keys only
	RefColumns []string // foreign keys only
}

// KeyKind tells primary, unique and foreign keys apart.
type KeyKind int

const (
	PrimaryKey KeyKind = iota + 1
	UniqueKey
	ForeignKey
)

// A Table is a table at the moment it was looked up. Its methods may be called at once.
type Table interface {
	Name() Name
	Kind() string // "TABLE", "VIEW", "SYSTEM TABLE"
	Definition() Definition
	// Current is the newest snapshot when the table was looked up. A table without rows has one too, with ID 0.
	Current() Snapshot
	// Snapshot finds an older one; a missing one is an *Error with state 55000.
	Snapshot(ctx context.Context, id int64) (Snapshot, error)
	// Append starts a write of new rows. System tables answer 42809.
	Append(ctx context.Context) (Append, error)
	// Alter changes comments, keys and properties: the whole new definition, whose columns must be the same but for
	// comments and nullability.
	Alter(ctx context.Context, def Definition) error
}

// An Append writes rows and commits them all at once. It is used by one goroutine.
type Append interface {
	// Write takes batches whose columns are the table's, in its order and types. NULL in a NOT NULL column is an
	// *Error 23502, a text that is too long for its column 22001. The batch stays the caller's.
	Write(batch arrow.RecordBatch) error
	// Commit makes all rows visible, durably, or none.
	Commit(ctx context.Context) (rows int64, err error)
	// Abort drops what was written. After Commit it does nothing.
	Abort()
}

// A Snapshot is an immutable state of a table.
type Snapshot interface {
	ID() int64
	Time() time.Time
	Schema() *arrow.Schema
	// Rows is the number of rows, deleted ones left out; known is false where that would need reading.
	Rows() (n int64, known bool)
	// Tasks splits a scan into parts that can be read independently, after dropping what scan.Prune refutes.
	Tasks(ctx context.Context, scan Scan) ([]Task, error)
	// Take reads the rows at the addresses that a scan of this snapshot gave, in that order.
	Take(ctx context.Context, take Take) (arrow.RecordBatch, error)
}

// A Scan says what to read.
type Scan struct {
	Columns []int // of Snapshot.Schema, in the order wanted; may be empty: batches then have rows but no columns
	Address bool  // append the column AddressColumn
	// Within has the addresses of the rows to read, nil for all. Only snapshots whose tasks are AddressedTasks look at it.
	Within *AddressRange
	Prune  []Predicate
	Filter Filter // nil for all rows
	// Encoded has the columns that may come Encoded, where the file has them so and few values repeat: a batch's schema says
	// which do. Not asked for, columns of text come as such.
	Encoded []int
	Mem     memory.Allocator
	Stats   *ScanStats // never nil
	// Rows is how many rows a batch has at most. Batches are also cut near 2 MiB.
	Rows int
	// TaskRows is how many rows a task aims at, 0 for what suits streams. With fewer, several workers share a small table;
	// what a task costs by itself is a few microseconds.
	TaskRows int
}

// AddressColumn is an int64 column that tells where a row lies. It means something within its snapshot only.
const AddressColumn = "_row_address"

// A Filter chooses rows while they are read, so that columns it does not need are decoded only for rows it keeps.
// It must be safe for concurrent use.
type Filter interface {
	Columns() []int // of Snapshot.Schema
	// Select appends the rows of batch to keep to into, ascending. The batch has Columns, in that order; those of text may
	// be Encoded.
	Select(ctx context.Context, batch arrow.RecordBatch, into []uint32) ([]uint32, error)
}

// A CodedFilter is a Filter that takes some columns of numbers as codes of a dictionary, where a file has them so and each entry
// repeats often. The type of such a column is Encoded.
type CodedFilter interface {
	Filter
	CodedColumns() []int // of Columns
}

// An EntryFilter is a Filter that may see from the entries of a dictionary, before any row is read, that it keeps none of
// the rows of a column that is encoded by it.
type EntryFilter interface {
	Filter
	// KeepsNone is true only if no row is kept whose value of the column is one of the entries, or NULL.
	KeepsNone(ctx context.Context, column int, entries arrow.Array) bool
}

// A WaivableFilter is a Filter that may find out that choosing rows costs more than it spares.
type WaivableFilter interface {
	Filter
	// Waived says that rows need not be shown to the filter: whoever reads them does without. Once true, it stays true.
	Waived() bool
}

// A Task reads one part of a scan. Tasks may be read at once, each at most once.
type Task interface {
	// Rows is how many rows the part has before filtering.
	Rows() int64
	// Read reads it. A batch is good until the next is asked for; its memory, strings in it included, is used again when all
	// have released it.
	Read(ctx context.Context) iter.Seq2[arrow.RecordBatch, error]
}

// A Take reads rows by address.
type Take struct {
	Addresses []int64
	Columns   []int
	Mem       memory.Allocator
	Stats     *ScanStats
}
