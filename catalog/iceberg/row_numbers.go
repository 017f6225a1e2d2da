package iceberg

import (
	"context"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/iceberg-go"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/catalog/parquet/reader"
)

// Tables of format v3 number their rows for life. A file's rows are numbered from the number on that the file was given when it
// was added, unless it has a column of numbers: those of rows that took the place of others, and have theirs.

// rowNumber is that column.
var rowNumber = reader.Column{FieldID: iceberg.RowIDFieldID, Name: iceberg.RowIDColumnName, Field: arrowColumn(iceberg.RowID(), 0, true)}

// numberRows has the files of a change have the column.
func (c *changing) numberRows() {
	fields := append(slices.Clone(c.schema.Fields()), rowNumber.Field)
	c.schema = arrow.NewSchema(fields, nil)
	stored := append(slices.Clone(c.stored.Fields()), iceberg.RowID())
	c.stored = iceberg.NewSchema(c.stored.ID, stored...)
	c.numbered = true
}

func (c *changing) Update(addresses []int64, batch arrow.RecordBatch) error {
	if !c.numbered {
		return c.write(batch, nil)
	}
	numbers, err := c.snapshot.rowNumbers(addresses)
	if err != nil {
		return err
	}
	defer numbers.Release()
	return c.write(batch, numbers)
}

// write adds rows; those without numbers get new ones.
func (c *changing) write(batch arrow.RecordBatch, numbers arrow.Array) error {
	if err := c.table.checkWritable(c.op); err != nil {
		return err
	}
	if !c.numbered {
		return c.appending.Write(batch)
	}
	if numbers == nil {
		numbers = array.MakeArrayOfNull(memory.DefaultAllocator, rowNumber.Field.Type, int(batch.NumRows()))
		defer numbers.Release()
	}
	columns := append(slices.Clone(batch.Columns()), numbers)
	rows := catalog.NewBatch(c.schema, columns, batch.NumRows())
	defer rows.Release()
	return c.appending.Write(rows)
}

// rowNumbers are the numbers of the rows at addresses; NULL for rows of files that have none, from before the table was of v3.
func (s *Snapshot) rowNumbers(addresses []int64) (arrow.Array, error) {
	plan, err := s.plan(context.Background())
	if err != nil {
		return nil, err
	}
	byFile := map[int][]int{} // places in addresses
	for i, a := range addresses {
		ordinal := int(a >> ordinalShift)
		byFile[ordinal] = append(byFile[ordinal], i)
	}
	numbers, known := make([]int64, len(addresses)), make([]bool, len(addresses))
	for ordinal, places := range byFile {
		rows := make([]int64, len(places))
		for i, at := range places {
			rows[i] = addresses[at] & (1<<ordinalShift - 1)
		}
		stored, err := s.storedNumbers(plan.files[ordinal], rows)
		if err != nil {
			return nil, err
		}
		first := plan.files[ordinal].file.FirstRowID()
		for i, at := range places {
			switch {
			case stored.IsValid(i):
				numbers[at], known[at] = stored.Value(i), true
			case first != nil:
				numbers[at], known[at] = *first+rows[i], true
			}
		}
		stored.Release()
	}
	b := array.NewInt64Builder(memory.DefaultAllocator)
	defer b.Release()
	b.AppendValues(numbers, known)
	return b.NewArray(), nil
}

// storedNumbers are those that a file has a column of, NULL where it has none.
func (s *Snapshot) storedNumbers(f *dataFile, rows []int64) (*array.Int64, error) {
	file, err := s.open(f.path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	batch, err := file.Take([]reader.Column{rowNumber}, rows, memory.DefaultAllocator, new(catalog.ScanStats))
	if err != nil {
		return nil, err
	}
	defer batch.Release()
	numbers, ok := batch.Column(0).(*array.Int64)
	if !ok {
		return nil, &catalog.Error{Op: "read", Name: f.location, State: "XX001", Msg: "row numbers are not of type long"}
	}
	numbers.Retain()
	return numbers, nil
}
