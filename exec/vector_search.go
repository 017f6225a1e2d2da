package exec

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"golang.org/x/sync/errgroup"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/exec/ann"
	"github.com/mediaflight/mediaflight/exec/eval"
	"github.com/mediaflight/mediaflight/udf"
)

// A vectorSearch finds the rows of a table whose vectors are nearest to others: by an index, where the answer may be
// approximate and the column has one, else by measuring every row.
//
// An index answers for the files that it covers. Rows of other files are measured, and what was found is merged, so that
// the answer is the one that measuring all rows gives but for the rows that the index did not find.
type vectorSearch struct {
	// Scan reads the vectors, then the addresses, of the rows to choose from. It is nil if a join chooses them.
	Scan     Operator
	Choice   *rowChoice // what chooses; nil for all rows
	Null     *rowChoice // the rows without a vector; nil if every row has one
	Metric   *udf.Metric
	Order    ann.Order
	Recall   float64 // of an approximate answer; 0 for an exact one
	Table    catalog.Name
	Snapshot catalog.Snapshot
	Column   int // of the vectors, in the snapshot's schema
	Workers  int
	Rows     int
	Mem      memory.Allocator
	Log      *slog.Logger
	holding

	index string          // that the plan was made for
	rows  *catalog.RowSet // what was chosen
	run   searchRun
	stats catalog.ScanStats
}

// Inputs are what chooses the rows, and the scan of those that no index covers.
func (s *vectorSearch) Inputs() []Operator {
	var inputs []Operator
	if s.index != "" && s.Choice != nil {
		inputs = append(inputs, s.Choice.Rows)
	}
	if s.Scan != nil {
		inputs = append(inputs, s.Scan)
	}
	return inputs
}

// describe says what is searched for, and how.
func (s *vectorSearch) describe(query eval.Expr, limit *distanceLimit) string {
	text := fmt.Sprintf("%s(%s, %s)", s.Metric.Name, s.Snapshot.Schema().Field(s.Column).Name, query)
	if s.Order.Descending {
		text += " desc"
	}
	if limit != nil {
		text += " " + limit.String()
	}
	if s.index == "" {
		return text + " exact"
	}
	return fmt.Sprintf("%s by index %s, recall %g", text, s.index, s.Recall)
}

// free gives back all memory.
func (s *vectorSearch) free() {
	s.holding.free()
	for _, c := range []*rowChoice{s.Choice, s.Null} {
		if c != nil {
			c.free()
		}
	}
}

// fewRows is how many rows are measured as fast as an index is asked.
const fewRows = 1024

// A nearQuery asks for the rows nearest to a vector.
type nearQuery struct {
	vector []float32 // nil for NULL
	bound  *bound    // nil for none
}

// everyRow is a k that is beyond the rows of any table.
const everyRow = math.MaxInt

// neighbors finds the k first rows for each query, in order.
func (s *vectorSearch) neighbors(ctx context.Context, queries []nearQuery, k int) ([][]ann.Neighbor, error) {
	nearest, err := s.nearest(ctx, queries, k)
	if err != nil {
		return nil, err
	}
	found := make([][]ann.Neighbor, len(nearest))
	for i, n := range nearest {
		found[i] = n.Sorted()
		if b := queries[i].bound; b != nil {
			found[i] = slices.DeleteFunc(found[i], func(n ann.Neighbor) bool { return !b.keeps(n) })
		}
	}
	return found, nil
}

// nearest finds them out of order, with some that the bounds do not keep. All queries have a bound or none has.
func (s *vectorSearch) nearest(ctx context.Context, queries []nearQuery, k int) ([]*ann.Nearest, error) {
	s.run.Queries += int64(len(queries))
	index, err := s.open(ctx, k)
	if err != nil {
		return nil, err
	}
	if index == nil {
		return s.exact(ctx, queries, k)
	}
	defer index.Close()
	dim := s.dim(index)
	fit := func(i int) bool { return s.suits(&queries[i], dim) }
	if only(len(queries), fit) {
		return s.indexed(ctx, index, queries, k)
	}
	found := make([]*ann.Nearest, len(queries))
	err = s.forSome(queries, found, fit, func(some []nearQuery) ([]*ann.Nearest, error) { return s.indexed(ctx, index, some, k) })
	if err == nil {
		s.run.Exact = "a query has no direction, no end or another length"
		err = s.forSome(queries, found, func(i int) bool { return !fit(i) }, func(some []nearQuery) ([]*ann.Nearest, error) { return s.exact(ctx, some, k) })
	}
	return found, err
}

