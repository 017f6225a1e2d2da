package session

import (
	"fmt"
	"sync"

	"github.com/apache/arrow-go/v18/arrow"
)

// A Named statement was prepared by SQL, under a name of the session's.
type Named struct {
	SQL   string
	Types []arrow.DataType // of its parameters
}

// maxNamed bounds how many statements a session may name.
const maxNamed = 1000

// named are a session's statements by name.
type named struct {
	mu     sync.Mutex
	byName map[string]Named
}

// Prepare keeps a statement. A name that is taken is 42P05.
func (s *Session) Prepare(name string, statement Named) error {
	s.named.mu.Lock()
	defer s.named.mu.Unlock()
	if _, taken := s.named.byName[name]; taken {
		return &Error{State: "42P05", Msg: fmt.Sprintf("prepared statement %q already exists", name), Hint: "DEALLOCATE it first"}
	}
	if len(s.named.byName) >= maxNamed {
		return &Error{State: "53400", Msg: "too many prepared statements in the session", Hint: "DEALLOCATE those that are not used"}
	}
	if s.named.byName == nil {
		s.named.byName = map[string]Named{}
	}
	s.named.byName[name] = statement
	return nil
}

// Prepared finds a statement by its name. There are none where there is no session.
func (s *Session) Prepared(name string) (Named, bool) {
	if s == nil {
		return Named{}, false
	}
	s.named.mu.Lock()
	defer s.named.mu.Unlock()
	found, ok := s.named.byName[name]
	return found, ok
}

// Deallocate forgets a statement, or all where the name is empty. A name that is not there is 26000.
func (s *Session) Deallocate(name string) error {
	if s == nil && name == "" {
		return nil
	}
	if _, ok := s.Prepared(name); !ok && name != "" {
		return &Error{State: "26000", Msg: fmt.Sprintf("prepared statement %q does not exist", name)}
	}
	s.named.mu.Lock()
	defer s.named.mu.Unlock()
	if name == "" {
		clear(s.named.byName)
	}
	delete(s.named.byName, name)
	return nil
}
