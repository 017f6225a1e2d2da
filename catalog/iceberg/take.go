package iceberg

import (
	"context"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/catalog/parquet/reader"
	"github.com/mediaflight/mediaflight/udf"
)

// A row's address is its number within its data file, and above that the file's number within the snapshot.
const ordinalShift = 32

// Take reads rows file by file and then puts them in the order wanted.
func (s *Snapshot) Take(ctx context.Context, take catalog.Take) (arrow.RecordBatch, error) {
	if err := s.checkReadable(take.Columns); err != nil {
		return nil, err
	}
	plan, err := s.plan(ctx)
	if err != nil {
		return nil, err
	}
	rows := map[int][]int64{} // by file: rows within it
	for _, a := range take.Addresses {
		ordinal := int(a >> ordinalShift)
		if a < 0 || ordinal >= len(plan.files) {
			return nil, fmt.Errorf("take rows of %s: no such address in snapshot %d: %d", s.name, s.ID(), a)
		}
		rows[ordinal] = append(rows[ordinal], a&(1<<ordinalShift-1))
	}
	parts := make(map[int]arrow.RecordBatch, len(rows))
	defer func() {
		for _, p := range parts {
			p.Release()
		}
	}()
	for ordinal, in := range rows {
		if parts[ordinal], err = s.takeFile(plan.files[ordinal], in, take); err != nil {
			delete(parts, ordinal)
			return nil, err
		}
		if len(rows) == 1 {
			parts[ordinal].Retain()
			return parts[ordinal], nil
		}
	}
	return s.interleave(parts, take)
}

func (s *Snapshot) takeFile(f *dataFile, rows []int64, take catalog.Take) (arrow.RecordBatch, error) {
	columns, err := s.readColumns(f)
	if err != nil {
		return nil, err
	}
	file, err := s.open(f.path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if err := chooseNames(s.columns, columns, file); err != nil {
		return nil, err
	}
	wanted := make([]reader.Column, len(take.Columns))
	for i, c := range take.Columns {
		wanted[i] = columns[c]
	}
	return file.Take(wanted, rows, take.Mem, take.Stats)
}

// interleave puts the rows of parts, each of which holds the rows of a file in the order wanted, into one batch.
func (s *Snapshot) interleave(parts map[int]arrow.RecordBatch, take catalog.Take) (arrow.RecordBatch, error) {
	fields := make([]arrow.Field, len(take.Columns))
	for i, c := range take.Columns {
		fields[i] = s.schema.Field(c)
	}
	columns := make([]arrow.Array, 0, len(fields))
	defer func() {
		for _, c := range columns {
			c.Release()
		}
	}()
	for i, f := range fields {
		if len(take.Addresses) == 0 {
			columns = append(columns, udf.NullArray(take.Mem, f.Type, 0))
			continue
		}
		c, err := interleaveColumn(parts, i, take)
		if err != nil {
			return nil, err
		}
		columns = append(columns, c)
	}
	return array.NewRecordBatch(arrow.NewSchema(fields, nil), columns, int64(len(take.Addresses))), nil
}

func interleaveColumn(parts map[int]arrow.RecordBatch, column int, take catalog.Take) (arrow.Array, error) {
	next := map[int]int64{}
	var slices []arrow.Array
	defer func() {
		for _, s := range slices {
			s.Release()
		}
	}()
	for i := 0; i < len(take.Addresses); {
		ordinal := int(take.Addresses[i] >> ordinalShift)
		run := 1
		for i+run < len(take.Addresses) && int(take.Addresses[i+run]>>ordinalShift) == ordinal {
			run++
		}
		from := next[ordinal]
		next[ordinal] = from + int64(run)
		slices = append(slices, array.NewSlice(parts[ordinal].Column(column), from, from+int64(run)))
		i += run
	}
	return array.Concatenate(slices, take.Mem)
}