// exact finds the rows by measuring all that may be among them.
func (s *vectorSearch) exact(ctx context.Context, queries []nearQuery, k int) ([]*ann.Nearest, error) {
	add := (*ann.Batch).Add
	if queries[0].bound != nil {
		add = (*ann.Batch).AddValid
	}
	found, err := s.screened(ctx, queries, k, add)
	if err != nil {
		return nil, err
	}
	return found.All(), nil
}

func only(n int, fit func(i int) bool) bool {
	for i := range n {
		if !fit(i) {
			return false
		}
	}
	return true
}

// forSome finds what search finds for those of the queries that fit.
func (s *vectorSearch) forSome(queries []nearQuery, found []*ann.Nearest, fit func(i int) bool, search func([]nearQuery) ([]*ann.Nearest, error)) error {
	var some []nearQuery
	var places []int
	for i, q := range queries {
		if fit(i) {
			some, places = append(some, q), append(places, i)
		}
	}
	if len(some) == 0 {
		return nil
	}
	nearest, err := search(some)
	for i, n := range nearest {
		found[places[i]] = n
	}
	return err
}

// answers says whether an index could answer: which one it would be.
func (s *vectorSearch) answers() (snapshot catalog.IndexedSnapshot, by indexOrder, ok bool) {
	snapshot, ok = s.Snapshot.(catalog.IndexedSnapshot)
	by, known := indexOrders[s.Metric.Name]
	return snapshot, by, ok && known && s.Recall > 0 && by.descending == s.Order.Descending && !(s.Recall >= 1 && by.remeasured)
}

// open opens the index, if the search is to use one. It is nil else, and run then says why.
func (s *vectorSearch) open(ctx context.Context, k int) (catalog.VectorIndex, error) {
	snapshot, by, ok := s.answers()
	if !ok {
		if s.run.Exact = "no index has this order"; s.Recall == 0 {
			s.run.Exact = "an exact answer is asked for"
		}
		return nil, nil
	}
	index, warning, err := snapshot.VectorIndex(ctx, s.Column, by.metric)
	if err != nil {
		return nil, err
	}
	s.warn(ctx, warning)
	switch {
	case index == nil:
		s.run.Exact = "there is no index"
		return nil, nil
	case index.Rows() <= fewRows || int64(k) > index.Rows() && k != everyRow:
		s.run.Exact = "the index covers few rows"
		index.Close()
		return nil, nil
	}
	s.run.Index = index.Definition().Name
	return index, nil
}

// An indexOrder says which index answers for a function.
type indexOrder struct {
	metric     string
	descending bool // the function's order that is the index's
	// distance is the function's value, of the index's distance. Where rounding has lost it the vectors are measured again.
	distance   func(d float64) float64
	remeasured bool
}

var indexOrders = map[string]indexOrder{
	"l2_distance":            {metric: "l2_distance", distance: same},
	"cosine_distance":        {metric: "cosine_distance", distance: same},
	"negative_inner_product": {metric: "negative_inner_product", distance: same},
	"inner_product":          {metric: "negative_inner_product", descending: true, distance: func(d float64) float64 { return 0 - d }},
	"cosine_similarity":      {metric: "cosine_distance", descending: true, remeasured: true},
}

func same(d float64) float64 { return d }

// suits says whether the index's order makes sense for a query. A zero vector, for one, is as far from every vector as from any
// by cosine distance.
func (s *vectorSearch) suits(q *nearQuery, dim int) bool {
	if q.vector == nil || len(q.vector) != dim || q.bound != nil && (q.bound.nan || q.bound.max != q.bound.max) {
		return false
	}
	norm := 0.0
	for _, x := range q.vector {
		norm += float64(x) * float64(x)
	}
	return norm <= math.MaxFloat32 && (norm >= 0x1p-120 || indexOrders[s.Metric.Name].metric != "cosine_distance")
}

// dim is the number of elements of the vectors: the column's type says it, or for lists the index does.
func (s *vectorSearch) dim(index catalog.VectorIndex) int {
	if list, ok := s.Snapshot.Schema().Field(s.Column).Type.(*arrow.FixedSizeListType); ok {
		return int(list.Len())
	}
	return index.Definition().Dim
}

func (s *vectorSearch) warn(ctx context.Context, warning string) {
	if warning != "" {
		s.run.Warning = warning
		s.Log.WarnContext(ctx, "vector index cannot be used", slog.String("table", s.Table.String()), slog.String("warning", warning))
	}
}

