package index

import (
	"context"
	"slices"
	"sync"

	"github.com/mediaflight/mediaflight/catalog/index/ivf"
)

// A view is an index as a snapshot sees it.
type view struct {
	snapshot int64
	uses     int // the opened's mu guards it

	mu      sync.Mutex // held while it is made
	made    bool
	search  *ivf.View
	covers  []bool // by ordinal of the snapshot's data files
	vectors *vectors
}

// maxViews is how many snapshots of a table are searched by turns without making views anew.
const maxViews = 8

// viewOf finds or makes the view for a snapshot. closeView must follow.
func (o *opened) viewOf(ctx context.Context, source Source) (*view, error) {
	o.mu.Lock()
	i := slices.IndexFunc(o.views, func(v *view) bool { return v.snapshot == source.ID() })
	var v *view
	if i >= 0 {
		v = o.views[i]
		if i != len(o.views)-1 {
			o.views = append(slices.Delete(o.views, i, i+1), v)
		}
	} else {
		v = &view{snapshot: source.ID()}
		o.views = append(o.views, v)
	}
	v.uses++
	evicted := o.trim()
	o.mu.Unlock()
	for _, v := range evicted {
		v.close()
	}
	if err := v.make(ctx, o, source); err != nil {
		o.closeView(v)
		return nil, err
	}
	return v, nil
}

func (o *opened) closeView(v *view) {
	o.mu.Lock()
	v.uses--
	evicted := o.trim()
	o.mu.Unlock()
	for _, v := range evicted {
		v.close()
	}
}

// trim takes out views that nobody uses, if there are too many. The caller has mu.
func (o *opened) trim() (evicted []*view) {
	for i := 0; i < len(o.views) && len(o.views) > maxViews; {
		if o.views[i].uses > 0 {
			i++
			continue
		}
		evicted = append(evicted, o.views[i])
		o.views = slices.Delete(o.views, i, i+1)
	}
	return evicted
}

// make finds the index's data files in the snapshot, and what is deleted from them. A file that has another number of rows
// than the index knows is not covered.
func (v *view) make(ctx context.Context, o *opened, source Source) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.made {
		return nil
	}
	files := source.Files()
	ordinals := make(map[string]int, len(files))
	for i, f := range files {
		ordinals[f.Location] = i
	}
	v.covers = make([]bool, len(files))
	var bases []int64
	var deleted [][]uint64
	var places []int
	for _, s := range o.index.Segments {
		for _, f := range s.Files {
			base, place := int64(-1), -1
			var gone []uint64
			if i, ok := ordinals[f.Location]; ok && files[i].Rows == f.Rows && !v.covers[i] {
				v.covers[i] = true
				base, place = int64(i)<<32, i
				var err error
				if gone, err = source.Deleted(ctx, i); err != nil {
					return err
				}
			}
			bases, deleted, places = append(bases, base), append(deleted, gone), append(places, place)
		}
	}
	v.vectors = newVectors(o.index, source, places)
	v.search = ivf.NewView(o.search, bases, deleted, v.vectors)
	v.made = true
	return nil
}

func (v *view) close() {
	if v.vectors != nil {
		v.vectors.close()
	}
}

// numberOf is the number of a data file, counted over the index's segments, by its ordinal in the snapshot.
func (v *view) numberOf(ordinal int) int { return slices.Index(v.vectors.places, ordinal) }
