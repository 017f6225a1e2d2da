package session

import (
	"container/list"
	"crypto/rand"
	"sync"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
)

// A Prepared is a prepared statement: its text, or a Substrait plan, and the rows of parameters bound to it. Its plan is
// made anew, or found in the plan cache, whenever it is executed: it sees the tables and settings of that moment.
type Prepared struct {
	Handle string
	SQL    string
	Plan   []byte // instead of SQL

	principal string
	element   *list.Element
	used      time.Time
	bound     arrow.RecordBatch
	bytes     int64
}

// A PreparedStore holds the prepared statements of a server. It may be used at once.
//
// Handles are looked up in the whole server and not in a session: a client that drops cookies, or comes back on another
// connection, finds its statement again as long as it is the same principal.
type PreparedStore struct {
	Limit int           // how many statements there may be; the longest unused gives way
	Bytes int64         // how much all bound parameters may take
	Idle  time.Duration // how long an unused statement lasts
	Now   func() time.Time

	mu       sync.Mutex
	byHandle map[string]*Prepared
	recent   list.List // of *Prepared, the most recently used first
	bytes    int64
}

// Add keeps a statement and gives it a handle.
func (s *PreparedStore) Add(principal, sql string, plan []byte) *Prepared {
	p := &Prepared{Handle: rand.Text(), SQL: sql, Plan: plan, principal: principal}
	s.mu.Lock()
	defer s.mu.Unlock()
	p.used = s.Now()
	if s.byHandle == nil {
		s.byHandle = map[string]*Prepared{}
	}
	s.byHandle[p.Handle] = p
	p.element = s.recent.PushFront(p)
	for oldest := s.recent.Back(); oldest != nil; oldest = s.recent.Back() {
		one := oldest.Value.(*Prepared)
		if s.recent.Len() <= s.Limit && p.used.Sub(one.used) <= s.Idle {
			break
		}
		s.drop(one)
	}
	return p
}

// Find returns the principal's statement with the handle. Error 26000 says that there is none.
func (s *PreparedStore) Find(principal, handle string) (*Prepared, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.find(principal, handle)
}

// Bind keeps rows of parameters with a statement, in place of those bound before. It retains them.
func (s *PreparedStore) Bind(principal, handle string, rows arrow.RecordBatch, bytes int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, err := s.find(principal, handle)
	if err != nil {
		return err
	}
	if s.bytes-p.bytes+bytes > s.Bytes {
		return &Error{State: "53200", Msg: "too many bound parameters", Hint: "bind fewer rows at once, or load them with a bulk ingest"}
	}
	s.unbind(p)
	rows.Retain()
	p.bound, p.bytes = rows, bytes
	s.bytes += bytes
	return nil
}

// Bound are the rows of parameters bound to a statement, or nil. The caller releases them.
func (s *PreparedStore) Bound(p *Prepared) arrow.RecordBatch {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p.bound != nil {
		p.bound.Retain()
	}
	return p.bound
}

// Close forgets a statement. One that is not there is closed already.
func (s *PreparedStore) Close(principal, handle string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.byHandle[handle]; p != nil && p.principal == principal {
		s.drop(p)
	}
}

// CloseAll forgets all statements.
func (s *PreparedStore) CloseAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.byHandle {
		s.drop(p)
	}
}

func (s *PreparedStore) find(principal, handle string) (*Prepared, error) {
	p := s.byHandle[handle]
	if p == nil || p.principal != principal {
		return nil, &Error{State: "26000", Msg: "prepared statement does not exist",
			Hint: "it was closed, or not used for " + s.Idle.String() + ": prepare it again"}
	}
	p.used = s.Now()
	s.recent.MoveToFront(p.element)
	return p, nil
}

func (s *PreparedStore) drop(p *Prepared) {
	s.unbind(p)
	delete(s.byHandle, p.Handle)
	s.recent.Remove(p.element)
}

func (s *PreparedStore) unbind(p *Prepared) {
	if p.bound != nil {
		p.bound.Release()
	}
	s.bytes -= p.bytes
	p.bound, p.bytes = nil, 0
}
