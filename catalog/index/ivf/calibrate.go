package ivf

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"sync"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/udf/simd"
)

// CalibrateOptions say how a curve is measured.
type CalibrateOptions struct {
	Queries int // rows to ask for; 0 for five hundred
	Workers int // goroutines; 0 for one
	Seed    uint64
	Watch   func(done, all int64) // called by several goroutines; may be nil
}

// Calibrate measures an index: it asks for rows of its own, none of which may find itself, through all lists, and looks how
// far it had to go for each of their true neighbors. source has the index's data files, in the order of its segments; the
// view has all or most of their rows. What rows ask for stands for what users will: a query that is unlike all rows is
// farther from them and looks further, but nobody measured how much further is enough.
func Calibrate(ctx context.Context, ix *Index, view *View, source Source, options CalibrateOptions) (*Curve, error) {
	c := &calibration{Index: ix, view: view, source: source, CalibrateOptions: options}
	if c.Queries <= 0 {
		c.Queries = 500
	}
	// The ranks of all lists are kept for each query, to tell what a reach costs.
	c.Queries = max(min(c.Queries, (64<<20)/(4*ix.Quantizer.lists)), 100)
	if c.Watch == nil {
		c.Watch = func(int64, int64) {}
	}
	rows := c.pick(c.Queries, 1)
	c.strangers = c.pick(64, 2)
	err := parallel(ctx, len(rows), 1, options.Workers, func() func(from, to int) error {
		w := &witness{searcher: newSearcher(newScratch(ix), new(choice)), vector: make([]float32, ix.Quantizer.dim)}
		return func(from, _ int) error {
			// Most rows are not asked for the many neighbors that only filters make searches go through.
			most := calibratedK[len(calibratedK)-1]
			if from%4 > 0 {
				most = calibratedK[len(calibratedK)-2]
			}
			a, err := w.ask(ctx, c, rows[from], most)
			if err != nil {
				return err
			}
			c.mu.Lock()
			defer c.mu.Unlock()
			c.done++
			c.Watch(c.done, int64(len(rows)))
			if a != nil {
				c.answers = append(c.answers, a)
			}
			return nil
		}
	})
	if err != nil {
		return nil, err
	}
	return newCurve(c.levels(), c.farthest()), nil
}

type calibration struct {
	*Index
	CalibrateOptions
	view      *View
	source    Source
	strangers []uint64 // rows at random that have vectors

	mu      sync.Mutex
	done    int64
	answers []*answer
}

// An answer is what was learned from one query.
type answer struct {
	steps   []float32 // by list, nearest first: the left side of a reach's condition
	lengths []uint32  // codes of those lists
	// For each true neighbor, nearest first: at which step it was first seen, and its distance, the t of a reach.
	first []int
	t     []float32
	base  float32
	away  float32 // squared, the nearest list
	// The distances of rows at random, from the least.
	strangers []float32
}

// farthest is somewhat more than how far a query was from the lists. Of inner products' queries only the direction counts, which
// says little of how far they are.
func (c *calibration) farthest() float32 {
	most := float32(0)
	if c.Quantizer.kind != inner {
		for _, a := range c.answers {
			most = max(most, 1.05*a.away)
		}
	}
	return most
}

// pick chooses rows at random, n at most.
func (c *calibration) pick(n int, stream uint64) []uint64 {
	total := int64(0)
	for _, f := range c.view.files {
		if f.base >= 0 {
			total += int64(f.rows)
		}
	}
	random := rand.New(rand.NewPCG(c.Seed, stream))
	places := make([]int64, 0, n)
	for range min(int64(n), total) {
		places = append(places, random.Int64N(total))
	}
	slices.Sort(places)
	places = slices.Compact(places)
	var rows []uint64
	first := int64(0)
	for number, f := range c.view.files {
		if f.base < 0 {
			continue
		}
		for len(places) > 0 && places[0] < first+int64(f.rows) {
			if c.hasCode(number, uint32(places[0]-first)) {
				rows = append(rows, uint64(number)<<32|uint64(places[0]-first))
			}
			places = places[1:]
		}
		first += int64(f.rows)
	}
	return rows
}

// A witness asks queries and remembers where rows were first seen.
type witness struct {
	*searcher
	vector []float32
}

// ask asks for the neighbors of a row, so many at most. The answer is nil if the row's vector is no query.
func (w *witness) ask(ctx context.Context, c *calibration, row uint64, most int) (*answer, error) {
	number, at := int(row>>32), int64(uint32(row))
	regular := false
	for batch, err := range c.source.Batches(ctx, number, at, at+1) {
		if err != nil {
			return nil, err
		}
		if batch.N == 1 && !batch.null(0) {
			copy(simd.Bytes(w.vector), batch.Vectors[:4*len(w.vector)])
			regular = true
		}
	}
	v := &c.view.files[number]
	if !regular || bit(v.deleted, uint32(at)) {
		return nil, nil
	}
	w.begin(ctx, c.view, &catalog.VectorQuery{Vector: w.vector, K: most + maxCopies, Within: math.Inf(1)})
	w.choose(c.view, nil)
	defer w.leave()
	w.sights = map[uint64]int{}
	if !w.enter() {
		return nil, nil
	}
	if err := w.probe(effort{reach: inf, probes: float32(w.Quantizer.lists)}, math.MaxInt64); err != nil {
		return nil, err
	}
	a := &answer{base: w.base, away: w.lists[0].distance}
	for i, near := range w.lists {
		a.steps = append(a.steps, (near.rank-w.lists[0].rank)*root(i))
		codes := uint32(0)
		for _, s := range w.Segments {
			codes += s.lists[near.list].codes
		}
		a.lengths = append(a.lengths, codes)
	}
	bases := map[int64]int{}
	for number, f := range c.view.files {
		bases[f.base>>32] = number
	}
	found := w.nearest.found(nil)
	near := w.score(found[min(calibratedCopies, len(found))-1])
	for _, f := range found {
		if t := w.score(f); t < copies*near {
			continue
		}
		number := bases[f.Address>>32]
		neighbor := uint64(number)<<32 | uint64(f.Address-c.view.files[number].base)
		if step, ok := w.sights[c.codeOf(number, uint32(neighbor))]; ok && neighbor != row && len(a.first) < most {
			a.first = append(a.first, step)
			a.t = append(a.t, w.score(f))
		}
	}
	return a, w.meet(c.strangers, a)
}

