package iceberg

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"time"

	"github.com/apache/iceberg-go"
	"github.com/apache/iceberg-go/table"
	"github.com/google/uuid"
)

// A revision is what a new snapshot of a table has otherwise than the one before it. iceberg-go's transactions have none that
// removes data files, replaces delete files and adds both in one snapshot.
type revision struct {
	add, addDeletes []iceberg.DataFile
	remove          map[string]bool // data files, by their locations
	removeDeletes   map[deleteID]bool
	all             bool   // remove all data and delete files
	commitID        string // of a commit of staged files; the snapshot's summary has it
}

// removes tells whether a file that the table has is to leave it.
func (r *revision) removes(f iceberg.DataFile) bool {
	switch {
	case r.all:
		return true
	case f.ContentType() == iceberg.EntryContentData:
		return r.remove[f.FilePath()]
	}
	return r.removeDeletes[deleteIDOf(f)]
}

// removesOf tells whether files of a kind may leave.
func (r *revision) removesOf(content iceberg.ManifestContent) bool {
	if content == iceberg.ManifestContentData {
		return r.all || len(r.remove) > 0
	}
	return r.all || len(r.removeDeletes) > 0
}

// revise commits a revision of the table.
func (t *commitTarget) revise(ctx context.Context, r *revision) error {
	places, err := table.LoadLocationProvider(t.base.meta.Location(), t.base.meta.Properties())
	if err != nil {
		return err
	}
	w := &snapshotWriter{target: t, revision: r, places: places, commit: uuid.NewString(), id: newSnapshotID(t.base.meta), summary: newSummary()}
	snapshot, err := w.write(ctx)
	if err != nil {
		return err
	}
	_, _, err = t.CommitTable(ctx, nil, nil, []table.Update{
		table.NewAddSnapshotUpdate(snapshot),
		table.NewSetSnapshotRefUpdate(table.MainBranch, snapshot.SnapshotID, table.BranchRef, -1, -1, -1),
	})
	return err
}

// newSnapshotID is a positive number that no snapshot of the table has.
func newSnapshotID(meta table.Metadata) int64 {
	for {
		if id := rand.Int64N(1<<63 - 1); id > 0 && meta.SnapshotByID(id) == nil {
			return id
		}
	}
}

// A snapshotWriter writes the manifests of a snapshot, and the list of them.
type snapshotWriter struct {
	target   *commitTarget
	revision *revision
	places   table.LocationProvider
	commit   string // distinguishes the files of this snapshot
	id       int64
	written  int // manifests
	summary  *summary
}

func (w *snapshotWriter) write(ctx context.Context) (*table.Snapshot, error) {
	meta, r := w.target.base.meta, w.revision
	var manifests []iceberg.ManifestFile
	for _, added := range [][]iceberg.DataFile{r.add, r.addDeletes} {
		of, err := w.added(added)
		if err != nil {
			return nil, err
		}
		manifests = append(manifests, of...)
	}
	kept, err := w.kept(ctx)
	if err != nil {
		return nil, err
	}
	manifests = append(manifests, kept...)

	parent, schema := meta.CurrentSnapshot(), meta.CurrentSchema().ID
	s := &table.Snapshot{SnapshotID: w.id, SequenceNumber: meta.LastSequenceNumber() + 1, SchemaID: &schema,
		TimestampMs:  max(time.Now().UnixMilli(), meta.LastUpdatedMillis()),
		ManifestList: w.places.NewMetadataLocation(fmt.Sprintf("snap-%d-0-%s.avro", w.id, w.commit)), Summary: w.summary.of(parent)}
	if r.commitID != "" {
		s.Summary.Properties[commitID] = r.commitID
	}
	if parent != nil {
		s.ParentSnapshotID = &parent.SnapshotID
	}
	return s, w.list(s, manifests)
}

