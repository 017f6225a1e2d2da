package exec

import "fmt"

// An Error is a fault in the data or limits of a query that the user can act on.
type Error struct {
	Operator string // the operator it came from, as EXPLAIN names it
	State    string // SQLSTATE
	Msg      string
	Hint     string
}

func (e *Error) Error() string    { return e.Msg }
func (e *Error) SQLState() string { return e.State }

// States of the errors of this package.
const (
	stateUnsupported    = "0A000" // a plan of another planner, with an exchange relation
	stateBadPlan        = "22023" // a plan with a column number beyond its input
	stateCardinality    = "21000" // SELECT (SELECT * FROM generate_series(1, 2))
	stateNegativeLimit  = "2201W" // SELECT 1 LIMIT -1
	stateNegativeOffset = "2201X" // SELECT 1 OFFSET -1
	stateNtile          = "22014" // SELECT ntile(0) OVER ()
	stateNthValue       = "22016" // SELECT nth_value(1, 0) OVER ()
	stateFrameOffset    = "22013" // SELECT sum(1) OVER (ROWS $1 PRECEDING), with -1
	stateInvalidValue   = "22023" // max_marginal_relevance(..., lambda => 2)
	stateOtherStream    = "55000" // training_stream(..., plan => ...), of a table that has changed since
	stateStepZero       = "22023" // SELECT * FROM generate_series(1, 2, 0)
	stateOutOfMemory    = "53200" // SELECT * FROM big ORDER BY x, under a small limit of memory
	stateStalePlan      = "55000" // a ticket for a table that has been altered since
	stateIO             = "58030" // a data file that was truncated while it was read
)

func malformed(format string, args ...any) *Error {
	return &Error{State: stateBadPlan, Msg: "malformed plan: " + fmt.Sprintf(format, args...)}
}

func unsupported(format string, args ...any) *Error {
	return &Error{State: stateUnsupported, Msg: "plan is not supported: " + fmt.Sprintf(format, args...),
		Hint: "planner/substrait/README.md lists the parts of Substrait that are"}
}
