package flightsrv

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/flightsrv/session"
	"github.com/mediaflight/mediaflight/udf"
)

// Anonymous is the principal of every request: the server checks no one's name.
const Anonymous = "anonymous"

// A request is what the server knows of one call besides its message.
type request struct {
	id        string // of the query that it starts, and of the request in the log
	client    session.Client
	endpoints string           // how many the client wants, by the header of that name
	agent     string           // the client's gRPC library, as it names itself
	session   *session.Session // nil until the client changes a setting
	start     time.Time
}

type requestKey struct{}

// requestOf is the request of a call's context, which the interceptors put there.
func requestOf(ctx context.Context) *request { return ctx.Value(requestKey{}).(*request) }

// admit reads who sends a call.
func (s *Server) admit(ctx context.Context) (context.Context, *request) {
	r := &request{id: newQueryID(), start: time.Now()}
	r.client.Principal = Anonymous
	r.client.Connection = connectionOf(ctx)
	if md, ok := metadata.FromIncomingContext(ctx); ok {
		for _, text := range md.Get("authorization") {
			if token, ok := bearer(text); ok {
				r.client.Token = token
			}
		}
		r.endpoints = headerOf(md, endpointsSetting)
		r.agent = strings.Join(md.Get("user-agent"), " ")
		r.client.Cookie = cookie(md.Get("cookie"), session.Cookie)
	}
	r.session = s.sessions.Find(r.client)
	return context.WithValue(ctx, requestKey{}, r), r
}

// newQueryID is short enough to be read out and random enough never to come twice in a log.
func newQueryID() string { return strings.ToLower(rand.Text()[:13]) }

// bearer is the token of an Authorization header.
func bearer(header string) (string, bool) {
	scheme, token, ok := strings.Cut(strings.TrimSpace(header), " ")
	token = strings.TrimSpace(token)
	return token, ok && strings.EqualFold(scheme, "bearer") && token != ""
}

// basicUser is the user's name in an Authorization header.
func basicUser(header string) (string, bool) {
	scheme, text, ok := strings.Cut(strings.TrimSpace(header), " ")
	if !ok || !strings.EqualFold(scheme, "basic") {
		return "", false
	}
	plain, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
	if err != nil {
		return "", false
	}
	user, _, ok := strings.Cut(string(plain), ":")
	return user, ok
}

// cookie is the value of the named cookie in Cookie headers.
func cookie(headers []string, name string) string {
	for _, header := range headers {
		cookies, err := http.ParseCookie(header)
		if err != nil {
			continue
		}
		for _, c := range cookies {
			if c.Name == name {
				return c.Value
			}
		}
	}
	return ""
}

// values are the settings that hold for the request.
func (r *request) values() *session.Values {
	if r.session == nil {
		return session.Defaults
	}
	return r.session.Values()
}

// env is what functions see.
func (r *request) env() udf.Env {
	v := r.values()
	return udf.Env{Now: r.start, Location: v.Location, User: r.client.Principal, Database: catalog.Database, Schema: v.Schema,
		Seed: uint64(r.start.UnixNano())}
}

// change changes the client's settings, beginning a session if it has none. The client learns the session's id in a
// cookie.
func (s *Server) change(ctx context.Context, r *request, f func(*session.Values) (*session.Values, error)) error {
	if r.session == nil {
		if _, err := f(session.Defaults); err != nil {
			return err
		}
		begun, err := s.sessions.Begin(r.client)
		if err != nil {
			return err
		}
		r.session = begun
		c := http.Cookie{Name: session.Cookie, Value: begun.ID, Path: "/", HttpOnly: true, Secure: s.config.TLS != nil, SameSite: http.SameSiteStrictMode}
		// A call that has sent its headers already keeps the session by its token or connection.
		_ = grpc.SetHeader(ctx, metadata.Pairs("set-cookie", c.String()))
	}
	return r.session.Change(f)
}
