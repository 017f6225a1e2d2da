package iceberg

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"github.com/apache/iceberg-go"
	"github.com/apache/iceberg-go/table"

	"github.com/mediaflight/mediaflight/catalog"
)

// staging writes data files that a later commit makes part of the table.
type staging struct{ *appending }

// A receipt is what commits staged data files: a manifest of them, and what the table must still be like.
type receipt struct {
	Table    string
	Schema   int
	Spec     int
	Version  int
	Rows     int64
	Manifest []byte
}

// commitID is the property of a snapshot's summary that has the ID of the commit of staged files that made it.
const commitID = "mediaflight.commit-id"

// Stage starts a write.
func (t *Table) Stage(context.Context) (catalog.Staging, error) {
	const op = "stage rows for"
	if err := t.checkWritable(op); err != nil {
		return nil, err
	}
	a, err := newAppending(t)
	if err != nil {
		return nil, err
	}
	a.op = op
	return &staging{a}, nil
}

// Finish lists the files in a manifest. They stay: the sweep removes them in a day if no commit has named them by then.
func (s *staging) Finish(context.Context) ([]byte, int64, error) {
	defer s.Abort()
	if err := s.finish(); err != nil || len(s.done) == 0 {
		return nil, 0, err
	}
	meta := s.table.state.meta
	none := int64(0)
	var entries []iceberg.ManifestEntry
	for _, f := range s.done {
		entries = append(entries, iceberg.NewManifestEntry(iceberg.EntryStatusADDED, &none, nil, nil, f))
	}
	var manifest bytes.Buffer
	if _, err := iceberg.WriteManifest("", &manifest, meta.Version(), meta.PartitionSpec(), s.stored, none, entries); err != nil {
		return nil, 0, fmt.Errorf("list staged files: %w", err)
	}
	out, err := json.Marshal(receipt{Table: meta.TableUUID().String(), Schema: s.stored.ID, Spec: meta.DefaultPartitionSpec(),
		Version: meta.Version(), Rows: s.rows, Manifest: manifest.Bytes()})
	if err != nil {
		return nil, 0, err
	}
	if err := s.files.sync(); err != nil {
		return nil, 0, s.fault(err)
	}
	s.files.keep()
	return out, s.rows, nil
}

// CommitStaged adds the receipts' files to the table in one snapshot, which has the commit's ID in its summary.
func (t *Table) CommitStaged(ctx context.Context, commit catalog.StagedCommit) (int64, error) {
	const op = "commit staged rows of"
	if err := t.checkWritable(op); err != nil {
		return 0, err
	}
	if t.catalog.options.ReadOnly {
		return 0, &catalog.Error{Op: op, Name: t.name.String(), State: "25006", Msg: "the catalog is read-only"}
	}
	a := &appending{table: t, op: op}
	for _, b := range commit.Receipts {
		if err := a.take(b); err != nil {
			return 0, err
		}
	}
	err := t.catalog.commitEach(ctx, op, t.name, t.state.meta.TableUUID(), func(target *commitTarget) error {
		base := target.base
		if hasCommit(base.meta, commit.ID) {
			return nil
		}
		if err := a.ready(base); err != nil {
			return err
		}
		plan, err := base.current.plan(ctx)
		if err != nil {
			return err
		}
		if len(a.done) == 0 && (!commit.Replace || len(plan.files) == 0) {
			return nil
		}
		return target.settle(target.revise(ctx, &revision{add: a.done, all: commit.Replace, commitID: commit.ID}))
	})
	if err != nil {
		return 0, err
	}
	return a.rows, nil
}

// hasCommit says whether a table has the snapshot that a commit of staged files made.
func hasCommit(meta table.Metadata, id string) bool {
	for _, s := range meta.Snapshots() {
		if s.Summary != nil && s.Summary.Properties[commitID] == id {
			return true
		}
	}
	return false
}

// take takes over the files of a receipt, if the table is the one that they were written for, with the same columns.
func (a *appending) take(b []byte) error {
	var r receipt
	if err := json.Unmarshal(b, &r); err != nil {
		return fmt.Errorf("receipt of staged rows: %w", err)
	}
	meta, name := a.table.state.meta, a.table.name.String()
	if r.Table != meta.TableUUID().String() || r.Schema != meta.CurrentSchema().ID || r.Spec != meta.DefaultPartitionSpec() || r.Version != meta.Version() {
		return &catalog.Error{Op: a.op, Name: name, State: "40001", Msg: "the table was replaced or altered after rows were staged for it",
			Hint: "write the rows again"}
	}
	file := iceberg.NewManifestFile(r.Version, "", int64(len(r.Manifest)), int32(r.Spec), 0).Build()
	entries, err := iceberg.ReadManifest(file, bytes.NewReader(r.Manifest), false)
	if err != nil {
		return fmt.Errorf("receipt of staged rows: %w", err)
	}
	for _, e := range entries {
		a.done = append(a.done, e.DataFile())
	}
	a.rows += r.Rows
	return nil
}
