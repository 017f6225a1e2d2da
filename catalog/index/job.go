package index

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/catalog/index/ivf"
)

// A job builds or changes an index, under its lock. What it makes are new files; nobody sees them before the swap.
type job struct {
	folder   *Folder
	dir      string
	lock     *lock
	next     *manifest // the index to be, as far as it is
	source   Source
	workers  int
	watch    func(catalog.IndexProgress)
	cancel   context.CancelFunc // while it runs
	reached  atomic.Pointer[catalog.IndexProgress]
	building bool             // rather than folding: the checkpoint is the job's
	rows     map[string]int64 // of the source's data files by location, once asked for
}

// Watch is told of progress. It may be nil.
type Watch = func(catalog.IndexProgress)

// start takes the lock of an index.
func (f *Folder) start(dir string, source Source, watch Watch) (*job, error) {
	l, err := tryLock(filepath.Join(dir, lockName))
	if err != nil {
		return nil, err
	}
	j := &job{folder: f, dir: dir, lock: l, source: source, workers: f.options.Workers}
	var mu sync.Mutex
	j.watch = func(p catalog.IndexProgress) {
		j.reached.Store(&p)
		if watch != nil {
			mu.Lock()
			defer mu.Unlock()
			watch(p)
		}
	}
	return j, nil
}

// errDropped: the index was dropped while it was built.
var errDropped = errors.New("index was dropped meanwhile")

// run does the job's work, such that Drop can end it.
func (j *job) run(ctx context.Context, work func(context.Context) error) error {
	defer j.lock.release()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	f := j.folder
	f.mu.Lock()
	j.cancel = cancel
	f.jobs[j.dir] = j
	f.mu.Unlock()
	defer func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.jobs, j.dir)
	}()
	err := work(ctx)
	if err != nil {
		if now, statErr := stampOf(j.dir); statErr == nil && now == (stamp{}) {
			return errDropped
		}
	}
	return err
}

func (f *Folder) cancelJob(dir string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if j := f.jobs[dir]; j != nil {
		j.cancel()
	}
}

// build makes the index to be out of the source, from where next stands.
func (j *job) build(ctx context.Context) error {
	j.building = true
	all := j.uncovered(nil)
	if j.next.Quantizer == nil {
		if err := j.train(ctx, all); err != nil {
			return err
		}
		if j.next.Quantizer == nil { // the table has no vectors yet
			return j.swap()
		}
		if err := j.checkpoint(); err != nil {
			return err
		}
	}
	o, err := j.openQuantizer()
	if err != nil {
		return err
	}
	defer func() { o.close() }()
	for _, group := range groups(j.source.Files(), j.uncovered(j.next)) {
		if err := j.encode(ctx, o, group); err != nil {
			return err
		}
		if err := j.checkpoint(); err != nil {
			return err
		}
	}
	if _, err := j.tidy(ctx); err != nil { // a building that was gone on with may have found new files
		return err
	}
	if err := j.calibrate(ctx); err != nil {
		return err
	}
	return j.swap()
}

// uncovered are the ordinals of the source's files that an index does not cover.
func (j *job) uncovered(m *manifest) []int {
	covers := map[string]int64{}
	if m != nil {
		covers = m.covers()
	}
	var ordinals []int
	for i, f := range j.source.Files() {
		if rows, ok := covers[f.Location]; !ok || rows != f.Rows {
			ordinals = append(ordinals, i)
		}
	}
	return ordinals
}

// A group of files becomes one segment. Its rows bound what a killed process has to do again, and a build's memory.
const groupRows = 4 << 20

// groups splits files into runs of about as many rows each.
func groups(files []DataFile, ordinals []int) [][]int {
	total := int64(0)
	for _, i := range ordinals {
		total += files[i].Rows
	}
	most := max(groupRows, total/3) // two neighbors have more than that, so there are fewer than seven of such
	var all [][]int
	rows := int64(0)
	for _, i := range ordinals {
		if len(all) == 0 || rows+files[i].Rows > most {
			all, rows = append(all, nil), 0
		}
		all[len(all)-1] = append(all[len(all)-1], i)
		rows += files[i].Rows
	}
	return all
}

