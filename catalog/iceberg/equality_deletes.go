package iceberg

import (
	"context"
	"encoding/binary"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/iceberg-go"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/catalog/parquet/reader"
)

// equalityDeletes adds the rows of a data file whose values some equality delete file lists. (Planning has kept the
// delete files that are newer than the data file.)
func (s *Snapshot) equalityDeletes(ctx context.Context, p *plan, f *dataFile, set rowSet, mem memory.Allocator) error {
	for _, file := range f.equal {
		columns, err := s.equalityColumns(file)
		if err != nil {
			return err
		}
		found, err := p.deleteSet(file.FilePath(), func() (any, error) {
			keys := map[string]struct{}{}
			err := s.readAll(ctx, file.FilePath(), columns, mem, func(batch arrow.RecordBatch, _ int64) error {
				for row := range int(batch.NumRows()) {
					keys[rowKey(batch, row)] = struct{}{}
				}
				return nil
			})
			return keys, err
		})
		if err != nil {
			return err
		}
		keys := found.(map[string]struct{})
		err = s.readAll(ctx, f.location, columns, mem, func(batch arrow.RecordBatch, first int64) error {
			for row := range int(batch.NumRows()) {
				if _, deleted := keys[rowKey(batch, row)]; deleted {
					set.add(first + int64(row))
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// equalityColumns are the columns that a delete file compares. They may have been dropped from the table since.
func (s *Snapshot) equalityColumns(file iceberg.DataFile) ([]reader.Column, error) {
	var columns []reader.Column
	for _, id := range file.EqualityFieldIDs() {
		f, ok := s.topLevel(id)
		if !ok {
			return nil, &catalog.Error{Op: "read", Name: s.name.String(), State: "0A000",
				Msg: fmt.Sprintf("equality delete file compares a nested or unknown field: %d", id)}
		}
		if _, primitive := f.Type.(iceberg.PrimitiveType); !primitive || fromIceberg(f.Type, true) == nil {
			return nil, &catalog.Error{Op: "read", Name: s.name.String(), State: "0A000",
				Msg: fmt.Sprintf("equality delete file compares column %q of type %s", f.Name, f.Type)}
		}
		columns = append(columns, deleteColumn(f))
	}
	return columns, nil
}

func (s *Snapshot) topLevel(id int) (iceberg.NestedField, bool) {
	for _, c := range s.columns {
		if c.field.ID == id {
			return c.field, true
		}
	}
	for _, schema := range s.state.meta.Schemas() {
		for _, f := range schema.Fields() {
			if f.ID == id {
				return f, true
			}
		}
	}
	return iceberg.NestedField{}, false
}

// rowKey spells a row's values so that equal rows, and only they, have the same key. NULL equals NULL here.
func rowKey(batch arrow.RecordBatch, row int) string {
	var key []byte
	for _, column := range batch.Columns() {
		if column.IsNull(row) {
			key = append(key, 0)
			continue
		}
		text := column.ValueStr(row)
		key = append(binary.AppendUvarint(append(key, 1), uint64(len(text))), text...)
	}
	return string(key)
}
