// Package planner turns SQL text into statements: queries and changes of rows as Substrait plans, everything else as
// commands.
//
//	SQL text -> AST    parse        the PostgreSQL grammar
//	bound plan         bind         names and types are known
//	independent plan   decorrelate  subqueries are joins
//	optimized plan     opt          one file for each rule
//	Substrait          substrait    the border: what crosses it is only bytes
package planner

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/planner/plan"
	"github.com/mediaflight/mediaflight/udf"
)

// A Planner plans statements against a catalog. It may be used at once.
type Planner struct {
	Catalog   catalog.Catalog
	Files     catalog.FileReader // nil where no files are read
	Functions *udf.Set
}

// A Session is what planning depends on besides the catalog.
type Session struct {
	Schema string // where unqualified names are looked up, before main and the system schema mediaflight
	// Temporary says that the catalog has temporary tables of the session, in the schema pg_temp: they come first.
	Temporary bool
	// Prepared finds the statements that the session has prepared by name; nil if it has none.
	Prepared func(name string) (plan.Prepare, bool)
	Env      udf.Env
	Optimize bool // off only in tests
	// Recall is the share of the true nearest rows that searches by a vector index are to find; 0 lets none be used.
	Recall float64
	// Params are the types of $1, $2 ... as far as the client stated them; nil entries are inferred.
	Params []arrow.DataType
}

// A Statement is one planned statement.
type Statement struct {
	Tag     string              // "SELECT", "INSERT", "CREATE TABLE": the command tag
	Schema  *arrow.Schema       // of the rows that it returns; nil for a statement that returns a count only
	Params  *arrow.Schema       // one nullable field a parameter, named "1", "2" ...
	Plan    []byte              // Substrait, for queries and changes of rows
	Command plan.Command        // for all others; exactly one of Plan and Command is set
	Copy    *catalog.FileTarget // where the plan's rows go, instead of to the client; the answer is their number
	Explain *plan.Explain       // set where the plan is to be explained and not, or not only, run
	Changes bool                // the plan ends in a change of rows: it must run exactly once, whether or not it returns rows
	Ordered bool                // ORDER BY decides the order of the rows
	Tables  []plan.TableID      // every table read or written, with the snapshot that was pinned
	// Transient statements depend on more than the catalog and the session's settings, such as files: the same text may mean another
	// plan the next time.
	Transient bool
	// Temporary statements make a temporary table by a plan.
	Temporary bool
}

// ReturnsRows tells queries from statements that answer with a count.
func (s *Statement) ReturnsRows() bool { return s.Schema != nil }
