package flightsrv

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/mattn/go-runewidth"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/catalog/files"
	"github.com/mediaflight/mediaflight/exec"
	"github.com/mediaflight/mediaflight/flightsrv/session"
	"github.com/mediaflight/mediaflight/planner/ast"
	"github.com/mediaflight/mediaflight/udf"
)

// Trailers of an error beside gRPC's own.
const (
	trailerState    = "sqlstate"
	trailerPosition = "sql-position" // of the error in the statement, in characters from 1
	trailerQuery    = "query-id"
)

// gRPC keeps its header frames under 8 KiB and percent-encodes what is not ASCII, three bytes for one; clients and
// proxies replace what is longer by an error of their own. So the text stays under 2 KiB, cause first.
const (
	maxMessage = 1100
	maxHint    = 500
	maxLine    = 120 // of the statement, in columns
)

// codeOf gives states' gRPC codes: the first entry whose prefix fits.
var codeOf = []struct {
	prefix string
	code   codes.Code
}{
	{"0A", codes.Unimplemented},
	{"28", codes.Unauthenticated},
	{"25", codes.FailedPrecondition},
	{"26", codes.NotFound},
	{"2BP01", codes.FailedPrecondition},
	{"3D", codes.NotFound},
	{"3F", codes.NotFound},
	{"40", codes.Aborted},
	{"42501", codes.PermissionDenied},
	{"42P01", codes.NotFound},
	{"42P06", codes.AlreadyExists},
	{"42P07", codes.AlreadyExists},
	{"53", codes.ResourceExhausted},
	{"54", codes.InvalidArgument},
	{"55", codes.FailedPrecondition},
	{"57014", codes.Canceled},
	{"57P", codes.Unavailable},
	{"58", codes.Internal},
	{"XX", codes.Internal},
	{"", codes.InvalidArgument},
}

// A fault is an error as clients see it.
type fault struct {
	code     codes.Code
	state    string
	msg      string
	hint     string
	sql      string
	pos      int // byte offset in sql, or -1
	internal bool
}

// faultOf reads an error. One without SQLSTATE is our own fault, and its text is for the log only.
func faultOf(err error, query string) fault {
	f := fault{pos: -1}
	var in *statementError
	if errors.As(err, &in) {
		f.sql = in.sql
	}
	var (
		syntax    *ast.Error
		inCatalog *catalog.Error
		inFile    *files.Error
		inExec    *exec.Error
		inUDF     *udf.Error
		inSession *session.Error
		own       *Error
		stated    interface {
			error
			SQLState() string
		}
	)
	switch {
	case errors.As(err, &syntax):
		f.state, f.msg, f.hint, f.pos = syntax.State, syntax.Msg, syntax.Hint, int(syntax.Pos)
	case errors.As(err, &inCatalog):
		f.state, f.msg, f.hint = inCatalog.State, inCatalog.Error(), inCatalog.Hint
	case errors.As(err, &inFile):
		f.state, f.msg, f.hint = inFile.State, inFile.Error(), inFile.Hint
	case errors.As(err, &inExec):
		f.state, f.msg, f.hint = inExec.State, inExec.Msg, inExec.Hint
	case errors.As(err, &inUDF):
		f.state, f.msg, f.hint = inUDF.State, inUDF.Msg, inUDF.Hint
	case errors.As(err, &inSession):
		f.state, f.msg, f.hint = inSession.State, inSession.Msg, inSession.Hint
	case errors.As(err, &own):
		f.state, f.msg, f.hint = own.State, own.Msg, own.Hint
	case errors.As(err, &stated):
		f.state, f.msg = stated.SQLState(), stated.Error()
	case errors.Is(err, context.DeadlineExceeded):
		f.state, f.msg = canceled, "canceling statement: the client's deadline is over"
		f.code = codes.DeadlineExceeded
		return f
	case errors.Is(err, context.Canceled):
		f.state, f.msg = canceled, "canceling statement: the client asked for it"
	default:
		f.state, f.internal = "XX000", true
		f.msg, f.hint = "internal error in query "+query, "the server's log has the cause under this id"
	}
	for _, entry := range codeOf {
		if strings.HasPrefix(f.state, entry.prefix) {
			f.code = entry.code
			break
		}
	}
	return f
}

// statusOf is the error as gRPC sends it, with its trailers. Errors that are gRPC's already stay as they are.
func statusOf(err error, query string) (*status.Status, metadata.MD, bool) {
	if s, ok := status.FromError(err); ok {
		return s, nil, false
	}
	f := faultOf(err, query)
	trailer := metadata.Pairs(trailerState, f.state, trailerQuery, query)
	if f.sql != "" && f.pos >= 0 && f.pos <= len(f.sql) {
		trailer.Set(trailerPosition, strconv.Itoa(utf8.RuneCountInString(f.sql[:f.pos])+1))
	}
	return status.New(f.code, f.text()), trailer, f.internal
}

// text is the error in PostgreSQL's manner:
//
//	ERROR 42703: column "captoin" does not exist
//	LINE 1: SELECT captoin FROM images
//	               ^
//	HINT: did you mean "image_caption"?
func (f fault) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "ERROR %s: %s", f.state, clip(f.msg, maxMessage))
	if f.sql != "" && f.pos >= 0 && f.pos <= len(f.sql) {
		b.WriteString(caret(f.sql, f.pos))
	}
	if f.hint != "" {
		b.WriteString("\nHINT: " + clip(f.hint, maxHint))
	}
	return strings.ToValidUTF8(b.String(), "\uFFFD")
}

// caret shows the line of the statement that holds the position, cut to what fits, and points at the place.
func caret(sql string, pos int) string {
	start := strings.LastIndexByte(sql[:pos], '\n') + 1
	end := len(sql)
	if i := strings.IndexByte(sql[pos:], '\n'); i >= 0 {
		end = pos + i
	}
	before, after := []rune(visible(sql[start:pos])), []rune(visible(sql[pos:end]))
	number := strings.Count(sql[:start], "\n") + 1
	const left = maxLine * 2 / 3
	if len(before) > left {
		before = append([]rune("..."), before[len(before)-left:]...)
	}
	if len(after) > maxLine-left {
		after = append(after[:maxLine-left:maxLine-left], []rune("...")...)
	}
	prefix := fmt.Sprintf("LINE %d: ", number)
	indent := len(prefix) + runewidth.StringWidth(string(before))
	return "\n" + prefix + string(before) + string(after) + "\n" + strings.Repeat(" ", indent) + "^"
}

// visible replaces what would move the caret: tabs, carriage returns, other control characters, broken UTF-8.
func visible(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == utf8.RuneError {
			return ' '
		}
		return r
	}, text)
}

// clip cuts text to at most n bytes, at a character's border.
func clip(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n] + "..."
}
