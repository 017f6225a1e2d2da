package index

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/catalog/index/ivf"
)

const (
	// maxSegments is how many segments a search has to look at, at most: each has its own part of a list.
	maxSegments = 8
	// sparseCodes: a segment with fewer rows than this times its lists has blocks that are mostly empty.
	sparseCodes = 4
	// smallTraining and outgrown: an index that was trained on so few rows is trained anew, which takes moments, when the
	// table has so many times as many. A larger one is left to who is told by Info.
	smallTraining = 50_000
	outgrown      = 4
)

// Fold adds the data files that the index does not cover. Their vectors are encoded only; the lists stay. Where segments
// are many, or too small for the lists, they are merged. workers is how many goroutines do that, 0 for as many as may.
func (ix *Index) Fold(ctx context.Context, source Source, workers int, watch Watch) error {
	if !ix.Finished() {
		return ix.Rebuild(ctx, source, watch)
	}
	j, err := ix.folder.start(ix.dir, source, watch)
	if err != nil {
		return fault("fold index", ix.Name, err)
	}
	if workers > 0 {
		j.workers = workers
	}
	// The index may have been changed between its look-up and the lock.
	if j.next, err = readManifest(filepath.Join(ix.dir, manifestName)); err != nil {
		j.lock.release()
		if errors.Is(err, fs.ErrNotExist) {
			err = errDropped
		}
		return fault("fold index", ix.Name, err)
	}
	rows := int64(0)
	for _, f := range source.Files() {
		rows += f.Rows
	}
	if j.next.outgrownBy(rows) {
		j.lock.release()
		return ix.Rebuild(ctx, source, watch)
	}
	return fault("fold index", ix.Name, j.run(ctx, j.fold))
}

// WorthFolding tells whether what an index does not cover of a source slows searches down so much that it is worth a fold:
// to look at a thousand vectors takes as long as a search, and with fewer rows than lists, a segment would be mostly empty.
func (ix *Index) WorthFolding(source Source) bool {
	rows, files := int64(0), source.Files()
	for i, covered := range ix.Covers(files) {
		if !covered {
			rows += files[i].Rows
		}
	}
	return ix.Finished() && ix.Damage() == nil && rows >= max(1000, int64(ix.Lists))
}

func (m *manifest) outgrownBy(rows int64) bool {
	return m.Quantizer == nil || m.Asked.Lists == 0 && m.Trained < smallTraining && rows > outgrown*m.Trained
}

func (j *job) fold(ctx context.Context) error {
	changed := j.dropEmpty()
	for _, group := range groups(j.source.Files(), j.uncovered(j.next)) {
		o, err := j.openQuantizer()
		if err != nil {
			return err
		}
		err = j.encode(ctx, o, group)
		o.close()
		if err != nil {
			return err
		}
		if _, err := j.tidy(ctx); err != nil {
			return err
		}
		if err := j.swap(); err != nil {
			return err
		}
		changed = false
	}
	merged, err := j.tidy(ctx)
	if err != nil || !merged && !changed {
		return err
	}
	return j.swap()
}

// live is how many rows of a segment are in data files that the source has.
func (j *job) live(s *segment) int64 {
	n := int64(0)
	for i, there := range j.there(s) {
		if there {
			n += s.Files[i].Rows
		}
	}
	return n
}

// there tells which of a segment's data files the source has.
func (j *job) there(s *segment) []bool {
	if j.rows == nil {
		j.rows = map[string]int64{}
		for _, f := range j.source.Files() {
			j.rows[f.Location] = f.Rows
		}
	}
	there := make([]bool, len(s.Files))
	for i, f := range s.Files {
		rows, ok := j.rows[f.Location]
		there[i] = ok && rows == f.Rows
	}
	return there
}

// dropEmpty drops segments of which the source has no data file. Older snapshots that have one are searched exactly.
func (j *job) dropEmpty() (dropped bool) {
	before := len(j.next.Segments)
	j.next.Segments = slices.DeleteFunc(slices.Clone(j.next.Segments), func(s segment) bool { return !slices.Contains(j.there(&s), true) })
	return len(j.next.Segments) < before
}

// tidy merges segments whose rows are mostly gone, and the smallest ones as long as there are too many, or they are sparse.
func (j *job) tidy(ctx context.Context) (merged bool, err error) {
	var some, rest []segment
	rows, sparse := int64(0), int64(sparseCodes*j.next.Lists)
	for _, s := range j.next.Segments {
		if live := j.live(&s); live < s.rows()/2 {
			some = append(some, s)
			rows += live
		} else {
			rest = append(rest, s)
		}
	}
	slices.SortStableFunc(rest, func(a, b segment) int { return cmp.Compare(a.rows(), b.rows()) })
	worth := func(next int64) bool {
		if len(some) == 0 {
			return len(rest) > maxSegments || next < sparse && len(rest) > 1
		}
		return len(rest) >= maxSegments || rows < sparse || next <= rows // in the last case its turn would be next
	}
	for len(rest) > 0 && worth(rest[0].rows()) {
		some = append(some, rest[0])
		rows += rest[0].rows()
		rest = rest[1:]
	}
	if len(some) == 0 {
		return false, nil
	}
	return true, j.merge(ctx, some, rest)
}

// merge makes one segment of some, without the data files that the source does not have any more.
func (j *job) merge(ctx context.Context, some, others []segment) error {
	whole := *j.next
	whole.Segments, whole.Curve = some, nil
	o, err := (&Index{folder: j.folder, dir: j.dir, manifest: &whole}).mapAll()
	if err != nil {
		return err
	}
	defer o.close()
	made := segment{}
	keep := make([][]bool, len(some))
	for i := range some {
		keep[i] = j.there(&some[i])
		for k, f := range some[i].Files {
			if keep[i][k] {
				made.Files = append(made.Files, f)
			}
		}
	}
	out, err := newOutput(j.newPath("segment"))
	if err != nil {
		return err
	}
	defer out.discard()
	rows := whole.rows()
	j.watch(catalog.IndexProgress{Stage: "write", Rows: rows})
	err = guardFaults(func() error {
		_, err := ivf.Merge(ctx, o.search.Quantizer, o.search.Segments, keep, out.alloc)
		return err
	})
	if err != nil {
		return err
	}
	file, err := out.finish(segmentBlob, j.next)
	if err != nil {
		return err
	}
	made.File = *file
	j.next.Segments = append([]segment{made}, others...)
	j.watch(catalog.IndexProgress{Stage: "write", Done: rows, Rows: rows})
	return nil
}
