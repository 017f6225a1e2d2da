// Package session keeps what outlasts a request: a client's settings and its prepared statements.
//
// A session begins when a client first changes a setting; reading never begins one, because many clients drop the cookie
// and each of their requests would leave a session behind. It is found by the client's cookie, else by its bearer token,
// else by its connection together with its name: ADBC sends no cookies unless told, and its users still expect SET to
// last.
package session

import (
	"crypto/rand"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mediaflight/mediaflight/catalog/temporary"
)

// Cookie is the name of the cookie that holds a session's id.
const Cookie = "arrow_flight_session_id"

// A Client is how a request says who sends it. Fields are empty where it does not.
type Client struct {
	Principal  string // whom the request acts for
	Cookie     string
	Token      string // bearer token
	Connection string // the network connection it came on
}

// A Session is one client's settings. It may be used at once.
type Session struct {
	ID        string
	principal string
	values    atomic.Pointer[Values]
	keys      []string // of Store.byKey; guarded by Store.mu
	used      atomic.Int64
	temporary atomic.Pointer[temporary.Tables]
	named     named
	carried   bool // a cookie or token has led to it, not only its connection; guarded by Store.mu
}

// Temporary are the session's temporary tables; nil before the first, and for no session.
func (s *Session) Temporary() *temporary.Tables {
	if s == nil {
		return nil
	}
	return s.temporary.Load()
}

// AllowTemporary makes room for temporary tables of limit bytes in all, unless there is.
func (s *Session) AllowTemporary(limit int64) {
	s.temporary.CompareAndSwap(nil, temporary.New(limit))
}

// Values are the session's settings now.
func (s *Session) Values() *Values { return s.values.Load() }

// Change replaces the settings by what f makes of them. It may call f again if another request changed them meanwhile.
func (s *Session) Change(f func(*Values) (*Values, error)) error {
	for {
		old := s.values.Load()
		next, err := f(old)
		if err != nil {
			return err
		}
		if s.values.CompareAndSwap(old, next) {
			return nil
		}
	}
}

// A Store holds the sessions of a server. It may be used at once.
type Store struct {
	Limit int           // how many sessions there may be
	Idle  time.Duration // how long an unused session lasts
	Now   func() time.Time

	mu    sync.Mutex
	byKey map[string]*Session // by cookie, token, connection: see keys
	count int
	swept time.Time
}

// Find returns the client's session, or nil.
func (s *Store) Find(c Client) *Session {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.Now()
	for _, key := range c.keys() {
		found := s.byKey[key]
		if found == nil || found.principal != c.Principal {
			continue
		}
		if s.expired(found, now) {
			s.drop(found)
			continue
		}
		found.used.Store(now.UnixNano())
		found.carried = found.carried || key[0] != connectionKey
		return found
	}
	return nil
}

// Begin starts a session for the client. Error 53300 says that there are too many.
func (s *Store) Begin(c Client) (*Session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.Now()
	s.sweep(now)
	if s.count >= s.Limit {
		return nil, &Error{State: "53300", Msg: "too many sessions", Hint: "close those that are not used: an idle one ends after " + s.Idle.String()}
	}
	begun := &Session{ID: rand.Text(), principal: c.Principal}
	begun.values.Store(Defaults)
	begun.used.Store(now.UnixNano())
	c.Cookie = begun.ID
	if s.byKey == nil {
		s.byKey = map[string]*Session{}
	}
	for _, key := range c.keys() {
		if other := s.byKey[key]; other != nil && other.principal != c.Principal {
			continue
		}
		s.byKey[key] = begun
		begun.keys = append(begun.keys, key)
	}
	s.count++
	return begun, nil
}

// End ends a session.
func (s *Store) End(ended *Session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drop(ended)
}

// Disconnected forgets a connection, and ends the session that nothing but the connection has ever led to. A client with cookies or a
// token may come back on another connection.
func (s *Store) Disconnected(connection string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, key := range (Client{Connection: connection}).keys() {
		if one := s.byKey[key]; one != nil && !one.carried {
			s.drop(one)
		}
		delete(s.byKey, key)
	}
}

// Len is the number of sessions.
func (s *Store) Len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.count
}

// connectionKey begins the key of a connection.
const connectionKey = 'n'

// keys are what a session of the client may be found by, the surest first.
func (c Client) keys() []string {
	var keys []string
	if c.Cookie != "" {
		keys = append(keys, "c"+c.Cookie)
	}
	if c.Token != "" {
		keys = append(keys, "t"+c.Token)
	}
	if c.Connection != "" && c.Token == "" {
		keys = append(keys, string(connectionKey)+c.Connection)
	}
	return keys
}

func (s *Store) expired(one *Session, now time.Time) bool {
	return now.UnixNano()-one.used.Load() > int64(s.Idle)
}

func (s *Store) drop(one *Session) {
	for _, key := range one.keys {
		if s.byKey[key] == one {
			delete(s.byKey, key)
		}
	}
	if one.keys != nil {
		s.count--
	}
	one.temporary.Store(nil)
	one.keys = nil
}

// sweep drops expired sessions, once in a while.
func (s *Store) sweep(now time.Time) {
	if now.Sub(s.swept) < s.Idle/16 && s.count < s.Limit {
		return
	}
	s.swept = now
	for _, one := range s.byKey {
		if s.expired(one, now) {
			s.drop(one)
		}
	}
}
