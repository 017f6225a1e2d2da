package catalog

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"
)

// An Evolvable table's definition can be changed step by step.
type Evolvable interface {
	// Evolve makes changes of the definition that the table has when it commits, one after the other, all or none. Rows stay as
	// they are. Errors have PostgreSQL's states: 42701 for a column that is there already, 42703 for one that is not, 23502 for a
	// NULL in a column that may have none from now on; what cannot be done without writing all rows anew is 0A000.
	Evolve(ctx context.Context, steps []Alteration) error
}

// A Renamer is a catalog whose tables can get other names and schemas. An existing table is an *Error 42P07.
type Renamer interface {
	RenameTable(ctx context.Context, from, to Name) error
}

// An Alteration is a change of a table's definition.
type Alteration interface{ alteration() }

type (
	// AddColumn appends a column. In rows that are there already it has the value of Initial, an array of one row, or NULL if
	// that is nil.
	AddColumn struct {
		Field   arrow.Field
		Initial arrow.Array
	}
	// DropColumn drops a column, with the keys and indexes that it is part of.
	DropColumn   struct{ Column string }
	RenameColumn struct{ Column, To string }
	// SetType gives a column another type, which has room for all values of the old one.
	SetType struct {
		Column string
		Type   arrow.DataType
		Length int // of texts, 0 for any
	}
	SetNotNull  struct{ Column string }
	DropNotNull struct{ Column string }
	// SetDefault sets what new rows have that state no value: an expression of SQL, "" for NULL.
	SetDefault struct{ Column, Default string }
	// SetComment says what a column is for, or the table where Column is empty; an empty text removes what was said.
	SetComment struct{ Column, Text string }
	// SetProperties sets properties of the table, and removes others.
	SetProperties struct {
		Set    map[string]string
		Remove []string
	}
	AddKey    struct{ Key Key }
	DropKey   struct{ Name string }
	RenameKey struct{ Name, To string }
	// FollowTable and FollowColumn have foreign keys refer to a table or a column by its new name.
	FollowTable  struct{ From, To Name }
	FollowColumn struct {
		Table    Name
		From, To string
	}
)

func (AddColumn) alteration()     {}
func (DropColumn) alteration()    {}
func (RenameColumn) alteration()  {}
func (SetType) alteration()       {}
func (SetNotNull) alteration()    {}
func (DropNotNull) alteration()   {}
func (SetDefault) alteration()    {}
func (SetComment) alteration()    {}
func (SetProperties) alteration() {}
func (AddKey) alteration()        {}
func (DropKey) alteration()       {}
func (RenameKey) alteration()     {}
func (FollowTable) alteration()   {}
func (FollowColumn) alteration()  {}
