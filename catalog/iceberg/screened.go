package iceberg

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/catalog/parquet/reader"
	"github.com/mediaflight/mediaflight/catalog/screening"
	"github.com/mediaflight/mediaflight/udf/screen"
)

// VectorScreen finds codes by the data files' paths and the column's id.
func (s *Snapshot) VectorScreen(ctx context.Context, column int) (catalog.VectorScreen, error) {
	list, ok := s.columns[column].arrow.Type.(*arrow.FixedSizeListType)
	if !ok || list.Elem().ID() != arrow.FLOAT32 || !screen.Screens(int(list.Len())) || s.catalog.options.ScreenBytes <= 0 {
		return nil, nil
	}
	source, err := s.indexSource(ctx, column, int(list.Len()))
	if err != nil {
		return nil, err
	}
	v := &vectorScreen{indexSource: source, files: make([]*screening.Coded, len(source.plan.files))}
	for i, f := range source.plan.files {
		if v.files[i] = s.catalog.screens.Use(v.key(i)); v.files[i] != nil {
			v.covered += f.file.Count()
		} else {
			v.uncovered += f.file.Count()
		}
	}
	return v, nil
}

// A vectorScreen is the codes that are used for a snapshot.
type vectorScreen struct {
	*indexSource
	files              []*screening.Coded // by ordinal; nil for those without
	covered, uncovered int64
}

func (v *vectorScreen) key(ordinal int) screening.Key {
	return screening.Key{Path: v.plan.files[ordinal].path, FieldID: v.columns[v.column].field.ID, Dim: v.dim}
}

func (v *vectorScreen) Rows() (covered, uncovered int64) { return v.covered, v.uncovered }

func (v *vectorScreen) Covered(ctx context.Context, scan catalog.Scan) ([]catalog.Task, error) {
	return v.tasksOf(ctx, scan, func(ordinal int) bool { return v.files[ordinal] != nil })
}

func (v *vectorScreen) Uncovered(ctx context.Context, scan catalog.Scan) ([]catalog.Task, error) {
	return v.tasksOf(ctx, scan, func(ordinal int) bool { return v.files[ordinal] == nil })
}

func (v *vectorScreen) File(address int64) (vectors catalog.CodedVectors, base int64) {
	ordinal := address >> ordinalShift
	coded := v.files[ordinal]
	return catalog.CodedVectors{Codes: coded.Codes, At: coded.Vectors.At}, ordinal << ordinalShift
}

func (v *vectorScreen) Scanned() {
	for i, f := range v.plan.files {
		if v.files[i] == nil {
			v.catalog.screens.Scanned(v.key(i), f.file.Count(), func() (*reader.File, reader.Column, error) { return v.Open(i) })
		}
	}
}

func (v *vectorScreen) Poor() {
	for _, coded := range v.files {
		if coded != nil {
			v.catalog.screens.Poor(coded)
		}
	}
}

func (v *vectorScreen) Close() {
	for _, coded := range v.files {
		if coded != nil {
			v.catalog.screens.GiveBack(coded)
		}
	}
}
