package ivf

import (
	"context"
	"fmt"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/udf"
	"github.com/mediaflight/mediaflight/udf/simd"
)

// Search answers queries over the rows of a view. It fills Found, of which it reuses the memory, and Stats of each.
func (ix *Index) Search(ctx context.Context, view *View, queries []*catalog.VectorQuery) error {
	if len(queries) >= fewTogether {
		return ix.searchTogether(ctx, view, queries)
	}
	s, _ := ix.searchers.Get().(*searcher)
	if s == nil {
		s = newSearcher(newScratch(ix), new(choice))
	}
	var err error
	for _, query := range queries {
		s.begin(ctx, view, query)
		s.choose(view, query.Among)
		if err = s.search(); err != nil {
			break
		}
	}
	// Not deferred: what a panic leaves is not used again.
	s.leave()
	ix.searchers.Put(s)
	return err
}

// A searcher answers one query at a time.
type searcher struct {
	*scratch
	ctx   context.Context
	view  *View
	query *catalog.VectorQuery

	nearest nearest
	point   []float32 // the query in the space
	table   table
	norm    float32    // its squared length there
	shift   float32    // see space.score
	away    []float32  // by list: its squared distance, NaN where it is not known; for fine codes
	toSteps float32    // what turns the inner product with a fine code's numbers into one with its steps
	lists   []nearList // the nearest ones, as far as they were asked for
	*choice

	effort     effort
	budget     int64   // of codes
	limit      float64 // of scores, from nearest.limit
	seen       seen
	visited    int            // lists
	base       float32        // distance of a row that is near, whether or not it is to choose from
	matched    int            // codes of rows to choose from that were scanned, if not all rows are
	usual      float64        // of them in a list, on average
	looking    bool           // pending rows are not to be measured for the answer
	reconsider int            // rows found after which a range search is to look further
	givenUp    bool           // the last probe, as it went beyond the budget
	company    []*searcher    // who choose from the same rows, and have these measured together
	sights     map[uint64]int // if not nil, takes the codes and at which list they were first considered
	pending    pending
}

// A scratch is what searchers of one goroutine share: nobody's state is kept in it.
type scratch struct {
	*Index
	route      *route
	routed     *searcher // whom the route is for; nil for nobody
	measured   udf.Measure
	measuring  *searcher               // whom that is for
	whole      choice                  // all rows
	first      []int                   // by segment: the number of its first file
	codes      [together]simd.CodeScan // for chunkBlocks
	alone      [1]visit
	rows       []uint64
	addresses  []int64
	distances  []float64
	sorted     []float32
	keys       []uint64 // the bound of a pending row above, its place below
	refinement refinement
}

// A choice is the rows to choose from. Queries share it.
type choice struct {
	among [][]uint64    // by file, a bit a row; nil if all rows are to choose from
	files [][]uint64    // of among
	live  []segmentLive // by segment
	words []uint64      // of live
	coded bool          // live is known
}

// chunk is how many rows are measured, and a multiple of how many codes are scanned, between looks at the context.
const (
	chunk       = 256
	chunkBlocks = 64
)

func newScratch(ix *Index) *scratch {
	s := &scratch{
		Index:     ix,
		route:     newRoute(ix.Quantizer),
		rows:      make([]uint64, 0, chunk),
		addresses: make([]int64, 0, chunk),
		distances: make([]float64, chunk),
		whole:     choice{live: make([]segmentLive, len(ix.Segments))},
	}
	s.route.lifts = ix.Quantizer.lifts
	files := 0
	for _, segment := range ix.Segments {
		s.first = append(s.first, files)
		files += len(segment.files)
	}
	for i := range s.codes {
		s.codes[i] = simd.CodeScan{Masks: make([]uint32, chunkBlocks), Bounds: make([]float32, chunkBlocks*blockCodes)}
	}
	return s
}

func newSearcher(s *scratch, c *choice) *searcher {
	return &searcher{
		scratch: s,
		choice:  c,
		point:   make([]float32, s.Quantizer.dims),
		table:   table{sums: make([]byte, 16*s.Quantizer.tables())},
	}
}

// leave forgets what belongs to the caller.
func (s *searcher) leave() {
	s.ctx, s.view, s.query, s.sights, s.among = nil, nil, nil, nil, nil
	s.routed, s.measuring, s.alone = nil, nil, [1]visit{}
	clear(s.files)
}

// begin takes on a query. What it may choose from is known.
func (s *searcher) begin(ctx context.Context, view *View, query *catalog.VectorQuery) {
	s.ctx, s.view, s.query = ctx, view, query
	query.Stats = catalog.SearchStats{Lists: int64(s.Quantizer.lists)}
	s.routed, s.measuring = nil, nil
	s.nearest.reset(query.K, query.Within)
	s.nearest.nanFirst = query.NaNFirst
}

func (s *searcher) search() error {
	if err := s.fit(); err != nil {
		return err
	}
	return s.answer(s.plan())
}

// fit is an error if the query has another number of elements than the vectors.
func (s *searcher) fit() error {
	if q := s.Quantizer; len(s.query.Vector) != q.dim {
		return &udf.Error{State: "22000", Function: q.metric.Name, Msg: fmt.Sprintf("different vector dimensions %d and %d", q.dim, len(s.query.Vector))}
	}
	return nil
}

func (s *searcher) end() error {
	s.query.Found = s.nearest.found(s.query.Found[:0])
	return s.ctx.Err()
}

// measure is what measures rows for the query.
func (s *searcher) measure() *udf.Measure {
	if s.measuring != s {
		s.measured.Reset(s.Quantizer.metric, s.query.Vector)
		s.measuring = s
	}
	return &s.measured
}

// choose finds the words of the set's rows for each file.
func (c *choice) choose(view *View, set *catalog.RowSet) {
	c.among, c.coded = nil, false
	if set == nil {
		return
	}
	c.files = c.files[:0]
	for _, f := range view.files {
		var words []uint64
		if f.base >= 0 {
			words = set.Words(int(f.base >> 32))
		}
		c.files = append(c.files, words)
	}
	c.among = c.files
}
