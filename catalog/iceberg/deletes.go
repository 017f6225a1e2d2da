package iceberg

import (
	"context"
	"fmt"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/iceberg-go"
	"github.com/apache/iceberg-go/table/dv"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/catalog/parquet/reader"
)

// deleted is the set of rows that were deleted from a file; nil if none were. It is read once for each plan.
func (s *Snapshot) deleted(ctx context.Context, p *plan, f *dataFile, mem memory.Allocator) (rowSet, error) {
	if !f.hasDeletes() {
		return nil, nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.deleted != nil {
		return f.deleted, nil
	}
	set := newRowSet(f.file.Count())
	for _, file := range f.vectors {
		positions, err := dv.ReadDV(storage{}, file)
		if err != nil {
			return nil, &catalog.Error{Op: "read", Name: s.name.String(), State: "XX001",
				Msg: fmt.Sprintf("deletion vector in %s: %v", file.FilePath(), err)}
		}
		for row := range positions.Positions() {
			set.add(int64(row))
		}
	}
	for _, file := range f.positions {
		rows, err := s.positionDeletes(ctx, p, file, mem)
		if err != nil {
			return nil, err
		}
		for _, row := range rows[f.location] {
			set.add(row)
		}
	}
	if err := s.equalityDeletes(ctx, p, f, set, mem); err != nil {
		return nil, err
	}
	f.deleted = set
	return set, nil
}

// The columns of a position delete file, with the field ids that Iceberg reserves for them.
var positionColumns = []reader.Column{
	deleteColumn(iceberg.PositionalDeleteSchema.Field(0)),
	deleteColumn(iceberg.PositionalDeleteSchema.Field(1)),
}

func deleteColumn(f iceberg.NestedField) reader.Column {
	return reader.Column{FieldID: f.ID, Name: f.Name, Field: arrowColumn(f, 0, true)}
}

// positionDeletes reads a position delete file: rows by the location of the data file that they are deleted from.
func (s *Snapshot) positionDeletes(ctx context.Context, p *plan, file iceberg.DataFile, mem memory.Allocator) (map[string][]int64, error) {
	set, err := p.deleteSet(file.FilePath(), func() (any, error) {
		rows := map[string][]int64{}
		err := s.readAll(ctx, file.FilePath(), positionColumns, mem, func(batch arrow.RecordBatch, _ int64) error {
			paths, ok := batch.Column(0).(*array.String)
			positions, ok2 := batch.Column(1).(*array.Int64)
			if !ok || !ok2 {
				return &catalog.Error{Op: "read", Name: file.FilePath(), State: "XX001", Msg: "not a position delete file"}
			}
			for i := range paths.Len() {
				path := paths.Value(i)
				if _, known := rows[path]; !known {
					path = strings.Clone(path) // which outlives the batch
				}
				rows[path] = append(rows[path], positions.Value(i))
			}
			return nil
		})
		return rows, err
	})
	if err != nil {
		return nil, err
	}
	return set.(map[string][]int64), nil
}

// deleteSet keeps what was read from a delete file: usually it applies to many data files.
func (p *plan) deleteSet(location string, read func() (any, error)) (any, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if set, ok := p.sets[location]; ok {
		return set, nil
	}
	set, err := read()
	if err == nil {
		p.sets[location] = set
	}
	return set, err
}

// readAll reads columns of all rows of a file; each gets a batch and the number of its first row.
func (s *Snapshot) readAll(ctx context.Context, location string, columns []reader.Column, mem memory.Allocator,
	each func(batch arrow.RecordBatch, first int64) error) error {
	path, err := localPath(location)
	if err != nil {
		return err
	}
	file, err := s.open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	scan := catalog.Scan{Mem: mem, Stats: new(catalog.ScanStats), Rows: 8192}
	for i := range columns {
		scan.Columns = append(scan.Columns, i)
	}
	tasks, err := file.Tasks(reader.Spec{Columns: columns, Scan: scan})
	if err != nil {
		return err
	}
	first := int64(0)
	for _, task := range tasks {
		for batch, err := range task.Read(ctx) {
			if err != nil {
				return err
			}
			if err := each(batch, first); err != nil {
				return err
			}
			first += batch.NumRows()
		}
	}
	return nil
}
