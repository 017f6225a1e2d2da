package external

import (
	"context"
	"fmt"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/mediaflight/mediaflight/catalog"
)

// A snapshot is files as they were looked at. An address is the file's number, and below that the row's.
type snapshot struct {
	reader *Reader
	set    catalog.FileSet // with Columns
	files  []*file
	id     int64
}

const ordinalShift = 32

func (s *snapshot) ID() int64             { return s.id }
func (s *snapshot) Schema() *arrow.Schema { return s.set.Columns }

// Time is when a file was changed last.
func (s *snapshot) Time() time.Time {
	var last time.Time
	for _, f := range s.files {
		if f.time.After(last) {
			last = f.time
		}
	}
	return last
}

func (s *snapshot) Rows() (n int64, known bool) {
	for _, f := range s.files {
		if f.rows < 0 {
			return 0, false
		}
		n += f.rows
	}
	return n, true
}

func (s *snapshot) Tasks(ctx context.Context, scan catalog.Scan) ([]catalog.Task, error) {
	var all []catalog.Task
	for i, f := range s.files {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		scan.Stats.Files.Add(1)
		if f.format != "parquet" {
			if scan.Address {
				return nil, fmt.Errorf("rows of %s have no addresses", f.path)
			}
			all = append(all, &textTask{snapshot: s, file: f, scan: scan})
			continue
		}
		tasks, err := s.columnarTasks(i, scan)
		if err != nil {
			return nil, err
		}
		all = append(all, tasks...)
	}
	return all, nil
}

// Take reads rows one file after the other and then puts them in the order wanted.
func (s *snapshot) Take(_ context.Context, take catalog.Take) (arrow.RecordBatch, error) {
	if len(take.Addresses) == 0 {
		b := array.NewRecordBuilder(take.Mem, subset(s.set.Columns, take.Columns))
		defer b.Release()
		return b.NewRecordBatch(), nil
	}
	var runs []arrow.RecordBatch
	defer func() {
		for _, r := range runs {
			r.Release()
		}
	}()
	for rest := take.Addresses; len(rest) > 0; {
		ordinal := rest[0] >> ordinalShift
		if ordinal < 0 || ordinal >= int64(len(s.files)) || s.files[ordinal].format != "parquet" {
			return nil, fmt.Errorf("take rows of files: no such address: %d", rest[0])
		}
		var rows []int64
		for len(rest) > 0 && rest[0]>>ordinalShift == ordinal {
			rows, rest = append(rows, rest[0]&(1<<ordinalShift-1)), rest[1:]
		}
		batch, err := s.takeColumnar(int(ordinal), rows, take)
		if err != nil {
			return nil, err
		}
		runs = append(runs, batch)
	}
	if len(runs) == 1 {
		runs[0].Retain()
		return runs[0], nil
	}
	columns := make([]arrow.Array, 0, len(take.Columns))
	defer func() {
		for _, c := range columns {
			c.Release()
		}
	}()
	for i := range take.Columns {
		parts := make([]arrow.Array, len(runs))
		for j, r := range runs {
			parts[j] = r.Column(i)
		}
		c, err := array.Concatenate(parts, take.Mem)
		if err != nil {
			return nil, err
		}
		columns = append(columns, c)
	}
	return array.NewRecordBatch(subset(s.set.Columns, take.Columns), columns, int64(len(take.Addresses))), nil
}

func subset(schema *arrow.Schema, columns []int) *arrow.Schema {
	fields := make([]arrow.Field, len(columns))
	for i, c := range columns {
		fields[i] = schema.Field(c)
	}
	return arrow.NewSchema(fields, nil)
}
