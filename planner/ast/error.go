// Package ast holds positions in a statement's text and the errors that point at them.
package ast

// A Pos is a byte offset into a statement's text as the user sent it; -1 where none is known.
type Pos int

// An Error is a fault in a statement, at a place in its text.
type Error struct {
	Pos   Pos
	State string // SQLSTATE, such as 42703 for an unknown column
	Msg   string // lower case, fixed words first, values last: column not found: "embd"
	Hint  string // what to try, if we know: did you mean "emb"?
}

func (e *Error) Error() string    { return e.Msg }
func (e *Error) SQLState() string { return e.State }
