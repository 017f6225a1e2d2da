package udf

import (
	"errors"
	"fmt"
)

// An Error is a fault in a call or in its arguments.
type Error struct {
	Function string // the function, operator or type at fault
	State    string // SQLSTATE
	Msg      string
	Hint     string
}

func (e *Error) Error() string    { return e.Msg }
func (e *Error) SQLState() string { return e.State }

// The states that functions end with, each with a statement that provokes it.
const (
	stateUnsupported        = "0A000" // SELECT to_char(1, 'RN')
	stateData               = "22000" // SELECT '[1]'::vector(2)
	stateArrayElement       = "2202E" // SELECT trim_array(ARRAY[1], 2)
	stateOutOfRange         = "22003" // SELECT 2147483647 + 1
	stateInvalidDatetime    = "22007" // SELECT 'noon'::date
	stateDatetimeOverflow   = "22008" // SELECT '2024-02-30'::date
	stateIntervalOverflow   = "22015" // SELECT interval '1:60'
	stateSubstring          = "22011" // SELECT substring('abc', 1, -1)
	stateNullNotAllowed     = "22004" // SELECT format('%I', NULL)
	stateDivisionByZero     = "22012" // SELECT 1 / 0
	stateLogarithm          = "2201E" // SELECT ln(0)
	stateInvalidWidthBucket = "2201G" // SELECT width_bucket(1, 1, 1, 3)
	statePower              = "2201F" // SELECT sqrt(-1)
	stateInvalidRegexp      = "2201B" // SELECT 'a' ~ '('
	stateInvalidEscape      = "22025" // SELECT 'a' LIKE 'a\'
	stateInvalidParameter   = "22023" // SELECT date_trunc('blink', now())
	stateInvalidText        = "22P02" // SELECT 'x'::integer
	stateProgramLimit       = "54000" // SELECT repeat('x', 2000000000)
	stateSyntax             = "42601" // SELECT to_char(1, '9.9.9')
	stateUndefinedFunction  = "42883" // SELECT foo(1)
	stateAmbiguousFunction  = "42725" // SELECT '1' + '1'
	stateUndefinedObject    = "42704" // SELECT 'x'::nosuchtype
	stateDatatypeMismatch   = "42804" // SELECT ARRAY[1, true]
	stateCannotCoerce       = "42846" // SELECT true::date
	stateCharacterNotInSet  = "22021" // SELECT convert_from('\xff', 'UTF8')
	stateUntranslatable     = "22P05" // SELECT '"\u0000"'::jsonb
	stateNoMember           = "2203A" // SELECT jsonb_path_exists('{}', 'strict $.a')
	stateSingleton          = "22038" // SELECT jsonb_path_match('1', '$')
	stateInvalidSample      = "2202H" // SELECT sampled(1, 1, 101)
	stateInvalidRepeatable  = "2202G" // SELECT sampled(1, 1, 50, NULL)
	stateInvalidBinary      = "22P03" // SELECT '\x00'::bytea::uuid
)

func faultf(state, format string, args ...any) *Error {
	return &Error{State: state, Msg: fmt.Sprintf(format, args...)}
}

// inFunction names the function in an error that does not yet say which it comes from.
func inFunction(name string, err error) error {
	var fault *Error
	if errors.As(err, &fault) && fault.Function == "" {
		fault.Function = name
	}
	return err
}