// added writes manifests of new files, one for each way of partitioning that they are of.
func (w *snapshotWriter) added(files []iceberg.DataFile) ([]iceberg.ManifestFile, error) {
	var manifests []iceberg.ManifestFile
	bySpec := map[int32][]iceberg.DataFile{}
	for _, f := range files {
		bySpec[f.SpecID()] = append(bySpec[f.SpecID()], f)
		w.summary.add(f)
	}
	for spec, of := range bySpec {
		content := iceberg.ManifestContentData
		if of[0].ContentType() != iceberg.EntryContentData {
			content = iceberg.ManifestContentDeletes
		}
		m, err := w.manifest(spec, content, func(out *iceberg.ManifestWriter) error {
			for _, f := range of {
				if err := out.Add(iceberg.NewManifestEntry(iceberg.EntryStatusADDED, &w.id, nil, nil, f)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		manifests = append(manifests, m)
	}
	return manifests, nil
}

// kept are the manifests of the snapshot before, those that list files which leave written anew.
func (w *snapshotWriter) kept(ctx context.Context) ([]iceberg.ManifestFile, error) {
	parent := w.target.base.meta.CurrentSnapshot()
	if parent == nil {
		return nil, nil
	}
	all, err := parent.Manifests(storage{})
	if err != nil {
		return nil, w.target.catalog.manifestFault(w.target.name, parent, err)
	}
	var kept []iceberg.ManifestFile
	for _, m := range all {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if !m.HasAddedFiles() && !m.HasExistingFiles() {
			continue // it tells of files that left before
		}
		if m, err = w.without(m, parent); err != nil {
			return nil, err
		}
		kept = append(kept, m)
	}
	return kept, nil
}

// without is a manifest in which the files that leave are marked as deleted: the same one if none of them is in it.
func (w *snapshotWriter) without(m iceberg.ManifestFile, of *table.Snapshot) (iceberg.ManifestFile, error) {
	if !w.revision.removesOf(m.ManifestContent()) {
		return m, nil
	}
	var entries []iceberg.ManifestEntry
	hit := false
	for e, err := range m.Entries(storage{}, true) {
		if err != nil {
			return nil, w.target.catalog.manifestFault(w.target.name, of, err)
		}
		entries = append(entries, e)
		hit = hit || w.revision.removes(e.DataFile())
	}
	if !hit {
		return m, nil
	}
	return w.manifest(m.PartitionSpecID(), m.ManifestContent(), func(out *iceberg.ManifestWriter) error {
		for _, e := range entries {
			write := out.Existing
			if w.revision.removes(e.DataFile()) {
				write = out.Delete
				w.summary.remove(e.DataFile())
			}
			if err := write(e); err != nil {
				return err
			}
		}
		return nil
	})
}

// manifest writes a manifest, durably.
func (w *snapshotWriter) manifest(spec int32, content iceberg.ManifestContent, fill func(*iceberg.ManifestWriter) error) (m iceberg.ManifestFile, err error) {
	meta := w.target.base.meta
	by := meta.PartitionSpecByID(int(spec))
	if by == nil {
		return nil, fmt.Errorf("unknown partition spec: %d", spec)
	}
	location := w.places.NewMetadataLocation(fmt.Sprintf("%s-m%d.avro", w.commit, w.written))
	w.written++
	file, err := w.target.files.Create(location)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	var bytes int64
	out, err := iceberg.NewManifestWriter(meta.Version(), countingWriter{file, &bytes}, *by, meta.CurrentSchema(), w.id, iceberg.WithManifestWriterContent(content))
	if err != nil {
		return nil, err
	}
	if err := fill(out); err != nil {
		return nil, errors.Join(err, out.Close())
	}
	if err := out.Close(); err != nil {
		return nil, err
	}
	return out.ToManifestFile(location, bytes)
}

// list writes the list of a snapshot's manifests, which in format v3 gives new rows their numbers.
func (w *snapshotWriter) list(s *table.Snapshot, manifests []iceberg.ManifestFile) (err error) {
	file, err := w.target.files.Create(s.ManifestList)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	meta := w.target.base.meta
	out, err := newManifestList(meta, file, s)
	if err != nil {
		return err
	}
	if err := out.AddManifests(manifests); err != nil {
		return errors.Join(err, out.Close())
	}
	if meta.Version() >= 3 {
		first, added := meta.NextRowID(), int64(0)
		if next := out.NextRowID(); next != nil {
			added = *next - first
		}
		s.FirstRowID, s.AddedRows = &first, &added
	}
	return out.Close()
}

func newManifestList(meta table.Metadata, file io.Writer, s *table.Snapshot) (*iceberg.ManifestListWriter, error) {
	switch meta.Version() {
	case 1:
		return iceberg.NewManifestListWriterV1(file, s.SnapshotID, s.ParentSnapshotID)
	case 2:
		return iceberg.NewManifestListWriterV2(file, s.SnapshotID, s.SequenceNumber, s.ParentSnapshotID)
	}
	return iceberg.NewManifestListWriterV3(file, s.SnapshotID, s.SequenceNumber, meta.NextRowID(), s.ParentSnapshotID)
}