// indexed asks the index, measures the rows that it does not cover, and adds the rows without a vector.
func (s *vectorSearch) indexed(ctx context.Context, index catalog.VectorIndex, queries []nearQuery, k int) ([]*ann.Nearest, error) {
	among, err := s.chosen(ctx)
	if err != nil {
		return nil, err
	}
	found, err := s.uncovered(ctx, index, queries, k)
	if err != nil {
		return nil, err
	}
	asked := s.queries(queries, k, among)
	if among == nil || among.Len() > 0 {
		if err := s.ask(ctx, index, asked); err != nil {
			return nil, err
		}
	}
	by := indexOrders[s.Metric.Name]
	short := false
	for i, q := range asked {
		if q.Warning != "" {
			s.warn(ctx, q.Warning)
		}
		s.run.add(&q.Stats)
		nearest := found.Nearest(i)
		if by.remeasured {
			if err := s.remeasure(ctx, q, nearest); err != nil {
				return nil, err
			}
		} else {
			for _, f := range q.Found {
				nearest.Add(by.distance(f.Distance), f.Address)
			}
		}
		short = short || nearest.Len() < k
	}
	if s.Null != nil && queries[0].bound == nil && (short || s.Order.NullsFirst) {
		if err := s.addNull(ctx, found, among); err != nil {
			return nil, err
		}
	}
	return found.All(), nil
}

// chosen is the rows to choose from; nil for all.
func (s *vectorSearch) chosen(ctx context.Context) (*catalog.RowSet, error) {
	if s.Choice == nil || s.rows != nil {
		return s.rows, nil
	}
	set, remembered, err := s.Choice.set(ctx)
	if err != nil {
		return nil, err
	}
	matches := set.Len()
	s.rows, s.run.Matches, s.run.Remembered = set, &matches, remembered
	return set, nil
}

func (s *vectorSearch) queries(queries []nearQuery, k int, among *catalog.RowSet) []*catalog.VectorQuery {
	all := make([]catalog.VectorQuery, len(queries))
	asked := make([]*catalog.VectorQuery, len(queries))
	for i, q := range queries {
		all[i] = catalog.VectorQuery{Vector: q.vector, K: k, Recall: s.Recall, Within: math.Inf(1), Among: among, NaNFirst: s.Order.Descending, Mem: s.Mem}
		if k == everyRow {
			all[i].K = 0
		}
		if q.bound != nil {
			all[i].Within = q.bound.max
		}
		asked[i] = &all[i]
	}
	return asked
}

// maxAsked is how many queries an index is asked at once: enough for what they share to be cheap, few enough for several
// workers to have some.
const maxAsked = 1024

