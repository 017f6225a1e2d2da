package flightsrv

import (
	"errors"
	"fmt"
)

// An Error is a fault in a request that its sender can act on.
type Error struct {
	State string // SQLSTATE
	Msg   string
	Hint  string
}

func (e *Error) Error() string { return e.Msg }

// SQLState is the error's SQLSTATE.
func (e *Error) SQLState() string { return e.State }

// States that the server itself gives. Each comment has a request that provokes it.
const (
	protocolViolation = "08P01" // a command that is not protobuf: DoPut of the bytes FF FF
	notSupported      = "0A000" // a call that goes with no command: DoExchange
	undefinedBinding  = "07001" // the number of parameters bound is not the statement's: SELECT $1 without any
	invalidParameter  = "22023" // CommandStatementIngest that leaves both options unspecified
	undefinedCatalog  = "3D000" // the path ["other", "main", "t"]
	canceled          = "57014" // SET statement_timeout = 1; SELECT of something long
	shuttingDown      = "57P01" // any request while the server drains
	ticketExpired     = "55000" // DoGet of a ticket that was given out days ago
	limitExceeded     = "54000" // bound parameters that do not fit into a ticket
	outOfMemory       = "53200" // more bound parameters than the server keeps
)

func malformed(what string, err error) error {
	return &Error{State: protocolViolation, Msg: fmt.Sprintf("malformed %s: %v", what, err)}
}

// A statementError is an error with the text of the statement that it came from.
type statementError struct {
	sql string
	err error
}

func (e *statementError) Error() string { return e.err.Error() }
func (e *statementError) Unwrap() error { return e.err }

// inStatement adds the statement's text, for the line with the caret.
func inStatement(sql string, err error) error {
	if err == nil {
		return nil
	}
	return &statementError{sql: sql, err: err}
}

// isState tells whether an error has the SQLSTATE.
func isState(err error, state string) bool {
	var stated interface{ SQLState() string }
	return errors.As(err, &stated) && stated.SQLState() == state
}
