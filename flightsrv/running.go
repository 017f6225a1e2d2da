package flightsrv

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"
)

// A Query is a query that runs now.
type Query struct {
	ID          string
	Principal   string
	Application string // as the client names itself
	SQL         string // cut
	Start       time.Time
}

// running are the queries that run now. The zero value is ready.
type running struct {
	mu   sync.Mutex
	list map[*Query]context.CancelCauseFunc
}

// begin notes that a query runs. The context ends when it is cancelled or, where timeout is not 0, has run that long;
// done must be called when it has ended.
func (l *running) begin(ctx context.Context, q Query, timeout time.Duration) (_ context.Context, done func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	release := func() { cancel(nil) }
	if timeout > 0 {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeoutCause(ctx, timeout, &Error{State: canceled, Msg: "canceling statement due to statement timeout",
			Hint: "SET statement_timeout allows more"})
		release = func() { stop(); cancel(nil) }
	}
	q.SQL, q.Start = clip(q.SQL, 1000), time.Now()
	l.mu.Lock()
	if l.list == nil {
		l.list = map[*Query]context.CancelCauseFunc{}
	}
	l.list[&q] = cancel
	l.mu.Unlock()
	return ctx, func() {
		l.mu.Lock()
		delete(l.list, &q)
		l.mu.Unlock()
		release()
	}
}

// cancel stops all runs of a principal's query and tells whether there were any.
func (l *running) cancel(principal, id string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	found := false
	for q, cancel := range l.list {
		if q.ID == id && q.Principal == principal {
			cancel(&Error{State: canceled, Msg: "canceling statement due to user request"})
			found = true
		}
	}
	return found
}

func (l *running) cancelAll(cause error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, cancel := range l.list {
		cancel(cause)
	}
}

// Running lists the queries that run now, the oldest first.
func (s *Server) Running() []Query {
	s.running.mu.Lock()
	defer s.running.mu.Unlock()
	var out []Query
	for q := range s.running.list {
		out = append(out, *q)
	}
	slices.SortFunc(out, func(a, b Query) int {
		if c := a.Start.Compare(b.Start); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	return out
}

// interrupted gives an error that came from a context's end the reason for that end.
func interrupted(ctx context.Context, err error) error {
	cause := context.Cause(ctx)
	var own *Error
	if err != nil && ctx.Err() != nil && errors.As(cause, &own) {
		return own
	}
	return err
}
