package catalog

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"
)

// A Function is a function that users have written in SQL. Calls of it are replaced by its query.
type Function struct {
	Name Name          // Table is the function's own name
	Args *arrow.Schema // names, which may be empty, and types
	// Result has the columns of a table function, and one of another.
	Result *arrow.Schema
	Table  bool // it returns rows
	Strict bool // NULL for an argument makes the result NULL, or no rows
	// SQL is a query, whose names without a schema are of the schema Default.
	SQL     string
	Default string
}

// A FunctionKeeper is a catalog that keeps functions. Several may share a name if their arguments have other types.
type FunctionKeeper interface {
	// FunctionsNamed are the functions of a name, of any letter case, in all schemas.
	FunctionsNamed(ctx context.Context, name string) ([]Function, error)
	// CreateFunction keeps a function, in the place of one with the same types of arguments if replace says so; else that is 42723.
	CreateFunction(ctx context.Context, f Function, replace bool) error
	// DropFunction drops the function with these types of arguments; a missing one is 42883.
	DropFunction(ctx context.Context, name Name, args *arrow.Schema) error
}
