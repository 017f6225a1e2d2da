package session

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

func TestSettings(t *testing.T) {
	if !slices.IsSortedFunc(Settings, func(a, b Setting) int { return strings.Compare(a.Name, b.Name) }) {
		t.Error("settings are not in the order of their names")
	}
	for _, s := range Settings {
		if s.Doc == "" {
			t.Errorf("%s: no doc", s.Name)
		}
		if s.apply == nil || s.Default == "" {
			continue
		}
		v, err := Defaults.Set(s.Name, s.Default)
		if err != nil {
			t.Errorf("%s: default %q: %v", s.Name, s.Default, err)
			continue
		}
		v.text = nil
		if v.Schema != Defaults.Schema || v.Location.String() != "UTC" || v.StatementTimeout != 0 || v.MemoryLimit != 0 {
			t.Errorf("%s: setting the default %q changes the values", s.Name, s.Default)
		}
	}

	for _, test := range []struct{ name, text, want string }{
		{"TimeZone", "Europe/Berlin", "Europe/Berlin"},
		{"timezone", "utc", "UTC"},
		{"timezone", "Nowhere/Town", "22023"},
		{"timezone", "Local", "22023"},
		{"timezone", "../../etc/passwd", "22023"},
		{"search_path", `"$user", media, main`, "media"},
		{"search_path", "a, b", "0A000"},
		{"schema", `"Odd ""name"`, `Odd "name`},
		{"statement_timeout", "5min", "5min"},
		{"statement_timeout", "-1", "22023"},
		{"statement_timeout", "soon", "22023"},
		{"memory_limit", "512MB", "512MB"},
		{"memory_limit", "9999999999TB", "22023"},
		{"client_encoding", "utf-8", "UTF-8"},
		{"client_encoding", "LATIN1", "22023"},
		{"server_encoding", "UTF8", "55P02"},
		{"extra_float_digits", "3", "3"},
		{"timezon", "UTC", "42704"},
	} {
		v, err := Defaults.Set(test.name, test.text)
		var e *Error
		got := ""
		if errors.As(err, &e) {
			got = e.State
		} else if got, err = v.Get(test.name); err != nil {
			t.Fatal(err)
		}
		if got != test.want {
			t.Errorf("SET %s = %q: %s, want %s", test.name, test.text, got, test.want)
		}
	}

	_, err := Defaults.Set("timezon", "UTC")
	if e := err.(*Error); e.Hint != `did you mean "timezone"?` {
		t.Errorf("hint: %s", e.Hint)
	}
	v, _ := Defaults.Set("schema", "media")
	v, _ = v.Set("statement_timeout", "1500ms")
	if v.Schema != "media" || v.StatementTimeout != 1500*time.Millisecond {
		t.Errorf("%+v", v)
	}
	v, _ = v.Reset("search_path")
	if v.Schema != "main" || len(v.Changed()) != 1 {
		t.Errorf("after reset: %+v", v)
	}
	if Defaults.Schema != "main" || len(Defaults.Changed()) != 0 {
		t.Error("the defaults changed")
	}
}

