package ivf

import (
	"context"
	"slices"

	"github.com/mediaflight/mediaflight/catalog"
)

// A batch answers queries together: list by list rather than query by query, so that codes come from memory once for several
// queries, and rows that lie near each other are measured while they are in the cache. It goes in rounds. In each, every
// query that is still open names the lists that it would visit next, as far as what it has found so far lets it reach;
// the lists are scanned, each for all queries that named it; and the queries measure what their codes did not exclude. A
// query so looks at no fewer lists than it would alone.
type batch struct {
	*scratch
	choices   []*choice
	sets      []*catalog.RowSet // of choices
	searchers []*searcher
	exact     []*searcher // whose rows are all to be measured
	open      []*searcher // who are to visit more lists
	visits    []visit     // that are named
	sorted    []visit     // by lists
	counts    []uint32
}

const (
	// fewTogether queries lie too far apart to have lists in common.
	fewTogether = 16
	// mostTogether bounds the memory that a batch holds: some kilobytes a query.
	mostTogether = 1024
)

func (ix *Index) searchTogether(ctx context.Context, view *View, queries []*catalog.VectorQuery) error {
	b, _ := ix.batches.Get().(*batch)
	if b == nil {
		b = &batch{scratch: newScratch(ix)}
	}
	for from := 0; from < len(queries); from += mostTogether {
		if err := b.search(ctx, view, queries[from:min(from+mostTogether, len(queries))]); err != nil {
			b.leave()
			ix.batches.Put(b)
			return err
		}
	}
	// Not deferred: what a panic leaves is not used again.
	b.leave()
	ix.batches.Put(b)
	return nil
}

// leave forgets what belongs to the caller.
func (b *batch) leave() {
	for _, s := range b.searchers {
		s.leave()
	}
	b.rows, b.addresses = b.rows[:0], b.addresses[:0]
	clear(b.sets)
	clear(b.visits)
	clear(b.sorted)
	b.sets = b.sets[:0]
}

func (b *batch) search(ctx context.Context, view *View, queries []*catalog.VectorQuery) error {
	b.exact, b.open, b.visits = b.exact[:0], b.open[:0], b.visits[:0]
	for i, query := range queries {
		if i == len(b.searchers) {
			b.searchers = append(b.searchers, newSearcher(b.scratch, nil))
		}
		s := b.searchers[i]
		s.choice = b.choiceOf(view, query.Among)
		s.begin(ctx, view, query)
		if err := b.start(s); err != nil {
			return err
		}
	}
	for rest := b.exact; len(rest) > 0; {
		n := 1
		for n < len(rest) && rest[n].choice == rest[0].choice {
			n++
		}
		if err := exactTogether(rest[:n]); err != nil {
			return err
		}
		rest = rest[n:]
	}
	for len(b.open) > 0 {
		if err := b.round(); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// start has a query visit the first few lists, and name those to visit with others.
func (b *batch) start(s *searcher) error {
	if err := s.fit(); err != nil {
		return err
	}
	e, budget := s.plan()
	if s.query.Stats.Plan == planExact {
		b.exact = append(b.exact, s)
		return nil
	}
	if s.query.K == 0 {
		return s.answer(e, budget)
	}
	s.depart(e, budget)
	for i := range min(eager, s.Quantizer.lists) {
		near := s.near(i)
		if i == 0 {
			if err := s.arrive(near); err != nil {
				return err
			}
		} else if s.isFar(near, i) {
			break
		}
		if err := s.visit(near); err != nil {
			return err
		}
	}
	return b.goOn(s)
}

// goOn names the lists that a query is to visit next, or completes it if there are none.
func (b *batch) goOn(s *searcher) error {
	before, matched, most := len(b.visits), s.matched, s.Quantizer.lists
	if s.usual > 0 {
		most = min(most, 8*s.visited)
	}
	for i := s.visited; i < most && !s.givenUp; i++ {
		near := s.near(i)
		if s.isFar(near, i) {
			break
		}
		b.visits = append(b.visits, visit{near, s})
		s.matched = matched + int(float64(i+1-s.visited)*s.usual+0.5) // if the lists hold what others do
	}
	s.matched = matched
	if len(b.visits) > before {
		b.open = append(b.open, s)
		return nil
	}
	if err := s.complete(); err != nil {
		return err
	}
	return s.end()
}

// choiceOf is what queries may choose from, made once for all that have the same set.
func (b *batch) choiceOf(view *View, set *catalog.RowSet) *choice {
	i := slices.Index(b.sets, set)
	if i < 0 {
		i = len(b.sets)
		b.sets = append(b.sets, set)
		if i == len(b.choices) {
			b.choices = append(b.choices, new(choice))
		}
		b.choices[i].choose(view, set)
	}
	return b.choices[i]
}

// round visits the lists that were named.
func (b *batch) round() error {
	b.sort()
	for rest := b.sorted; len(rest) > 0; {
		n := 1
		for n < min(together, len(rest)) && rest[n].list == rest[0].list {
			n++
		}
		if err := rest[0].by.ctx.Err(); err != nil {
			return err
		}
		if err := b.scanFor(rest[:n]); err != nil {
			return err
		}
		for _, v := range rest[:n] {
			v.by.visited++
			v.by.query.Stats.Probes++
		}
		rest = rest[n:]
	}
	open := b.open
	b.open, b.visits = b.open[:0], b.visits[:0]
	for _, s := range open {
		if err := s.rerank(); err != nil {
			return err
		}
		s.givenUp = s.query.Stats.Codes > s.budget
		if err := b.goOn(s); err != nil {
			return err
		}
	}
	return nil
}

// sort puts the visits of one list together.
func (b *batch) sort() {
	if b.counts == nil {
		b.counts = make([]uint32, b.Quantizer.lists+1)
	}
	clear(b.counts)
	for i := range b.visits {
		b.counts[b.visits[i].list+1]++
	}
	for list := range b.Quantizer.lists {
		b.counts[list+1] += b.counts[list]
	}
	b.sorted = slices.Grow(b.sorted[:0], len(b.visits))[:len(b.visits)]
	for _, v := range b.visits {
		b.sorted[b.counts[v.list]] = v
		b.counts[v.list]++
	}
}
