package index

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/udf"
)

// errRow: a code belongs to a row that its data file does not have.
var errRow = errors.New("the index has a row that its data file does not have")

// A Searcher is an index in use for a snapshot. Its methods may be called at once.
type Searcher struct {
	*Index
	source Source
	opened *opened
	view   *view
}

// A Column is what searches look for an index of.
type Column struct {
	Table   string // identity
	FieldID int
	Dim     int // of its vectors; 0 if the table does not say
	// Source is the snapshot to search, as an index of that many dimensions sees it.
	Source func(dim int) (Source, error)
}

// Find opens the index of a column for a metric: of several, the one that covers the most rows. It is nil if there is
// none; warning then says what is wrong with one that cannot be used.
func (f *Folder) Find(ctx context.Context, column Column, metric string) (s *Searcher, warning string, err error) {
	for range 3 { // an index may change between its look-up and its opening
		indexes, err := f.Indexes(column.Table)
		if err != nil || len(indexes) == 0 {
			return nil, "", err
		}
		var best *Index
		for _, ix := range indexes {
			if !ix.answers(column, metric) {
				continue
			}
			if err := ix.Damage(); err != nil {
				warning = damaged(ix, err)
			} else if best == nil || ix.covered > best.covered {
				best = ix
			}
		}
		if best == nil {
			return nil, warning, nil
		}
		source, err := column.Source(best.Dim)
		if err != nil {
			return nil, "", err
		}
		s, err := best.searcher(ctx, source)
		if err == nil {
			return s, "", nil
		}
		if ctx.Err() != nil || errors.As(err, new(*catalog.Error)) { // of the snapshot's files
			return nil, "", err
		}
		if now, lookErr := f.Indexes(column.Table); lookErr == nil && !slices.Contains(now, best) {
			continue
		}
		best.fail(err)
		warning = damaged(best, err)
	}
	return nil, warning, nil
}

// answers tells whether the index is one of the column for the metric. One that is so damaged that it does not say may be.
func (ix *Index) answers(column Column, metric string) bool {
	if ix.Version == 0 {
		return ix.Damage() != nil
	}
	return ix.Finished() && ix.Quantizer != nil && ix.FieldID == column.FieldID && ix.Metric == metric && (column.Dim == 0 || column.Dim == ix.Dim)
}

func damaged(ix *Index, err error) string {
	return fmt.Sprintf("vector index %q is damaged and not used: %v; %s", ix.Name, err, ix.remedy())
}

func (ix *Index) searcher(ctx context.Context, source Source) (*Searcher, error) {
	o, err := ix.use()
	if err != nil {
		return nil, err
	}
	v, err := o.viewOf(ctx, source)
	if err != nil {
		ix.folder.release(o)
		return nil, err
	}
	return &Searcher{Index: ix, source: source, opened: o, view: v}, nil
}

// Close lets go of the index. It is called once.
func (s *Searcher) Close() {
	s.opened.closeView(s.view)
	s.folder.release(s.opened)
}

// Rows is the number of live rows that the index covers.
func (s *Searcher) Rows() int64 { return s.view.search.Rows() }

// Covers tells whether the index covers a data file, by its ordinal.
func (s *Searcher) Covers(ordinal int) bool { return s.view.covers[ordinal] }

// Search answers queries. If the index fails, they are answered without it: should that fail too, it was not the index.
func (s *Searcher) Search(ctx context.Context, queries []*catalog.VectorQuery) error {
	why := s.Damage()
	if why == nil {
		why = guardFaults(func() error { return s.opened.search.Search(ctx, s.view.search, queries) })
		if why == nil || ctx.Err() != nil || errors.As(why, new(*udf.Error)) {
			return why
		}
	}
	if err := s.exact(ctx, queries); err != nil {
		return err
	}
	s.fail(why)
	for _, q := range queries {
		q.Warning = damaged(s.Index, why)
	}
	return nil
}
