package flightsrv

import (
	"context"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	pb "github.com/apache/arrow-go/v18/arrow/flight/gen/flight"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
)

// A command is one Flight SQL command: what each call does with it. A nil function is a call that does not go with it.
type command struct {
	message proto.Message
	// schema is of the rows that the command answers with. It changes nothing: GetSchema.
	schema func(context.Context, *Server, *request, proto.Message) (*arrow.Schema, error)
	// info runs what is to be run at once and tells how to fetch the rows: GetFlightInfo and PollFlightInfo.
	info func(context.Context, *Server, *request, proto.Message) (*answer, error)
	// get answers with the rows: DoGet.
	get func(context.Context, *Server, *request, proto.Message) (rows, error)
	// put takes the client's rows: DoPut.
	put func(context.Context, *Server, *request, proto.Message, *putStream) error
}

// An answer tells a client how to fetch rows.
type answer struct {
	schema  *arrow.Schema
	bytes   []byte  // the schema in Arrow's encoding, where it is at hand
	ticket  *ticket // nil: the command itself is the ticket
	records int64   // -1 if not known

	endpoints int // wanted, of a query
}

// commands are all that a descriptor or ticket may hold.
var commands = byTypeURL(
	statementQuery,
	statementUpdate,
	statementSubstraitPlan,
	statementIngest,
	preparedStatementQuery,
	preparedStatementUpdate,
	ticketStatementQuery,
	getCatalogs,
	getDbSchemas,
	getTables,
	getTableTypes,
	getPrimaryKeys,
	getExportedKeys,
	getImportedKeys,
	getCrossReference,
	getXdbcTypeInfo,
	getSqlInfo,
)

const typeURL = "type.googleapis.com/"

func byTypeURL(list ...command) map[string]command {
	out := map[string]command{}
	for _, c := range list {
		out[typeURL+string(c.message.ProtoReflect().Descriptor().FullName())] = c
	}
	return out
}

// on lets a command's function take its own message type.
func on[M proto.Message, T any](f func(context.Context, *Server, *request, M) (T, error)) func(context.Context, *Server, *request, proto.Message) (T, error) {
	return func(ctx context.Context, s *Server, r *request, m proto.Message) (T, error) {
		return f(ctx, s, r, m.(M))
	}
}

// parseCommand reads the bytes of a descriptor or ticket. Those that are not a Flight SQL command, but text, are SQL: that
// is how clients of plain Flight send it.
func parseCommand(b []byte) (command, proto.Message, error) {
	var packed anypb.Any
	if err := proto.Unmarshal(b, &packed); err != nil || !strings.HasPrefix(packed.TypeUrl, typeURL) {
		if isSQL(b) {
			return statementQuery, &pb.CommandStatementQuery{Query: string(b)}, nil
		}
		return command{}, nil, &Error{State: protocolViolation, Msg: "neither a Flight SQL command nor SQL text"}
	}
	c, known := commands[packed.TypeUrl]
	if !known {
		return command{}, nil, &Error{State: notSupported, Msg: "unknown command: " + clip(packed.TypeUrl, 200)}
	}
	m := c.message.ProtoReflect().New().Interface()
	if err := proto.Unmarshal(packed.Value, m); err != nil {
		return command{}, nil, malformed(string(m.ProtoReflect().Descriptor().Name()), err)
	}
	return c, m, nil
}

// unfit says that a call does not go with a command.
func unfit(call string, m proto.Message) error {
	e := &Error{State: notSupported, Msg: call + " does not go with " + string(m.ProtoReflect().Descriptor().Name())}
	if call == "DoPut" {
		e.Hint = "rows are loaded by CommandStatementIngest, which ADBC's ingest sends"
	}
	return e
}

// wrap packs a message as Flight SQL's tickets and results are packed.
func wrap(m proto.Message) ([]byte, error) {
	packed, err := anypb.New(m)
	if err != nil {
		return nil, err
	}
	return proto.Marshal(packed)
}
