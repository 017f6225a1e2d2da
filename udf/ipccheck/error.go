package ipccheck

import "fmt"

// An Error is a fault in IPC bytes, or something in them that is not supported.
type Error struct {
	State string // SQLSTATE
	Msg   string
	Hint  string
}

func (e *Error) Error() string { return e.Msg }

// SQLState is the error's SQLSTATE.
func (e *Error) SQLState() string { return e.State }

// The states of this package's errors, each with what provokes it.
const (
	stateUnsupported = "0A000" // a delta dictionary
	stateBadBytes    = "22P04" // a schema that says to have 2^30 fields, in 100 bytes
	stateTooLarge    = "54000" // a null column of 2^40 rows
)

func badf(format string, args ...any) *Error {
	return &Error{State: stateBadBytes, Msg: fmt.Sprintf(format, args...)}
}

func unsupported(msg, hint string) *Error {
	return &Error{State: stateUnsupported, Msg: msg, Hint: hint}
}
