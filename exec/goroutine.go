package exec

import (
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
)

// A thrown is a panic on its way from a goroutine of ours to the one that runs the query, where the request's recover
// is. It is an error only while it travels.
type thrown struct {
	value any
	stack []byte
}

func (t *thrown) Error() string { return fmt.Sprintf("%v\n\n%s", t.value, t.stack) }

// guarded returns f with panics turned into errors: a fault in a mapped file into one of the user's, any other one into a
// thrown.
func guarded(f func() error) func() error {
	return func() (err error) {
		defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
		defer func() {
			if p := recover(); p != nil {
				if err = faultError(p); err == nil {
					err = &thrown{p, debug.Stack()}
				}
			}
		}()
		return f()
	}
}

// rethrow panics if err is a panic of another goroutine.
func rethrow(err error) error {
	var t *thrown
	if errors.As(err, &t) {
		panic(t)
	}
	return err
}

// faultError is nil unless p is a fault of memory: what reading a mapped file ends in when somebody truncated it.
func faultError(p any) error {
	fault, ok := p.(interface {
		runtime.Error
		Addr() uintptr
	})
	if !ok {
		return nil
	}
	return &Error{State: stateIO, Msg: fmt.Sprintf("cannot read a data file: %v", fault),
		Hint: "a file of the table was changed or truncated while it was read"}
}
