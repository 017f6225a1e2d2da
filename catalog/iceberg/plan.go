package iceberg

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/apache/iceberg-go"
	"github.com/apache/iceberg-go/table"
	"github.com/google/uuid"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/catalog/index"
)

// A plan is the data files of a snapshot, oldest first, each with the deletes that apply to it.
type plan struct {
	files   []*dataFile
	rows    int64 // less those that are deleted
	exact   bool  // or about so many
	deletes bool  // whether any file has deletes

	mu   sync.Mutex
	sets map[string]any // what delete files hold, by their path

	indexed     sync.Once
	indexedWith []index.DataFile // files, as indexes see them
}

// A dataFile is a data file within a plan.
type dataFile struct {
	path      string // on disk
	location  string // as the metadata spells it
	file      iceberg.DataFile
	stats     stats
	partition map[int]any // values by the ids of partition fields
	sequence  int64
	positions []iceberg.DataFile // position delete files, which may tell of other data files too
	vectors   []iceberg.DataFile // deletion vectors
	equal     []iceberg.DataFile // equality delete files

	mu      sync.Mutex
	deleted rowSet // once read
}

func (f *dataFile) hasDeletes() bool { return len(f.positions)+len(f.vectors)+len(f.equal) > 0 }

// left is how many rows the file has, less those that delete files of its own mark.
func (f *dataFile) left() int64 {
	n := f.file.Count()
	for _, d := range f.ownDeletes() {
		n -= d.Count()
	}
	return max(n, 0)
}

// plans keeps the plans of the snapshots that were used last. Manifests need to be read once for each snapshot then,
// whatever the queries: files are pruned by the statistics in the plan. (iceberg-go would read all manifests again for
// each query with a filter.)
type plans struct {
	mu   sync.Mutex
	byID map[planKey]*plan
	used []planKey // oldest first
}

type planKey struct {
	table    uuid.UUID
	snapshot int64
}

const maxPlans = 64

func (p *plans) find(key planKey) *plan {
	p.mu.Lock()
	defer p.mu.Unlock()
	found := p.byID[key]
	if n := len(p.used) - 1; found != nil && p.used[n] != key {
		i := slices.Index(p.used, key)
		p.used = append(slices.Delete(p.used, i, i+1), key)
	}
	return found
}

func (p *plans) keep(key planKey, made *plan) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.byID == nil {
		p.byID = map[planKey]*plan{}
	}
	if _, ok := p.byID[key]; ok {
		return
	}
	if len(p.used) == maxPlans {
		delete(p.byID, p.used[0])
		p.used = p.used[1:]
	}
	p.byID[key] = made
	p.used = append(p.used, key)
}

// plan lists the snapshot's files.
func (s *Snapshot) plan(ctx context.Context) (*plan, error) {
	if s.snapshot == nil {
		return &plan{exact: true}, nil
	}
	key := planKey{s.state.meta.TableUUID(), s.snapshot.SnapshotID}
	if p := s.catalog.plans.find(key); p != nil {
		return p, nil
	}
	t := table.New(table.Identifier{s.name.Schema, s.name.Table}, s.state.meta, s.state.location, readFiles, nil)
	tasks, err := t.Scan(table.WithSnapshotID(s.snapshot.SnapshotID)).PlanFiles(ctx)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, s.catalog.manifestFault(s.name, s.snapshot, err)
	}
	p, err := newPlan(tasks)
	if err != nil {
		return nil, err
	}
	s.catalog.plans.keep(key, p)
	return p, nil
}

func newPlan(tasks []table.FileScanTask) (*plan, error) {
	p := &plan{sets: map[string]any{}, exact: true}
	seen := map[string]bool{}
	for _, t := range tasks {
		location := t.File.FilePath()
		if seen[location] { // PlanFiles splits large files
			continue
		}
		seen[location] = true
		f, err := newDataFile(t)
		if err != nil {
			return nil, err
		}
		p.files = append(p.files, f)
		p.rows += f.left()
		p.exact = p.exact && len(f.positions)+len(f.equal) == 0
		p.deletes = p.deletes || f.hasDeletes()
	}
	slices.SortFunc(p.files, func(a, b *dataFile) int {
		return cmp.Or(cmp.Compare(a.sequence, b.sequence), cmp.Compare(a.location, b.location))
	})
	return p, nil
}

func newDataFile(t table.FileScanTask) (*dataFile, error) {
	location := t.File.FilePath()
	unsupported := func(format string, args ...any) error {
		return &catalog.Error{Op: "read", Name: location, State: "0A000", Msg: fmt.Sprintf(format, args...)}
	}
	if format := t.File.FileFormat(); format != iceberg.ParquetFile {
		return nil, unsupported("data file's format is not supported: %s", format)
	}
	if len(t.File.KeyMetadata()) > 0 {
		return nil, unsupported("encrypted data files are not supported")
	}
	path, err := localPath(location)
	if err != nil {
		return nil, err
	}
	f := &dataFile{path: path, location: location, file: t.File, stats: statsOf(t.File), partition: t.File.Partition(),
		positions: t.DeleteFiles, vectors: t.DeletionVectorFiles, equal: t.EqualityDeleteFiles}
	if t.DataSequenceNumber != nil {
		f.sequence = *t.DataSequenceNumber
	}
	return f, nil
}
