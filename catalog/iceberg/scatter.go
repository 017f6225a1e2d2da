package iceberg

import (
	"context"
	"hash/maphash"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/compute"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/catalog"
)

// A scatter writes rows into the data files of their partitions. A partition's rows go to one file, unless that becomes too large,
// in whatever order they come, with a bounded number of files open and a bounded number of rows in memory: the partitions that come
// first get files, and rows of all others wait on disk, split by a hash of their partitions, until those are complete.
type scatter struct {
	of    *appending
	by    *partitioner
	open  map[string]*dataFileWriter
	later [laterRuns]*rowRun // of partitions beyond those that are open; nil until there are any
	depth int                // how often these rows have waited
}

const (
	// openPartitions is how many partitions are written at once. Each takes a file and, once its rows are a few, a few hundred KiB.
	openPartitions = 64
	// scatteredBytes is how much memory the rows of all open partitions take before those of the one that has most are written.
	scatteredBytes = 192 << 20
	// laterRuns is how many ways rows that must wait are split at once.
	laterBits = 4
	laterRuns = 1 << laterBits
)

var partitionSeed = maphash.MakeSeed()

func (s *scatter) write(batch arrow.RecordBatch) error {
	partitions, rows, err := s.by.split(batch)
	if err != nil {
		return err
	}
	var waiting [laterRuns][]int32
	for i, p := range partitions {
		to, ok := s.open[p.key]
		if !ok && len(s.open) == openPartitions {
			at := int(maphash.String(partitionSeed, p.key) >> (64 - laterBits*(s.depth+1)) & (laterRuns - 1))
			if rows[i] == nil {
				rows[i] = allRows(batch.NumRows())
			}
			waiting[at] = append(waiting[at], rows[i]...)
			continue
		}
		if !ok {
			to = s.newFile(p)
		}
		if err := eachTaken(batch, rows[i], to.write); err != nil {
			return err
		}
	}
	for i, rows := range waiting {
		if len(rows) == 0 {
			continue
		}
		if s.later[i] == nil {
			s.later[i] = &rowRun{of: s.of, schema: batch.Schema()}
		}
		if err := eachTaken(batch, rows, s.later[i].write); err != nil {
			return err
		}
	}
	return s.relieve()
}

func (s *scatter) newFile(p partition) *dataFileWriter {
	d := &dataFileWriter{of: s.of, partition: p, folder: s.by.folder(p), buffering: 1 << 20}
	if len(s.by.sources) > 0 {
		d.buffering = 64 << 10
	}
	if s.open == nil {
		s.open = map[string]*dataFileWriter{}
	}
	s.open[p.key] = d
	return d
}

// relieve writes rows that wait in memory for row groups to become full.
func (s *scatter) relieve() error {
	if len(s.open) < 2 {
		return nil
	}
	for {
		var total int64
		var most *dataFileWriter
		for _, d := range s.open {
			total += d.buffered()
			if most == nil || d.buffered() > most.buffered() {
				most = d
			}
		}
		if total < scatteredBytes {
			return nil
		}
		if err := most.writer.Flush(); err != nil {
			return err
		}
	}
}

// finish completes the files, and then writes those of the partitions whose rows have waited.
func (s *scatter) finish() error {
	for _, d := range s.open {
		if err := d.finish(); err != nil {
			return err
		}
	}
	s.open = nil
	for i, run := range s.later {
		if run == nil {
			continue
		}
		next := &scatter{of: s.of, by: s.by, depth: s.depth + 1}
		err := run.read(next.write)
		if err == nil {
			err = next.finish()
		}
		next.abort()
		run.free()
		s.later[i] = nil
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *scatter) abort() {
	for _, d := range s.open {
		d.abort()
	}
	s.open = nil
	for i, run := range s.later {
		if run != nil {
			run.free()
			s.later[i] = nil
		}
	}
}

func allRows(n int64) []int32 {
	rows := make([]int32, n)
	for i := range rows {
		rows[i] = int32(i)
	}
	return rows
}

// eachTaken calls write with some rows of a batch, nil for all.
func eachTaken(batch arrow.RecordBatch, rows []int32, write func(arrow.RecordBatch) error) error {
	if rows == nil {
		return write(batch)
	}
	if first, last := rows[0], rows[len(rows)-1]; int(last-first) == len(rows)-1 && inOrder(rows) {
		part := batch.NewSlice(int64(first), int64(last)+1)
		defer part.Release()
		return write(part)
	}
	taken, err := takeRows(batch, rows)
	if err != nil {
		return err
	}
	defer taken.Release()
	return write(taken)
}

func inOrder(rows []int32) bool {
	for i := 1; i < len(rows); i++ {
		if rows[i] != rows[i-1]+1 {
			return false
		}
	}
	return true
}

func takeRows(batch arrow.RecordBatch, rows []int32) (arrow.RecordBatch, error) {
	data := array.NewData(arrow.PrimitiveTypes.Int32, len(rows), []*memory.Buffer{nil, memory.NewBufferBytes(arrow.Int32Traits.CastToBytes(rows))}, nil, 0, 0)
	defer data.Release()
	indices := array.NewInt32Data(data)
	defer indices.Release()
	columns := make([]arrow.Array, 0, batch.NumCols())
	defer func() {
		for _, c := range columns {
			c.Release()
		}
	}()
	for _, c := range batch.Columns() {
		taken, err := compute.TakeArrayOpts(context.Background(), c, indices, compute.TakeOptions{BoundsCheck: false})
		if err != nil {
			return nil, err
		}
		columns = append(columns, taken)
	}
	return catalog.NewBatch(batch.Schema(), columns, int64(len(rows))), nil
}
