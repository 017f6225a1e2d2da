// Package plan has the nodes of a bound plan, and the commands that need none.
package plan

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/mediaflight/mediaflight/catalog"
)

// A TableID names a table and pins its snapshot.
type TableID struct {
	Name     catalog.Name
	Snapshot int64
}

// An IndexID names an index within the catalog.
type IndexID struct{ Schema, Name string }

func (i IndexID) String() string { return i.Schema + "." + i.Name }

// A Command is a statement that is not a plan of operators. The server runs it against the catalog and the session.
type Command interface{ command() }

type (
	CreateSchema struct {
		Name        string
		IfNotExists bool
	}
	DropSchema struct {
		Names    []string
		IfExists bool
		Cascade  bool
	}
	// CreateTable makes an empty table. CREATE TABLE AS is a plan that ends in a write, with Create set there.
	CreateTable struct {
		Name        catalog.Name
		Definition  catalog.Definition
		IfNotExists bool
		Notices     []string // of what is otherwise than one might think
	}
	DropTable struct {
		Names    []catalog.Name
		IfExists bool
		Views    []catalog.Name // that read them, and go with them
		Then     []AlterTable   // foreign keys of other tables that go with them
	}
	// CreateView makes a view, or gives one that is there another definition.
	CreateView struct {
		Name       catalog.Name
		Definition catalog.ViewDefinition
		Replace    bool
	}
	// Prepare keeps a statement under a name of the session's.
	Prepare struct {
		Name, SQL string
		Types     []arrow.DataType // of its parameters
	}
	// Deallocate forgets one, or all with no name.
	Deallocate struct{ Name string }
	// Discard drops the session's temporary tables, or forgets with All everything that it has made.
	Discard struct{ All, Temporary bool }
	// CreateFunction keeps a function, in the place of one with the same types of arguments if Replace says so.
	CreateFunction struct {
		Function catalog.Function
		Replace  bool
	}
	DropFunction struct {
		Functions []catalog.Function
		Notices   []string
	}
	DropView struct {
		Names    []catalog.Name
		IfExists bool
		Then     []catalog.Name // views that read them, and go with them
	}
	// AlterTable changes a table's definition, and then those of tables that refer to it.
	AlterTable struct {
		Table   catalog.Name
		Steps   []catalog.Alteration
		Notices []string
		Then    []AlterTable
		Views   []catalog.Name // that use what is dropped, and go with it
	}
	// RenameTable gives a table another name, and then has the tables and views that refer to it follow.
	RenameTable struct {
		From, To catalog.Name
		Then     []AlterTable
		Views    []CreateView
	}
	// Truncate deletes all rows of tables.
	Truncate struct{ Tables []catalog.Name }
	// Comment is COMMENT ON. Column is empty for a table's comment; Table is empty for a schema's.
	Comment struct {
		Schema, Table, Column string
		Text                  *string // nil removes it
	}
	// CreateIndex builds a vector index.
	CreateIndex struct {
		Index       catalog.IndexDefinition
		IfNotExists bool
		Notice      string // what is otherwise than it was asked for
	}
	DropIndex struct {
		Indexes  []IndexID
		IfExists bool
	}
	// Reindex builds indexes anew.
	Reindex struct {
		Indexes []IndexID
		Notice  string
	}
	// Set is SET, and RESET with a nil Value; Name "all" resets everything.
	Set struct {
		Name  string
		Value *string
	}
	// Show is SHOW of one setting, or of all with Name "all".
	Show struct{ Name string }
	// Nothing is a statement accepted without effect, such as BEGIN in a server without transactions: never used for
	// statements whose effect a user could miss.
	Nothing struct{ Notice string }
)

func (CreateSchema) command()   {}
func (DropSchema) command()     {}
func (CreateTable) command()    {}
func (DropTable) command()      {}
func (CreateView) command()     {}
func (Prepare) command()        {}
func (Deallocate) command()     {}
func (Discard) command()        {}
func (DropView) command()       {}
func (CreateFunction) command() {}
func (DropFunction) command()   {}
func (Truncate) command()       {}
func (AlterTable) command()     {}
func (RenameTable) command()    {}
func (Comment) command()        {}
func (CreateIndex) command()    {}
func (DropIndex) command()      {}
func (Reindex) command()        {}
func (Set) command()            {}
func (Show) command()           {}
func (Nothing) command()        {}

// An Explain says how to explain a statement's plan: the answer is rows of one text column.
type Explain struct {
	Analyze bool
	JSON    bool
	Verbose bool
	// Inner is the schema of the rows that the explained statement would return; nil for changes.
	Inner *arrow.Schema
}