// ask has workers ask the index, each some of the queries.
func (s *vectorSearch) ask(ctx context.Context, index catalog.VectorIndex, queries []*catalog.VectorQuery) error {
	size := min((len(queries)+s.Workers-1)/s.Workers, maxAsked)
	if len(queries) == size {
		return index.Search(ctx, queries)
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(s.Workers)
	for from := 0; from < len(queries); from += size {
		some := queries[from:min(from+size, len(queries))]
		group.Go(guarded(func() error { return index.Search(ctx, some) }))
	}
	return rethrow(group.Wait())
}

// uncovered measures the rows that the index does not cover and that have a vector.
func (s *vectorSearch) uncovered(ctx context.Context, index catalog.VectorIndex, queries []nearQuery, k int) (*ann.Batch, error) {
	return s.measured(ctx, index.Uncovered, queries, k, func(b *ann.Batch, ctx context.Context, vectors arrow.Array, addresses []int64) error {
		s.run.uncovered.Add(int64(len(addresses)))
		return b.AddValid(ctx, vectors, addresses)
	})
}

// A measuring offers rows to a batch: all of them, or those with a vector.
type measuring func(b *ann.Batch, ctx context.Context, vectors arrow.Array, addresses []int64) error

// measuredRows is how many rows a worker measures before it takes the next ones: a quarter of a millisecond's work, so that all
// end at about the same time.
const measuredRows = 4 << 10

// measured measures the rows to choose from in some files.
func (s *vectorSearch) measured(ctx context.Context, files tasksOf, queries []nearQuery, k int, add measuring) (*ann.Batch, error) {
	scan, measure := s.Scan, s.measure
	if scan == nil {
		scan = &Scan{Table: s.Table, Snapshot: s.Snapshot, Address: true, Rows: min(s.Rows, takenRows), Mem: s.Mem, schema: addressSchema}
		measure = s.measureChosen
		if _, err := s.chosen(ctx); err != nil {
			return nil, err
		}
	}
	read := plain(scan).(*Scan)
	read.tasks, read.TaskRows = files, measuredRows
	batches, err := inShares(ctx, scan, s.Workers, func(ctx context.Context, batches Batches) (*ann.Batch, error) {
		b := s.batch(queries, k)
		for batch, err := range batches {
			if err == nil {
				err = ctx.Err()
			}
			before := b.Bytes()
			if err == nil {
				err = measure(ctx, b, batch, add)
			}
			if err == nil {
				err = s.grow(scan, b.Bytes()-before)
			}
			if err != nil {
				return nil, err
			}
		}
		return b, nil
	})
	if err != nil {
		return nil, err
	}
	if len(batches) == 0 {
		return s.batch(queries, k), nil
	}
	for _, other := range batches[1:] {
		batches[0].Merge(other)
	}
	return batches[0], nil
}

func (s *vectorSearch) batch(queries []nearQuery, k int) *ann.Batch {
	vectors := make([][]float32, len(queries))
	for i, q := range queries {
		vectors[i] = q.vector
	}
	b := ann.NewBatch(s.Metric, vectors, k, s.Order)
	for i, q := range queries {
		if q.bound != nil && q.bound.max == q.bound.max {
			b.Nearest(i).Bound(q.bound.max)
		}
	}
	return b
}

func (s *vectorSearch) measure(ctx context.Context, b *ann.Batch, batch arrow.RecordBatch, add measuring) error {
	return add(b, ctx, batch.Column(0), batch.Column(1).(*array.Int64).Int64Values())
}

// takenRows is how many rows' vectors are fetched by address at once.
const takenRows = 4096

var addressSchema = arrow.NewSchema([]arrow.Field{{Name: catalog.AddressColumn, Type: arrow.PrimitiveTypes.Int64}}, nil)

// measureChosen fetches the vectors of those rows of a batch of addresses that a join chose.
func (s *vectorSearch) measureChosen(ctx context.Context, b *ann.Batch, batch arrow.RecordBatch, add measuring) error {
	var addresses []int64
	for _, a := range batch.Column(0).(*array.Int64).Int64Values() {
		if s.rows.Contains(a) {
			addresses = append(addresses, a)
		}
	}
	if len(addresses) == 0 {
		return nil
	}
	rows, err := s.Snapshot.Take(ctx, catalog.Take{Addresses: addresses, Columns: []int{s.Column}, Mem: s.Mem, Stats: &s.stats})
	if err != nil {
		return err
	}
	defer rows.Release()
	return add(b, ctx, rows.Column(0), addresses)
}

// remeasure offers rows that the index found, by the function's own value.
func (s *vectorSearch) remeasure(ctx context.Context, q *catalog.VectorQuery, into *ann.Nearest) error {
	if len(q.Found) == 0 {
		return nil
	}
	addresses := make([]int64, len(q.Found))
	for i, f := range q.Found {
		addresses[i] = f.Address
	}
	rows, err := s.Snapshot.Take(ctx, catalog.Take{Addresses: addresses, Columns: []int{s.Column}, Mem: s.Mem, Stats: &s.stats})
	if err != nil {
		return err
	}
	defer rows.Release()
	distances := make([]float64, len(addresses))
	if err := s.Metric.From(q.Vector).Column(rows.Column(0), 0, distances); err != nil {
		return err
	}
	into.AddAll(distances, addresses)
	return nil
}

// addNull offers the rows without a vector. Their place is behind all others or before, so that no more of them are wanted
// than rows in all.
func (s *vectorSearch) addNull(ctx context.Context, found *ann.Batch, among *catalog.RowSet) error {
	null, _, err := s.Null.set(ctx)
	if err != nil {
		return err
	}
	for address := range null.All() {
		if among == nil || among.Contains(address) {
			found.AddNull(address)
		}
	}
	return nil
}

// distancesOf is a column of the distances of n rows.
func distancesOf(mem memory.Allocator, n int, row func(i int) ann.Neighbor) arrow.Array {
	b := array.NewFloat64Builder(mem)
	defer b.Release()
	b.Reserve(n)
	for i := range n {
		if r := row(i); r.Null {
			b.AppendNull()
		} else {
			b.UnsafeAppend(r.Distance)
		}
	}
	return b.NewArray()
}
