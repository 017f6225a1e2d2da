package catalog

import "fmt"

// An Error is a fault that the user can act on, in an operation on a schema or table.
type Error struct {
	Op    string // what was being done: "create table"
	Name  string // what it was done to: "main.images"
	State string // SQLSTATE
	Msg   string
	Hint  string
}

func (e *Error) Error() string {
	if e.Name == "" {
		return e.Msg
	}
	return fmt.Sprintf("%s %s: %s", e.Op, e.Name, e.Msg)
}

// SQLState is the error's SQLSTATE.
func (e *Error) SQLState() string { return e.State }