// A table may have nearly the same vector many times: pictures of one series, shots of one scene. Who asks for such a row
// finds the others without looking far, but a query that nobody has stored has no copies. So neighbors much nearer than the
// hundredth are left out, as the row itself is.
const (
	copies           = 0.6 // of that distance
	calibratedCopies = 100
	maxCopies        = 65 // that others stand in for, with the row itself
)

// score is the t of a row that was found.
func (w *witness) score(f catalog.Found) float32 {
	return w.scale(w.Quantizer.score(f.Distance, w.shift))
}

// meet measures rows at random.
func (w *witness) meet(rows []uint64, a *answer) error {
	distances := make([]float64, len(rows))
	if err := w.view.vectors.Measure(w.measure(), rows, distances); err != nil {
		return err
	}
	for _, d := range distances {
		a.strangers = append(a.strangers, w.scale(w.Quantizer.score(d, w.shift)))
	}
	slices.Sort(a.strangers)
	return nil
}

// levels puts together what the answers say.
func (c *calibration) levels() []level {
	var levels []level
	for _, k := range calibratedK {
		var reaches, edges []float32 // that each neighbor needs, and that those of the farther half do
		var asked []*answer
		for _, a := range c.answers {
			if len(a.first) < k {
				continue
			}
			asked = append(asked, a)
			for i, step := range a.first[:k] {
				reaches = append(reaches, over(a.steps[step], a.t[k-1]))
				if i >= k/2 {
					edges = append(edges, reaches[len(reaches)-1])
				}
			}
		}
		if len(reaches) == 0 {
			continue
		}
		slices.Sort(reaches)
		slices.Sort(edges)
		away := meanAway(asked, func(a *answer) float32 { return a.t[k-1] })
		for _, recall := range calibratedRecall {
			l := level{k: uint32(k), recall: float32(recall), away: away}
			l.reach, l.edge = quantile(reaches, cautious(recall)), quantile(edges, 1-(1-recall)/8)
			if recall == 1 {
				l.reach, l.edge = inf, inf
			}
			levels = append(levels, c.cost(l, asked, func(a *answer) float32 { return a.t[k-1] }))
		}
	}
	return c.remote(levels)
}

// remote adds levels for as many rows as there are. Their lists are in any order, seen from the query, so that a share x of
// the lists has a row in the first of its two with the probability 1 - (1-x)^2.
func (c *calibration) remote(levels []level) []level {
	if len(c.answers) == 0 || len(c.answers[0].strangers) == 0 || len(levels) > 0 && int64(levels[len(levels)-1].k) >= c.view.rows {
		return levels
	}
	stranger := func(a *answer) float32 { return a.strangers[len(a.strangers)*9/10] }
	away := meanAway(c.answers, stranger)
	for _, recall := range calibratedRecall {
		l := level{k: uint32(min(c.view.rows, math.MaxUint32)), recall: float32(recall), away: away, reach: inf}
		if recall < 1 {
			sum := 0.0
			for _, a := range c.answers {
				at := int((1 - math.Sqrt(1-recall)) * float64(len(a.steps)-1))
				sum += float64(over(a.steps[at], stranger(a)))
			}
			l.reach = float32(sum / float64(len(c.answers)))
		}
		l.edge = l.reach
		levels = append(levels, c.cost(l, c.answers, stranger))
	}
	return levels
}

// meanAway is how far away rows at the distances t are, compared to those in the nearest list, on average over the queries
// that do not have copies of themselves there.
func meanAway(asked []*answer, t func(*answer) float32) float32 {
	sum, n := 0.0, 0
	for _, a := range asked {
		if a.base > 0 {
			sum += float64(t(a) / a.base)
			n++
		}
	}
	return float32(sum / float64(max(n, 1)))
}

// cost finds what a reach costs queries whose k-th rows are at the distances t.
func (c *calibration) cost(l level, asked []*answer, t func(*answer) float32) level {
	for _, a := range asked {
		t := t(a)
		for i, step := range a.steps {
			if i > 0 && over(step, t) > l.reach {
				break
			}
			l.probes++
			l.codes += float32(a.lengths[i])
		}
	}
	l.probes /= float32(len(asked))
	l.codes /= float32(len(asked))
	return l
}

// The edge is for filters that have to do with the query. Rows that they leave lie in other directions than neighbors do, and
// an eighth of the misses is allowed for: one in a hundred of those asked for is then missed besides, at worst.

// cautious is the recall to look for in order to reach one on queries that the curve was not measured with.
func cautious(recall float64) float64 { return recall + 0.1*(1-recall) }

// quantile of sorted numbers, at least one.
func quantile(sorted []float32, q float64) float32 {
	return sorted[max(min(int(math.Ceil(q*float64(len(sorted)))), len(sorted)), 1)-1]
}

// over is the reach that a step needs.
func over(step, t float32) float32 {
	if step <= 0 {
		return 0
	}
	return step / t
}
