package exec

// An Error is a fault in the data or limits of a query that the user can act on.
type Error struct {
	Operator string // the operator it came from, as EXPLAIN names it
	State    string // SQLSTATE
	Msg      string
	Hint     string
}

func (e *Error) Error() string    { return e.Msg }
func (e *Error) SQLState() string { return e.State }