func TestStore(t *testing.T) {
	now := time.Unix(1000, 0)
	store := &Store{Limit: 3, Idle: time.Hour, Now: func() time.Time { return now }}
	plain := Client{Principal: "anonymous", Connection: "1"}
	if store.Find(plain) != nil || store.Len() != 0 {
		t.Fatal("finding began a session")
	}
	s, err := store.Begin(plain)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		what   string
		client Client
		found  bool
	}{
		{"the same connection", plain, true},
		{"its cookie elsewhere", Client{Principal: "anonymous", Cookie: s.ID, Connection: "2"}, true},
		{"another connection", Client{Principal: "anonymous", Connection: "2"}, false},
		{"another principal", Client{Principal: "eve", Cookie: s.ID, Connection: "1"}, false},
		{"a token on the same connection", Client{Principal: "anonymous", Token: "t", Connection: "1"}, false},
		{"a stale cookie on the same connection", Client{Principal: "anonymous", Cookie: "gone", Connection: "1"}, true},
	} {
		if got := store.Find(test.client) == s; got != test.found {
			t.Errorf("%s: found %v, want %v", test.what, got, test.found)
		}
	}
	store.Disconnected("1")
	if store.Find(plain) != nil {
		t.Error("found by a connection that is gone")
	}
	if store.Find(Client{Principal: "anonymous", Cookie: s.ID}) != s {
		t.Error("the cookie's session went with the connection")
	}

	now = now.Add(2 * time.Hour)
	if store.Find(Client{Principal: "anonymous", Cookie: s.ID}) != nil || store.Len() != 0 {
		t.Error("an idle session lives on")
	}
	for i := range 3 {
		if _, err := store.Begin(Client{Principal: "anonymous", Connection: string(rune('a' + i))}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := store.Begin(Client{Principal: "anonymous", Connection: "d"}); err == nil || err.(*Error).State != "53300" {
		t.Errorf("a fourth session: %v", err)
	}
	store.End(store.Find(Client{Principal: "anonymous", Connection: "a"}))
	if _, err := store.Begin(Client{Principal: "anonymous", Connection: "d"}); err != nil {
		t.Errorf("after one ended: %v", err)
	}
	now = now.Add(2 * time.Hour)
	if _, err := store.Begin(Client{Principal: "anonymous", Connection: "e"}); err != nil || store.Len() != 1 {
		t.Errorf("after all expired: %v, %d sessions", err, store.Len())
	}
}

func TestPrepared(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
	defer mem.AssertSize(t, 0)
	now := time.Unix(1000, 0)
	store := &PreparedStore{Limit: 2, Bytes: 100, Idle: time.Hour, Now: func() time.Time { return now }}
	rows := func() arrow.RecordBatch {
		b := array.NewRecordBuilder(mem, arrow.NewSchema([]arrow.Field{{Name: "1", Type: arrow.PrimitiveTypes.Int64}}, nil))
		defer b.Release()
		b.Field(0).(*array.Int64Builder).Append(7)
		return b.NewRecordBatch()
	}

	p := store.Add("anonymous", "SELECT $1", nil)
	batch := rows()
	if err := store.Bind("anonymous", p.Handle, batch, 60); err != nil {
		t.Fatal(err)
	}
	batch.Release()
	if err := store.Bind("eve", p.Handle, batch, 1); err == nil {
		t.Error("eve bound to another's statement")
	}
	if bound := store.Bound(p); bound == nil || bound.NumRows() != 1 {
		t.Error("nothing bound")
	} else {
		bound.Release()
	}
	q := store.Add("anonymous", "SELECT 2", nil)
	batch = rows()
	if err := store.Bind("anonymous", q.Handle, batch, 60); err == nil || err.(*Error).State != "53200" {
		t.Errorf("bound beyond the limit: %v", err)
	}
	batch.Release()
	if _, err := store.Find("anonymous", p.Handle); err != nil {
		t.Fatal(err)
	}
	store.Add("anonymous", "SELECT 3", nil)
	if _, err := store.Find("anonymous", q.Handle); err == nil {
		t.Error("the longest unused statement did not give way")
	}
	store.Close("eve", p.Handle)
	if _, err := store.Find("anonymous", p.Handle); err != nil {
		t.Error("eve closed another's statement")
	}
	store.Close("anonymous", p.Handle)
	store.Close("anonymous", p.Handle)
	if _, err := store.Find("anonymous", p.Handle); err == nil || err.(*Error).State != "26000" {
		t.Errorf("after close: %v", err)
	}
	now = now.Add(2 * time.Hour)
	last := store.Add("anonymous", "SELECT 4", nil)
	if len(store.byHandle) != 1 {
		t.Errorf("%d statements after the others expired", len(store.byHandle))
	}
	store.Close("anonymous", last.Handle)
	store.CloseAll()
}
