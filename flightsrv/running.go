package flightsrv

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
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
	mu      sync.Mutex
	list    map[*current]bool
	crowded bool       // there is a query that began beside long ones, and long ones are left
	told    func(bool) // of changes of crowded; may be nil
}

// A current query is one that runs now.
type current struct {
	Query
	cancel context.CancelCauseFunc
	waits  atomic.Bool // for its client, to take rows or to send some
}

// begin notes that a query runs. The context ends when it is cancelled or, where timeout is not 0, has run that long;
// done must be called when it has ended.
func (l *running) begin(ctx context.Context, q Query, timeout time.Duration) (_ context.Context, r *current, done func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	release := func() { cancel(nil) }
	if timeout > 0 {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeoutCause(ctx, timeout, &Error{State: canceled, Msg: "canceling statement due to statement timeout",
			Hint: "SET statement_timeout allows more"})
		release = func() { stop(); cancel(nil) }
	}
	q.SQL, q.Start = clip(q.SQL, 1000), time.Now()
	r = &current{Query: q, cancel: cancel}
	l.mu.Lock()
	if l.list == nil {
		l.list = map[*current]bool{}
	}
	if l.long("") > 0 {
		l.tell(true)
	}
	l.list[r] = true
	l.mu.Unlock()
	return ctx, r, func() {
		l.mu.Lock()
		delete(l.list, r)
		if l.crowded && l.long("") == 0 {
			l.tell(false)
		}
		l.mu.Unlock()
		release()
	}
}

// cancel stops all runs of a principal's query and tells whether there were any.
func (l *running) cancel(principal, id string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	found := false
	for r := range l.list {
		if r.ID == id && r.Principal == principal {
			r.cancel(&Error{State: canceled, Msg: "canceling statement due to user request"})
			found = true
		}
	}
	return found
}

func (l *running) cancelAll(cause error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for r := range l.list {
		r.cancel(cause)
	}
}

// longTime is how long a query computes before those that begin later leave processors to it.
const longTime = 50 * time.Millisecond

// long is how many queries beside one, by its id, have been computing for that long. Those whose clients take their time do not count.
func (l *running) long(beside string) int {
	n := 0
	for r := range l.list {
		if (beside == "" || r.ID != beside) && !r.waits.Load() && time.Since(r.Start) > longTime {
			n++
		}
	}
	return n
}

func (l *running) tell(crowded bool) {
	if l.crowded != crowded && l.told != nil {
		l.told(crowded)
	}
	l.crowded = crowded
}

// share is how many of workers a query may have that begins now: what is left when each of the others that have been computing
// for long has as many. A statement of several runs, such as an UPDATE for rows of parameters, is not one of the others to itself.
func (l *running) share(workers int, id string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return max(workers/(l.long(id)+1), 1)
}

// Running lists the queries that run now, the oldest first.
func (s *Server) Running() []Query {
	s.running.mu.Lock()
	defer s.running.mu.Unlock()
	var out []Query
	for r := range s.running.list {
		out = append(out, r.Query)
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
