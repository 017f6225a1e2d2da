package exec

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/exec/ann"
)

// screenedRows is how many rows a worker screens before it takes the next ones: a tenth of a millisecond's work.
const screenedRows = 8 << 10

// manyRows is how many times the rows wanted there must be for most of the others to be screened off.
const manyRows = 64

// screened measures the rows to choose from, leaving out those whose codes tell that they are not among the nearest ones. The
// answer is that of measuring them all. Data files without codes are measured, and the snapshot is told so: it may make codes.
func (s *vectorSearch) screened(ctx context.Context, queries []nearQuery, k int, add measuring) (*ann.Batch, error) {
	screen, err := s.screen(ctx, queries, k)
	if err != nil {
		return nil, err
	}
	if screen == nil {
		return s.measured(ctx, s.Snapshot.Tasks, queries, k, add)
	}
	defer screen.Close()
	covered, uncovered := screen.Rows()
	if covered == 0 {
		return s.unscreened(ctx, screen, queries, k, add)
	}
	found, err := s.byCodes(ctx, screen, queries, k)
	if err != nil || uncovered == 0 {
		return found, err
	}
	rest, err := s.unscreened(ctx, screen, queries, k, add)
	if err != nil {
		return nil, err
	}
	found.Merge(rest)
	return found, nil
}

// screen is nil if the queries cannot be screened.
func (s *vectorSearch) screen(ctx context.Context, queries []nearQuery, k int) (catalog.VectorScreen, error) {
	snapshot, ok := s.Snapshot.(catalog.ScreenedSnapshot)
	list, vector := s.Snapshot.Schema().Field(s.Column).Type.(*arrow.FixedSizeListType)
	if !ok || !vector || s.Scan == nil || queries[0].bound == nil && k == everyRow {
		return nil, nil
	}
	if ann.NewScreen(s.batch(queries, k), int(list.Len())) == nil {
		return nil, nil
	}
	screen, err := snapshot.VectorScreen(ctx, s.Column)
	if screen == nil || err != nil {
		return nil, err
	}
	if covered, uncovered := screen.Rows(); queries[0].bound == nil && int64(k) > (covered+uncovered)/manyRows {
		screen.Close()
		return nil, nil
	}
	return screen, nil
}

// unscreened measures the rows of the files without codes.
func (s *vectorSearch) unscreened(ctx context.Context, screen catalog.VectorScreen, queries []nearQuery, k int, add measuring) (*ann.Batch, error) {
	found, err := s.measured(ctx, screen.Uncovered, queries, k, func(b *ann.Batch, ctx context.Context, vectors arrow.Array, addresses []int64) error {
		s.run.plain.Add(int64(len(addresses)))
		return add(b, ctx, vectors, addresses)
	})
	if _, uncovered := screen.Rows(); err == nil && s.run.plain.Load() >= uncovered/2 {
		screen.Scanned()
	}
	return found, err
}

// byCodes finds the nearest rows of the files with codes. Their scan reads what the filter needs and nothing else.
func (s *vectorSearch) byCodes(ctx context.Context, screen catalog.VectorScreen, queries []nearQuery, k int) (*ann.Batch, error) {
	read := plain(s.Scan).(*Scan)
	scan := &Scan{Table: s.Table, Snapshot: s.Snapshot, Address: true, Filter: read.Filter, keyFilters: read.keyFilters, tasks: screen.Covered,
		Rows: s.Rows, TaskRows: screenedRows, Mem: s.Mem, schema: addressSchema}
	defer func() { read.stats.Add(&scan.stats) }()
	dim := int(s.Snapshot.Schema().Field(s.Column).Type.(*arrow.FixedSizeListType).Len())
	searches, err := inShares(ctx, scan, s.Workers, func(ctx context.Context, batches Batches) (*ann.Screen, error) {
		search := ann.NewScreen(s.batch(queries, k), dim)
		for batch, err := range batches {
			if err != nil {
				return nil, err
			}
			before := search.Bytes()
			addresses := batch.Column(0).(*array.Int64).Int64Values()
			vectors, base := screen.File(addresses[0])
			if err := search.Add(ctx, vectors, base, addresses); err != nil {
				return nil, err
			}
			if err := s.grow(scan, search.Bytes()-before); err != nil {
				return nil, err
			}
		}
		return search, nil
	})
	if err != nil {
		return nil, err
	}
	found, poor := s.batch(queries, k), false
	for _, search := range searches {
		found.Merge(search.Batch)
		poor = poor || search.Poor
		s.run.Screened += search.Rows
		s.run.Measured += search.Measured
	}
	if poor && queries[0].bound == nil {
		screen.Poor()
	}
	return found, nil
}
