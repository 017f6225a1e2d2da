package files

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/udf/ipccheck"
)

// An Error is a fault in a file.
type Error struct {
	File   string
	Row    int64 // from 1; 0 if the fault is not in a row
	Line   int64 // of a text file, from 1; said instead of Row
	Column string
	State  string // SQLSTATE
	Msg    string
	Hint   string
}

// Error reads like: queries.jsonl: row 17: column "embedding": 3 elements, but the column has 384
func (e *Error) Error() string {
	var b strings.Builder
	if e.File != "" {
		fmt.Fprintf(&b, "%s: ", e.File)
	}
	switch {
	case e.Line > 0:
		fmt.Fprintf(&b, "line %d: ", e.Line)
	case e.Row > 0:
		fmt.Fprintf(&b, "row %d: ", e.Row)
	}
	if e.Column != "" {
		fmt.Fprintf(&b, "column %q: ", e.Column)
	}
	b.WriteString(e.Msg)
	return b.String()
}

// SQLState is the error's SQLSTATE.
func (e *Error) SQLState() string { return e.State }

// The states of this package's errors, each with what provokes it.
const (
	stateUnsupported     = "0A000" // an interval column
	stateData            = "22000" // a vector of another length than the column's
	stateOutOfRange      = "22003" // an unsigned 2^63 for a bigint column
	stateNullElement     = "22004" // a vector with a NULL element
	stateNotUTF8         = "22021" // text in Latin-1
	stateInvalidText     = "22P02" // the field abc where all before were numbers
	stateBadFile         = "22P04" // a CSV line with a field too many
	stateMismatch        = "42804" // a boolean for a date column
	stateNotNull         = "23502" // an empty field for a NOT NULL column
	stateDuplicateColumn = "42701" // two columns of one name in a CSV header
	stateUndefinedColumn = "42703" // a column that the table does not have
	stateUndefinedFile   = "58P01" // a file that is not there
	stateLimit           = "54000" // objects with ever new names
	stateIO              = "58030" // a file that cannot be read
)

// inFile makes an error an *Error with the name of the file, wherever it comes from. A cancelled context stays what it
// is.
func inFile(path string, err error) error {
	var (
		fault   *Error
		read    *catalog.Error // which names the file itself
		foreign *ipccheck.Error
		stated  interface{ SQLState() string }
		system  *fs.PathError
		stopped = errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
	)
	switch {
	case err == nil, stopped:
		return err
	case errors.As(err, &fault):
		at := *fault
		at.File = path
		return &at
	case errors.As(err, &read):
		return &Error{File: path, State: read.State, Msg: read.Msg, Hint: read.Hint}
	case errors.As(err, &foreign):
		return &Error{File: path, State: foreign.State, Msg: foreign.Msg, Hint: foreign.Hint}
	case errors.As(err, &stated):
		return &Error{File: path, State: stated.SQLState(), Msg: err.Error()}
	case errors.As(err, &system):
		return &Error{File: path, State: stateIO, Msg: system.Err.Error()}
	}
	return &Error{File: path, State: stateBadFile, Msg: err.Error()}
}
