package flightsrv

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"google.golang.org/grpc/codes"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/exec"
	"github.com/mediaflight/mediaflight/planner/ast"
	"github.com/mediaflight/mediaflight/udf"
)

func TestStatusText(t *testing.T) {
	const sql = "SELECT id,\n\tcaptoin\nFROM images"
	for _, test := range []struct {
		err  error
		code codes.Code
		want string
	}{
		{
			inStatement(sql, &ast.Error{Pos: 12, State: "42703", Msg: `column "captoin" does not exist`, Hint: `did you mean "image_caption"?`}),
			codes.InvalidArgument,
			"ERROR 42703: column \"captoin\" does not exist\nLINE 2:  captoin\n         ^\nHINT: did you mean \"image_caption\"?",
		},
		{
			inStatement("SELECT '日本', x", &ast.Error{Pos: 17, State: "42703", Msg: "no"}),
			codes.InvalidArgument,
			"ERROR 42703: no\nLINE 1: SELECT '日本', x\n                       ^",
		},
		{
			inStatement("SELECT", &ast.Error{Pos: 6, State: "42601", Msg: "syntax error at end of input"}),
			codes.InvalidArgument,
			"ERROR 42601: syntax error at end of input\nLINE 1: SELECT\n              ^",
		},
		{
			inStatement("SELECT 1", &ast.Error{Pos: -1, State: "0A000", Msg: "not yet"}),
			codes.Unimplemented,
			"ERROR 0A000: not yet",
		},
		{
			&catalog.Error{Op: "drop schema", Name: "x", State: "3F000", Msg: "schema does not exist"},
			codes.NotFound,
			"ERROR 3F000: drop schema x: schema does not exist",
		},
		{fmt.Errorf("sort: %w", &exec.Error{State: "53200", Msg: "out of memory"}), codes.ResourceExhausted, "ERROR 53200: out of memory"},
		{&udf.Error{State: "22012", Msg: "division by zero"}, codes.InvalidArgument, "ERROR 22012: division by zero"},
		{&Error{State: canceled, Msg: "enough"}, codes.Canceled, "ERROR 57014: enough"},
		{context.Canceled, codes.Canceled, "ERROR 57014: canceling statement: the client asked for it"},
		{context.DeadlineExceeded, codes.DeadlineExceeded, "ERROR 57014: canceling statement: the client's deadline is over"},
		{
			errors.New("password=secret in /srv/data"),
			codes.Internal,
			"ERROR XX000: internal error in query q1\nHINT: the server's log has the cause under this id",
		},
	} {
		st, trailer, internal := statusOf(test.err, "q1")
		if st.Code() != test.code || st.Message() != test.want {
			t.Errorf("%v: %v\n%s\nwant %v\n%s", test.err, st.Code(), st.Message(), test.code, test.want)
		}
		if internal != (test.code == codes.Internal) {
			t.Errorf("%v: internal %v", test.err, internal)
		}
		if !strings.Contains(st.Message(), "ERROR "+trailer.Get(trailerState)[0]) {
			t.Errorf("%v: trailer %v", test.err, trailer)
		}
	}
	_, trailer, _ := statusOf(inStatement("SELECT '日本', x", &ast.Error{Pos: 17, State: "42703", Msg: "no"}), "q1")
	if got := trailer.Get(trailerPosition); len(got) != 1 || got[0] != "14" {
		t.Errorf("position: %v", got)
	}
}

// Whatever the error, its text fits into what gRPC's clients take as a header.
func TestStatusTextIsShort(t *testing.T) {
	long := strings.Repeat("ünïcödé ", 10_000)
	sql := "SELECT " + long + "\xff\x00" + long
	for pos := range 40 {
		st, _, _ := statusOf(inStatement(sql, &ast.Error{Pos: ast.Pos(7 + 9*pos), State: "42601", Msg: long, Hint: long}), "q")
		if n := len(st.Message()); n > 2100 || !utf8.ValidString(st.Message()) || !strings.Contains(st.Message(), "\nHINT: ") {
			t.Fatalf("%d bytes: %s", n, st.Message())
		}
	}
	for _, pos := range []int{len(sql), len(sql) + 1, 1 << 30} {
		statusOf(inStatement(sql, &ast.Error{Pos: ast.Pos(pos), State: "42601"}), "q")
	}
}
