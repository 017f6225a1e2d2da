package iceberg

import (
	"bufio"
	"context"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/iceberg-go"
	"github.com/apache/iceberg-go/table"
	"github.com/apache/iceberg-go/table/dv"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/catalog/parquet/writer"
)

// marking writes which rows of data files are deleted: one Puffin file of deletion vectors for tables of format v3, a
// position delete file for each data file of others.
type marking struct {
	target *commitTarget
	places table.LocationProvider
	id     string // distinguishes the files of this change
	done   []iceberg.DataFile
	vector *dv.DVWriter
}

// add marks all rows of a data file that are deleted, those that were before too.
func (m *marking) add(f *dataFile, rows rowSet) error {
	meta := m.target.base.meta
	switch {
	case meta.Version() < 2:
		return &catalog.Error{Op: "change", Name: m.target.name.String(), State: "0A000", Msg: "rows of tables of format version 1 cannot be deleted one by one",
			Hint: "raise the table's property format-version to 2 with the engine that made it"}
	case meta.Version() == 2:
		file, err := m.positionDeletes(f, rows)
		m.done = append(m.done, file)
		return err
	}
	if m.vector == nil {
		m.vector = dv.NewDVWriter(&m.target.files, func(id int32) *iceberg.PartitionSpec { return meta.PartitionSpecByID(int(id)) })
	}
	positions := make([]int64, 0, rows.count())
	for row := range rows.all() {
		positions = append(positions, row)
	}
	return m.vector.Add(f.location, positions, f.file.SpecID(), f.file.Partition())
}

// finish returns the files, written durably.
func (m *marking) finish(ctx context.Context) ([]iceberg.DataFile, error) {
	if m.vector == nil {
		return m.done, nil
	}
	return m.vector.Flush(ctx, m.places.NewDataLocation(fmt.Sprintf("00000-%s-deletes.puffin", m.id)))
}

// The schema of position delete files.
var positionSchema = arrow.NewSchema([]arrow.Field{positionColumns[0].Field, positionColumns[1].Field}, nil)

// positionDeletes writes a position delete file for the rows of one data file. That it is for one only, readers see from its
// reference and from the bounds of its paths.
func (m *marking) positionDeletes(f *dataFile, rows rowSet) (iceberg.DataFile, error) {
	location := m.places.NewDataLocation(fmt.Sprintf("%05d-%s-deletes.parquet", len(m.done), m.id))
	bytes, err := m.writePositions(location, f.location, rows)
	if err != nil {
		return nil, fmt.Errorf("write position delete file %s: %w", location, err)
	}
	spec := m.target.base.meta.PartitionSpecByID(int(f.file.SpecID()))
	if spec == nil {
		return nil, fmt.Errorf("data file %s has an unknown partition spec: %d", f.location, f.file.SpecID())
	}
	b, err := iceberg.NewDataFileBuilder(*spec, iceberg.EntryContentPosDeletes, location, iceberg.ParquetFile, f.file.Partition(), nil, nil, rows.count(), bytes)
	if err != nil {
		return nil, err
	}
	path := map[int][]byte{positionColumns[0].FieldID: []byte(f.location)}
	return b.ReferencedDataFile(f.location).LowerBoundValues(path).UpperBoundValues(path).Build(), nil
}

// writePositions writes the rows in the order that the specification asks for: by path, then by position.
func (m *marking) writePositions(location, of string, rows rowSet) (bytes int64, err error) {
	file, err := m.target.files.Create(location)
	if err != nil {
		return 0, err
	}
	defer func() {
		if closeErr := file.Close(); err == nil {
			err = closeErr
		}
	}()
	buffer := bufio.NewWriter(file)
	w, err := writer.New(buffer, positionSchema, writer.Options{Compact: true})
	if err != nil {
		return 0, err
	}
	b := array.NewRecordBuilder(memory.DefaultAllocator, positionSchema)
	defer b.Release()
	paths, positions := b.Field(0).(*array.StringBuilder), b.Field(1).(*array.Int64Builder)
	flush := func() error {
		batch := b.NewRecordBatch()
		defer batch.Release()
		return w.Write(batch)
	}
	for row := range rows.all() {
		paths.Append(of)
		if positions.Append(row); positions.Len() == 32<<10 {
			if err := flush(); err != nil {
				w.Abort()
				return 0, err
			}
		}
	}
	if err := flush(); err != nil {
		w.Abort()
		return 0, err
	}
	summary, err := w.Close()
	if err != nil {
		return 0, err
	}
	return summary.Bytes, buffer.Flush()
}

// ownDeletes are the delete files of a data file that are for it alone.
func (f *dataFile) ownDeletes() []iceberg.DataFile {
	own := append([]iceberg.DataFile(nil), f.vectors...)
	for _, d := range f.positions {
		if isOf(d, f.location) {
			own = append(own, d)
		}
	}
	return own
}

// isOf tells whether a position delete file is for one data file, by the reference to it that manifests of format v3 have, or by
// the bounds of the paths in it.
func isOf(d iceberg.DataFile, location string) bool {
	if ref := d.ReferencedDataFile(); ref != nil {
		return *ref == location
	}
	path := positionColumns[0].FieldID
	return string(d.LowerBoundValues()[path]) == location && string(d.UpperBoundValues()[path]) == location
}

// A deleteID tells delete files apart: a file may hold deletion vectors of several data files.
type deleteID struct{ path, of string }

func deleteIDOf(f iceberg.DataFile) deleteID {
	id := deleteID{path: f.FilePath()}
	if ref := f.ReferencedDataFile(); ref != nil {
		id.of = *ref
	}
	return id
}