// train samples the files and finds the lists.
func (j *job) train(ctx context.Context, files []int) error {
	reading := newReading(j.source, files, j.next.Dim)
	defer reading.close()
	rows := reading.rows()
	lists := j.next.Asked.Lists
	if lists == 0 {
		lists = ivf.ListsFor(rows)
	}
	want := ivf.SampleFor(lists)
	j.watch(catalog.IndexProgress{Stage: "sample", Rows: min(int64(want), rows)})
	var sample []float32
	err := guardFaults(func() (err error) {
		sample, err = ivf.Sample(ctx, j.next.Metric, j.next.Dim, reading, want, j.seed())
		return err
	})
	if err != nil || len(sample) == 0 {
		return err
	}
	n := int64(len(sample) / j.next.Dim)
	j.watch(catalog.IndexProgress{Stage: "sample", Done: n, Rows: n})
	j.watch(catalog.IndexProgress{Stage: "train", Rows: n})
	config := ivf.Config{Metric: j.next.Metric, Dim: j.next.Dim, Lists: lists, Bits: j.next.Asked.Bits, Seed: j.seed(), Workers: j.workers, Rows: rows}
	quantizer, err := ivf.Train(ctx, config, sample, func(done, all int64) {
		j.watch(catalog.IndexProgress{Stage: "train", Done: done, Rows: all})
	})
	if err != nil {
		return err
	}
	j.next.Lists, j.next.Bits, j.next.Trained = quantizer.Lists(), quantizer.Bits(), rows
	j.next.Quantizer, err = writeFile(j.newPath("quantizer"), quantizerBlob, j.next, quantizer.Bytes())
	return err
}

// seed makes the same index of the same table again.
func (j *job) seed() uint64 {
	h := fnv.New64a()
	h.Write([]byte(j.next.Table + j.next.Name))
	return h.Sum64()
}

func (j *job) newPath(kind string) string {
	return filepath.Join(j.dir, kind+"-"+uuid.NewString()+".puffin")
}

// openQuantizer opens the index to be without its segments.
func (j *job) openQuantizer() (*opened, error) {
	bare := *j.next
	bare.Segments, bare.Curve = nil, nil
	return (&Index{folder: j.folder, dir: j.dir, manifest: &bare}).mapAll()
}

// encode makes a segment of files.
func (j *job) encode(ctx context.Context, o *opened, files []int) error {
	reading := newReading(j.source, files, j.next.Dim)
	defer reading.close()
	out, err := newOutput(j.newPath("segment"))
	if err != nil {
		return err
	}
	defer out.discard()
	_, err = ivf.Build(ctx, o.search.Quantizer, reading, ivf.BuildOptions{
		Workers: j.workers,
		Alloc:   out.alloc,
		Watch: func(stage string, done, all int64) {
			j.watch(catalog.IndexProgress{Stage: stage, Done: done, Rows: all})
		},
	})
	if err != nil {
		return err
	}
	s := segment{}
	for i := range files {
		f := j.source.Files()[files[i]]
		s.Files = append(s.Files, covered(f))
	}
	made, err := out.finish(segmentBlob, j.next)
	if err != nil {
		return err
	}
	s.File = *made
	j.next.Segments = append(j.next.Segments, s)
	return nil
}

// checkpoint writes down how far the index is.
func (j *job) checkpoint() error { return j.next.write(filepath.Join(j.dir, checkpointName)) }

// swap makes the index to be the one that is.
func (j *job) swap() error {
	if err := j.measure(); err != nil {
		return err
	}
	j.next.Built = time.Now().UTC().Truncate(time.Millisecond)
	if err := j.next.write(filepath.Join(j.dir, manifestName)); err != nil {
		return err
	}
	if j.building {
		j.removeCheckpoint()
	}
	j.removeUnnamed()
	j.folder.forget(j.next.Table)
	_, err := j.folder.Indexes(j.next.Table)
	return err
}

// measure opens the index once before others do, and takes from it what the manifest says of it.
func (j *job) measure() error {
	if j.next.Quantizer == nil {
		return nil
	}
	o, err := (&Index{folder: j.folder, dir: j.dir, manifest: j.next}).mapAll()
	if err != nil {
		return fmt.Errorf("index that was just built: %w", err)
	}
	defer o.close()
	j.next.Imbalance = ivf.Imbalance(o.search.Segments)
	return nil
}

// removeCheckpoint removes the checkpoint of a building that has ended.
func (j *job) removeCheckpoint() {
	if err := os.Remove(filepath.Join(j.dir, checkpointName)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		j.folder.options.Logger.Warn("file of a vector index stays", "error", err)
	}
}

// removeUnnamed removes files that neither the index nor a building of it names. Nobody else makes any: the job has the lock.
func (j *job) removeUnnamed() {
	named := map[string]bool{}
	for _, name := range []string{manifestName, checkpointName} {
		m, err := readManifest(filepath.Join(j.dir, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return // what it names is not known
		}
		for _, f := range m.files() {
			named[f.Name] = true
		}
	}
	files, _, _, err := filesOf(j.dir)
	for _, f := range files {
		if filepath.Ext(f.Name()) == ".puffin" && !named[f.Name()] {
			err = errors.Join(err, os.Remove(filepath.Join(j.dir, f.Name())))
		}
	}
	if err != nil {
		j.folder.options.Logger.Warn("files of a vector index stay", "error", err)
	}
}
