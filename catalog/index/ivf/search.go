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
	s, _ := ix.searchers.Get().(*searcher)
	if s == nil {
		s = newSearcher(ix)
	}
	var err error
	for _, query := range queries {
		s.begin(ctx, view, query)
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
	*Index
	ctx   context.Context
	view  *View
	query *catalog.VectorQuery

	measure  *udf.Measure // nil if the query has another number of elements
	measured udf.Measure
	nearest  nearest
	route    *route
	point    []float32     // the query in the space
	norm     float32       // its squared length there
	shift    float32       // see space.score
	among    [][]uint64    // by file, a bit a row; nil if all rows are to choose from
	files    [][]uint64    // of among
	live     []segmentLive // by segment: the rows to choose from
	words    []uint64      // of live

	limit      float64 // of scores, from nearest.limit
	seen       seen
	visited    int            // lists
	base       float32        // distance of a row that is near, whether or not it is to choose from
	everything []segmentLive  // no bits: all
	matched    int            // codes of rows to choose from that were scanned, if not all rows are
	usual      float64        // of them in a list, on average
	looking    bool           // pending rows are not to be measured for the answer
	givenUp    bool           // the last probe, as it became too long
	sights     map[uint64]int // if not nil, takes the rows and at which list they were first considered
	pending    pending
	codes      []simd.CodeScan // one, for chunkBlocks
	rows       []uint64
	addresses  []int64
	distances  []float64
}

// chunk is how many rows are measured, and a multiple of how many codes are scanned, between looks at the context.
const (
	chunk       = 256
	chunkBlocks = 64
)

func newSearcher(ix *Index) *searcher {
	s := &searcher{
		Index:     ix,
		route:     newRoute(ix.Quantizer),
		point:     make([]float32, ix.Quantizer.dims),
		rows:      make([]uint64, 0, chunk),
		addresses: make([]int64, 0, chunk),
		distances: make([]float64, chunk),

		everything: make([]segmentLive, len(ix.Segments)),
	}
	s.route.lifts = ix.Quantizer.lifts
	s.codes = []simd.CodeScan{{
		Table:  s.route.table.sums,
		Masks:  make([]uint32, chunkBlocks),
		Bounds: make([]float32, chunkBlocks*blockCodes),
	}}
	return s
}

// leave forgets what belongs to the caller.
func (s *searcher) leave() {
	s.ctx, s.view, s.query, s.measure, s.among, s.sights = nil, nil, nil, nil, nil, nil
	clear(s.files)
}

// begin takes on a query.
func (s *searcher) begin(ctx context.Context, view *View, query *catalog.VectorQuery) {
	s.ctx, s.view, s.query = ctx, view, query
	query.Stats = catalog.SearchStats{Lists: int64(s.Quantizer.lists)}
	s.measure = nil
	if len(query.Vector) == s.Quantizer.dim {
		s.measure = &s.measured
		s.measured.Reset(s.Quantizer.metric, query.Vector)
	}
	s.nearest.reset(query.K, query.Within)
	s.nearest.nanFirst = query.NaNFirst
	s.choose(query.Among)
}

func (s *searcher) search() error {
	q, query := s.Quantizer, s.query
	if s.measure == nil {
		return &udf.Error{State: "22000", Function: q.metric.Name, Msg: fmt.Sprintf("different vector dimensions %d and %d", q.dim, len(query.Vector))}
	}
	if err := s.answer(); err != nil {
		return err
	}
	query.Found = s.nearest.found(query.Found[:0])
	return s.ctx.Err()
}

// choose finds the words of the set's rows for each file.
func (s *searcher) choose(set *catalog.RowSet) {
	s.among = nil
	if set == nil {
		return
	}
	s.files = s.files[:0]
	for _, f := range s.view.files {
		var words []uint64
		if f.base >= 0 {
			words = set.Words(int(f.base >> 32))
		}
		s.files = append(s.files, words)
	}
	s.among = s.files
}
