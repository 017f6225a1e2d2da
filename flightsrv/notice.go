package flightsrv

import (
	"context"
	"fmt"
	"log/slog"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
)

// headerNotice holds remarks on a statement that went well, one a value. Flight has no place for them: as a header of the call that ran
// the statement they reach clients that look, and bother no others. The name's end makes gRPC carry any text.
const headerNotice = "sql-notice-bin"

// notice tells the client something about a statement that it would not expect of its success, unless it asked to be spared such remarks.
// It must be called before the call's first answer.
func (s *Server) notice(ctx context.Context, r *request, format string, args ...any) {
	text := clip(fmt.Sprintf(format, args...), maxMessage)
	s.log.LogAttrs(ctx, slog.LevelDebug, "notice", slog.String("query", r.id), slog.String("text", text))
	if r.values().Notices {
		_ = grpc.SetHeader(ctx, metadata.Pairs(headerNotice, text)) // a call that has sent its headers already has no place for it
	}
}
