package flightsrv

import (
	"context"
	"crypto/hmac"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/catalog/files"
)

// A bulk ingest with the option staged = true writes rows of which nobody sees any, and answers with a receipt behind their
// count. The action CommitStagedRows makes the rows of all receipts that it is given visible at once: so many writers, each of
// which may have tried several times, load a table exactly once.

// stagedOption is the name of that option, whose values are true and false.
const stagedOption = "staged"

// commitStagedRowsAction is no action of Flight SQL's.
const commitStagedRowsAction = "CommitStagedRows"

// stagedCommit is the body of a CommitStagedRows action, in JSON.
type stagedCommit struct {
	Schema   string   `json:"schema"` // empty for the session's
	Table    string   `json:"table"`
	ID       string   `json:"id"`       // of the commit; the same one may be sent again
	Receipts [][]byte `json:"receipts"` // in base64
	Replace  bool     `json:"replace"`  // the rows take the place of those that the table has
}

// isStaged reads the option staged of a bulk ingest. What an ingest would do with an option that it does not know is unknown to
// the client, so there are no others.
func isStaged(options map[string]string) (bool, error) {
	staged := false
	for name, value := range options {
		if name != stagedOption || value != "true" && value != "false" {
			return false, &Error{State: invalidParameter, Msg: fmt.Sprintf("option of bulk ingest not supported: %s = %q", clip(name, 100), clip(value, 100)),
				Hint: "there is staged, which is true or false"}
		}
		staged = value == "true"
	}
	return staged, nil
}

// stage reads the client's rows into files that no table has yet.
func (s *Server) stage(ctx context.Context, load *ingest, in *putStream) (rows int64, receipt []byte, err error) {
	table, stager, err := s.stager(ctx, load.name)
	if err != nil {
		return 0, nil, err
	}
	reader, err := in.records()
	if errors.Is(err, io.EOF) {
		return 0, nil, nil
	}
	if err != nil {
		return 0, nil, err
	}
	defer reader.Release()
	out, err := stager.Stage(ctx)
	if err != nil {
		return 0, nil, err
	}
	defer out.Abort()
	for reader.Next() {
		if err := ctx.Err(); err != nil {
			return 0, nil, err
		}
		converted, err := files.Convert(s.config.Allocator, reader.RecordBatch(), table.Current().Schema())
		if err != nil {
			return 0, nil, err
		}
		err = out.Write(converted)
		converted.Release()
		if err != nil {
			return 0, nil, err
		}
	}
	if err := reader.Err(); err != nil && !errors.Is(err, io.EOF) {
		return 0, nil, in.fault(err)
	}
	receipt, rows, err = out.Finish(ctx)
	if receipt != nil {
		receipt = append(signReceipt(s.config.TicketKey, receipt), receipt...)
	}
	return rows, receipt, err
}

// signReceipt signs a receipt so that it can be taken for nothing else that has the server's signature.
func signReceipt(key, receipt []byte) []byte {
	return sign(key, append([]byte("receipt\x00"), receipt...))
}

// stager finds a table to stage rows for. Views and system tables are none.
func (s *Server) stager(ctx context.Context, name catalog.Name) (catalog.Table, catalog.Stager, error) {
	table, err := s.catalog(ctx).Table(ctx, name)
	if err != nil {
		return nil, nil, err
	}
	stager, ok := table.(catalog.Stager)
	if !ok {
		return nil, nil, &Error{State: notSupported, Msg: fmt.Sprintf("rows cannot be staged for %s", name), Hint: "stage them for a table of the lake"}
	}
	return table, stager, nil
}

// commitStagedRows makes staged rows visible, and answers with their number.
func (s *Server) commitStagedRows(ctx context.Context, r *request, body []byte) ([]byte, error) {
	var m stagedCommit
	if err := json.Unmarshal(body, &m); err != nil {
		return nil, malformed(commitStagedRowsAction, err)
	}
	if m.ID == "" || m.Table == "" {
		return nil, &Error{State: invalidParameter, Msg: commitStagedRowsAction + " without a table or an id"}
	}
	name := catalog.Name{Schema: m.Schema, Table: m.Table}
	if name.Schema == "" {
		name.Schema = r.values().Schema
	}
	commit := catalog.StagedCommit{ID: m.ID, Replace: m.Replace}
	for _, signed := range m.Receipts {
		receipt, ok := verified(s.config.TicketKey, signed)
		if !ok {
			return nil, &Error{State: protocolViolation, Msg: "receipt not valid: its signature is not this server's"}
		}
		commit.Receipts = append(commit.Receipts, receipt)
	}
	_, stager, err := s.stager(ctx, name)
	if err != nil {
		return nil, err
	}
	rows, err := stager.CommitStaged(ctx, commit)
	if err != nil {
		return nil, err
	}
	return json.Marshal(map[string]int64{"rows": rows})
}

// verified takes the signature off.
func verified(key, signed []byte) ([]byte, bool) {
	const size = 32 // of SHA-256
	if len(signed) < size || !hmac.Equal(signed[:size], signReceipt(key, signed[size:])) {
		return nil, false
	}
	return signed[size:], true
}
