package catalog

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow/memory"
)

// An IndexDefinition is what CREATE INDEX states of a vector index.
type IndexDefinition struct {
	Name   string
	Table  Name
	Column string
	// Metric is the canonical name of the distance function whose order the index answers: l2_distance, cosine_distance
	// or negative_inner_product.
	Metric string
	Lists  int // inverted lists; 0 to choose from the number of rows
	Bits   int // bits of code for each dimension; 0 for the default
	Dim    int // elements of the vectors that an index was built for: what a column of lists does not say. CREATE INDEX has 0
}

// An IndexInfo tells of a vector index what SHOW INDEXES and mediaflight.index_stats show.
type IndexInfo struct {
	IndexDefinition       // as built: Lists and Bits are what was chosen
	Bytes           int64 // of its files
	Rows            int64 // rows that it covers, whatever became of them since
	Files           int64 // data files that it covers
	FilesUncovered  int64 // data files of the current snapshot that it does not cover
	RowsUncovered   int64
	Imbalance       float64 // mean length of the list that a row is in, over the mean length of all lists
	Curve           []RecallPoint
	State           string // "ready", "building", "damaged"
	Detail          string // how far a building is, or what to do about a state or a drift; empty if nothing is
}

// A RecallPoint is a point of the curve that was measured when an index was built: that many probes found that share of the
// true K nearest rows.
type RecallPoint struct {
	K      int
	Probes int
	Recall float64
}

// An IndexProgress tells how far the building of an index is.
type IndexProgress struct {
	Stage      string // "sample", "train", "assign", "write", "calibrate"
	Done, Rows int64  // of this stage
}

// An Indexer is a catalog whose tables' vector columns can be indexed. The names of indexes are unique in a schema.
type Indexer interface {
	// CreateIndex builds an index over the rows that the table has now. Nobody waits for it: queries and writers go on, and
	// it is seen when it is complete. watch may be nil. An index of that name is an *Error 42P07.
	CreateIndex(ctx context.Context, def IndexDefinition, watch func(IndexProgress)) error
	// Reindex trains and builds an index anew; until it is complete the old one answers. A missing index is 42704.
	Reindex(ctx context.Context, schema, name string, watch func(IndexProgress)) error
	// FoldIndex adds the data files to an index that it does not cover yet, without training.
	FoldIndex(ctx context.Context, schema, name string, watch func(IndexProgress)) error
	DropIndex(ctx context.Context, schema, name string) error
	// VerifyIndex reads an index through and checks it against the table. It returns what it found wrong.
	VerifyIndex(ctx context.Context, schema, name string) (faults []string, err error)
	// Indexes lists the indexes of a schema in the order of their names.
	Indexes(ctx context.Context, schema string) ([]IndexInfo, error)
}

// An IndexCoverage is an Indexer that tells of each data file of a current snapshot whether an index covers it.
type IndexCoverage interface {
	IndexFiles(ctx context.Context, schema, name string) ([]IndexFile, error)
}

// An IndexFile is a data file as an index stands to it.
type IndexFile struct {
	Path    string
	Rows    int64
	Covered bool
}

// An IndexedSnapshot is a snapshot that may have vector indexes.
type IndexedSnapshot interface {
	// VectorIndex finds an index for the order of a column by a metric, and keeps its files until Close. It is nil if
	// there is none; warning then says what is wrong with one that cannot be used.
	VectorIndex(ctx context.Context, column int, metric string) (index VectorIndex, warning string, err error)
}

// A VectorIndex answers nearest-neighbor queries over those data files of a snapshot that it covers. Its methods may be
// called at once.
type VectorIndex interface {
	Definition() IndexDefinition
	// Rows is the number of live rows of the snapshot that the index covers.
	Rows() int64
	// Covered and Uncovered split a scan of the data files that the index covers, and of the others, into tasks.
	Covered(ctx context.Context, scan Scan) ([]Task, error)
	Uncovered(ctx context.Context, scan Scan) ([]Task, error)
	// Search answers queries, all of them together, which is cheaper than one by one. Rows that are deleted in the
	// snapshot are never found. It fills Found, Warning and Stats of each.
	Search(ctx context.Context, queries []*VectorQuery) error
	Close()
}

// A VectorQuery asks for the covered rows nearest to a vector.
type VectorQuery struct {
	Vector []float32
	K      int     // rows wanted; all that are Within, if 0
	Recall float64 // share of the true K rows that are to be found, over many queries; 1 or more for all
	// Within is a distance that rows must not exceed; +Inf for no such bound.
	Within float64
	Among  *RowSet // rows to choose from, of which those that the index covers count; nil for all
	// NaNFirst has rows whose distance is NaN come before all others: the order of a similarity, descending.
	NaNFirst bool
	Mem      memory.Allocator

	// Found has min(K, rows to choose from) rows in the order of their distances, NaN last or first, and of their addresses
	// where those are equal. Rows whose distance is NULL are not among them: the caller appends them where there is room.
	Found   []Found
	Stats   SearchStats
	Warning string // what was wrong with the index, if it was found to be damaged; the answer is right all the same
}

// A Found is a row that a search found. Its distance is the very number that the metric's scalar function returns.
type Found struct {
	Address  int64
	Distance float64
}

// SearchStats tells how a search went, for EXPLAIN ANALYZE.
type SearchStats struct {
	Plan    string // "probe", "probe matching lists", "exact over matching rows"
	Why     string // what decided, where it is not the costs
	Matches int64  // rows to choose from
	// What the two ways were expected to cost, in nanoseconds; 0 where there was no choice.
	ExactCost, ProbeCost float64
	Lists                int64
	Probes               int64 // lists probed
	Codes                int64 // codes scanned
	Refined              int64 // rows whose codes of more bits were looked at
	Reranked             int64 // distances computed from the vectors themselves
}
