package catalog

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"
)

// A Viewer is a catalog that keeps views. Views and tables share their names: Tables lists both, and Table finds a view as a Table of kind
// "VIEW", which is a View as well, has no rows of its own and refuses to be changed (42809).
type Viewer interface {
	// Views lists the views of a schema in the order of their names.
	Views(ctx context.Context, schema string) ([]string, error)
	// CreateView makes a view. A table or view of the name is 42P07.
	CreateView(ctx context.Context, name Name, def ViewDefinition) error
	// ReplaceView gives a view another definition. A missing one is 42P01, a table 42809.
	ReplaceView(ctx context.Context, name Name, def ViewDefinition) error
	DropView(ctx context.Context, name Name) error
}

// A ViewDefinition is what CREATE VIEW states.
type ViewDefinition struct {
	// Schema has the view's columns, whatever becomes of the tables under it.
	Schema *arrow.Schema
	// SQL is the query, whose names without a schema are of the schema Default.
	SQL     string
	Default string
	Comment string
}

// A View is a view at the moment it was looked up. Its snapshot's ID is another one when it is replaced.
type View interface {
	Table
	// View is its definition. A view of another system whose SQL is not ours is an *Error 0A000.
	View() (ViewDefinition, error)
}
