package iceberg

import (
	"context"
	"fmt"
	"net/url"
	"path"

	"github.com/apache/iceberg-go"
	"github.com/apache/iceberg-go/table"
)

// eachMention visits the names of all files that a table's metadata mentions, in whatever snapshot, more than once
// perhaps. Names rather than paths: engines spell the same path in several ways, and names have ids in them. Manifests that
// are so damaged that reading them panics are an error.
func eachMention(ctx context.Context, s *state, visit func(name string)) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("look through the manifests of %s: %v", s.current.name, p)
		}
	}()
	mention := func(location string) {
		name := path.Base(location)
		visit(name)
		if decoded, err := url.PathUnescape(name); err == nil && decoded != name {
			visit(decoded)
		}
	}
	mention(s.location)
	for previous := range s.meta.PreviousFiles() {
		mention(previous.MetadataFile)
	}
	for f := range s.meta.Statistics() {
		mention(f.StatisticsPath)
	}
	for f := range s.meta.PartitionStatistics() {
		mention(f.StatisticsPath)
	}
	read := map[string]bool{} // manifests: snapshots share them
	for _, snapshot := range s.meta.Snapshots() {
		mention(snapshot.ManifestList)
		if err := eachManifest(ctx, snapshot, read, mention); err != nil {
			return fmt.Errorf("look through snapshot %d of %s: %w", snapshot.SnapshotID, s.current.name, err)
		}
	}
	return nil
}

func eachManifest(ctx context.Context, snapshot table.Snapshot, read map[string]bool, mention func(location string)) error {
	manifests, err := snapshot.Manifests(storage{})
	if err != nil {
		return err
	}
	for _, m := range manifests {
		if err := ctx.Err(); err != nil {
			return err
		}
		if read[m.FilePath()] {
			continue
		}
		read[m.FilePath()] = true
		mention(m.FilePath())
		if err := eachEntry(m, mention); err != nil {
			return fmt.Errorf("manifest %s: %w", m.FilePath(), err)
		}
	}
	return nil
}

func eachEntry(m iceberg.ManifestFile, mention func(location string)) error {
	for entry, err := range m.Entries(storage{}, false) {
		if err != nil {
			return err
		}
		mention(entry.DataFile().FilePath())
	}
	return nil
}
