package eval

import "fmt"

// An Error is a fault in an expression of a plan.
type Error struct {
	State string // SQLSTATE
	Msg   string
	Hint  string
}

func (e *Error) Error() string    { return e.Msg }
func (e *Error) SQLState() string { return e.State }

// States of the errors of this package.
const (
	stateUnsupported = "0A000" // a plan of another planner, with a lambda
	stateBadPlan     = "22023" // a plan with a column number beyond its input
	stateCardinality = "21000" // SELECT (SELECT * FROM generate_series(1, 2))
)

func malformed(format string, args ...any) *Error {
	return &Error{State: stateBadPlan, Msg: "malformed plan: " + fmt.Sprintf(format, args...)}
}

func unsupported(format string, args ...any) *Error {
	return &Error{State: stateUnsupported, Msg: "plan is not supported: " + fmt.Sprintf(format, args...),
		Hint: "planner/substrait/README.md lists the parts of Substrait that are"}
}
