package flightsrv

import (
	"context"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	pb "github.com/apache/arrow-go/v18/arrow/flight/gen/flight"
	"google.golang.org/grpc/metadata"
)

// show is what SHOW answers.
func show(t *testing.T, ctx context.Context, c *flightsql.Client, name string) string {
	t.Helper()
	info, err := c.Execute(ctx, "SHOW "+name)
	if err != nil {
		t.Fatal(err)
	}
	return texts(fetch(t, c, info))[0][0]
}

func set(t *testing.T, ctx context.Context, c *flightsql.Client, name, value string) {
	t.Helper()
	if err := run(ctx, c, "SET "+name+" = '"+value+"'"); err != nil {
		t.Fatal(err)
	}
}

func TestSessionByConnection(t *testing.T) {
	h := start(t, nil)
	a, b := h.dial(t), h.dial(t)
	if got := show(t, t.Context(), a, "timezone"); got != "UTC" {
		t.Errorf("default: %s", got)
	}
	if n := h.sessions.Len(); n != 0 {
		t.Errorf("reading began %d sessions", n)
	}
	set(t, t.Context(), a, "timezone", "Europe/Berlin")
	if got := show(t, t.Context(), a, "TimeZone"); got != "Europe/Berlin" {
		t.Errorf("after SET: %s", got)
	}
	if got := show(t, t.Context(), b, "timezone"); got != "UTC" {
		t.Errorf("on another connection: %s", got)
	}
}

func TestSessionByCookie(t *testing.T) {
	h := start(t, nil)
	cookies := flight.NewClientCookieMiddleware()
	set(t, t.Context(), h.dial(t, cookies), "timezone", "Asia/Tokyo")
	if got := show(t, t.Context(), h.dial(t, cookies), "timezone"); got != "Asia/Tokyo" {
		t.Errorf("on another connection with the cookie: %s", got)
	}
}

func TestSessionByToken(t *testing.T) {
	h := start(t, nil)
	ctx, err := h.dial(t).Client.AuthenticateBasicToken(t.Context(), "anyone", "anything")
	if err != nil {
		t.Fatal(err)
	}
	md, _ := metadata.FromOutgoingContext(ctx)
	if len(md.Get("authorization")) == 0 {
		t.Fatal("no token came back")
	}
	set(t, ctx, h.dial(t), "timezone", "Asia/Tokyo")
	if got := show(t, ctx, h.dial(t), "timezone"); got != "Asia/Tokyo" {
		t.Errorf("on another connection with the token: %s", got)
	}
	other, err := h.dial(t).Client.AuthenticateBasicToken(t.Context(), "anyone", "anything")
	if err != nil {
		t.Fatal(err)
	}
	if got := show(t, other, h.dial(t), "timezone"); got != "UTC" {
		t.Errorf("with another token: %s", got)
	}
}

func TestSessionActions(t *testing.T) {
	h := start(t, nil, clips(3, 2))
	c := h.dial(t)
	options, err := c.GetSessionOptions(t.Context(), &flight.GetSessionOptionsRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if got := options.SessionOptions["schema"].GetStringValue(); got != "main" || h.sessions.Len() != 0 {
		t.Errorf("schema %q, %d sessions", got, h.sessions.Len())
	}

	values := map[string]any{"catalog": "mediaflight", "schema": "main", "statement_timeout": int64(5000), "schemer": "x", "timezone": "Moon/Base",
		"search_path": []string{"main", "mediaflight"}, "server_encoding": "UTF8"}
	request, err := flight.NewSessionOptionValues(values)
	if err != nil {
		t.Fatal(err)
	}
	result, err := c.SetSessionOptions(t.Context(), &flight.SetSessionOptionsRequest{SessionOptions: request})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]pb.SetSessionOptionsResult_ErrorValue{"schemer": flight.SetSessionOptionsResultErrorInvalidName,
		"timezone": flight.SetSessionOptionsResultErrorInvalidValue, "server_encoding": flight.SetSessionOptionsResultErrorError}
	for name, kind := range want {
		if got := result.Errors[name].GetValue(); got != kind {
			t.Errorf("%s: %v, want %v", name, got, kind)
		}
	}
	if len(result.Errors) != len(want) {
		t.Errorf("errors %v", result.Errors)
	}
	if got := show(t, t.Context(), c, "statement_timeout"); got != "5000" {
		t.Errorf("statement_timeout %s", got)
	}
	if err := run(t.Context(), c, "SET schema = 'nowhere'"); err == nil || !hasState(err, "3F000") {
		t.Errorf("a schema that is not there: %v", err)
	}
	if _, err := c.CloseSession(t.Context(), &flight.CloseSessionRequest{}); err != nil {
		t.Fatal(err)
	}
	if got := show(t, t.Context(), c, "statement_timeout"); got != "0" || h.sessions.Len() != 0 {
		t.Errorf("after the session was closed: %s, %d sessions", got, h.sessions.Len())
	}
	if _, err := c.CloseSession(t.Context(), &flight.CloseSessionRequest{}); err != nil {
		t.Errorf("closed again: %v", err)
	}
	if err := run(t.Context(), c, "SET timezon = 'UTC'"); !hasState(err, "42704") || !hasText(err, `did you mean "timezone"?`) {
		t.Errorf("an unknown setting: %v", err)
	}
}
