package index

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/mediaflight/mediaflight/catalog/index/ivf"
)

// An opened index is one whose files are mapped.
type opened struct {
	index  *Index
	search *ivf.Index
	files  []*mapped
	bytes  int64

	uses int           // the folder's mu guards it
	at   *list.Element // in the folder's idle; nil while it is used

	mu    sync.Mutex
	views []*view // the latest used last
}

// checkedAtOnce is how large a file is that is compared with its checksum before it is used: that takes a millisecond or
// two. Larger ones are used first and compared soon.
const checkedAtOnce = 16 << 20

// use maps the index unless it is mapped. release must follow.
func (ix *Index) use() (*opened, error) {
	ix.opening.Lock()
	defer ix.opening.Unlock()
	f := ix.folder
	f.mu.Lock()
	if o := ix.opened; o != nil {
		f.hold(o)
		f.mu.Unlock()
		return o, nil
	}
	f.mu.Unlock()
	o, err := ix.mapAll()
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	ix.opened = o
	f.mapped += o.bytes
	f.hold(o)
	evicted := f.trim()
	f.mu.Unlock()
	closeAll(evicted)
	f.checkLater(o)
	return o, nil
}

// hold counts a use. The caller has mu.
func (f *Folder) hold(o *opened) {
	if o.uses++; o.at != nil {
		f.idle.Remove(o.at)
		o.at = nil
	}
}

func (f *Folder) release(o *opened) {
	f.mu.Lock()
	if o.uses--; o.uses == 0 {
		o.at = f.idle.PushFront(o)
	}
	evicted := f.trim()
	f.mu.Unlock()
	closeAll(evicted)
}

// trim takes out what nobody uses: indexes that are no more, and those used least lately if more is mapped than may be. The
// caller has mu, and closes them without.
func (f *Folder) trim() (evicted []*opened) {
	for at := f.idle.Back(); at != nil; {
		o := at.Value.(*opened)
		at = at.Prev()
		if f.mapped <= f.options.Bytes && !o.index.gone {
			continue
		}
		f.idle.Remove(o.at)
		o.at, o.index.opened = nil, nil
		f.mapped -= o.bytes
		evicted = append(evicted, o)
	}
	return evicted
}

func closeAll(evicted []*opened) {
	for _, o := range evicted {
		o.close()
	}
}

func (o *opened) close() {
	for _, v := range o.views {
		v.close()
	}
	for _, m := range o.files {
		m.unmap()
	}
}

// mapAll maps the index's files and checks what is in them.
func (ix *Index) mapAll() (*opened, error) {
	o := &opened{index: ix}
	err := guardFaults(func() error { return o.open(ix.dir, ix.manifest) })
	if err == nil {
		for _, m := range o.files {
			if len(m.blob) <= checkedAtOnce {
				err = errors.Join(err, m.verify(context.Background()))
			}
		}
	}
	if err != nil {
		o.close()
		return nil, err
	}
	return o, nil
}

func (o *opened) open(dir string, m *manifest) error {
	quantizer, err := mapFile(dir, m.Quantizer, quantizerBlob)
	if err != nil {
		return err
	}
	o.add(quantizer)
	o.search = new(ivf.Index)
	if o.search.Quantizer, err = ivf.OpenQuantizer(quantizer.blob); err != nil {
		return fmt.Errorf("%s: %w", quantizer.name, err)
	}
	if q := o.search.Quantizer; q.Metric() != m.Metric || q.Dim() != m.Dim {
		return fmt.Errorf("%s is for %s of %d dimensions", quantizer.name, q.Metric(), q.Dim())
	}
	if m.Curve != nil {
		curve, err := mapFile(dir, m.Curve, curveBlob)
		if err != nil {
			return err
		}
		o.add(curve)
		if o.search.Curve, err = ivf.OpenCurve(curve.blob); err != nil {
			return fmt.Errorf("%s: %w", curve.name, err)
		}
	}
	for i := range m.Segments {
		if err := o.addSegment(dir, &m.Segments[i]); err != nil {
			return err
		}
	}
	return nil
}

func (o *opened) addSegment(dir string, s *segment) error {
	file, err := mapFile(dir, &s.File, segmentBlob)
	if err != nil {
		return err
	}
	o.add(file)
	opened, err := ivf.OpenSegment(o.search.Quantizer, file.blob)
	if err != nil {
		return fmt.Errorf("%s: %w", file.name, err)
	}
	if !slices.EqualFunc(opened.Files(), s.Files, func(rows int64, f covered) bool { return rows == f.Rows }) {
		return fmt.Errorf("%s covers other data files than the index says", file.name)
	}
	o.search.Segments = append(o.search.Segments, opened)
	return nil
}

func (o *opened) add(m *mapped) {
	o.files = append(o.files, m)
	o.bytes += int64(len(m.data))
}

// checkLater compares large files with their checksums, one index at a time.
func (f *Folder) checkLater(o *opened) {
	large := slices.DeleteFunc(slices.Clone(o.files), func(m *mapped) bool { return len(m.blob) <= checkedAtOnce })
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(large) == 0 || f.ctx.Err() != nil {
		return
	}
	f.hold(o)
	f.checks.Go(func() {
		defer f.release(o)
		for _, m := range large {
			if err := m.verify(f.ctx); err != nil && f.ctx.Err() == nil {
				o.index.fail(err)
				return
			}
		}
	})
}
