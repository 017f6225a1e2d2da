package iceberg

import (
	"context"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/catalog/index"
	"github.com/mediaflight/mediaflight/catalog/parquet/reader"
)

// VectorIndex finds an index by the column's id, so that it outlives the column's names.
func (s *Snapshot) VectorIndex(ctx context.Context, column int, metric string) (catalog.VectorIndex, string, error) {
	dim, ok := indexedDim(s.columns[column].arrow.Type)
	if !ok || s.snapshot == nil {
		return nil, "", nil
	}
	var source *indexSource
	found, warning, err := s.catalog.indexes.Find(ctx, index.Column{
		Table:   s.state.meta.TableUUID().String(),
		FieldID: s.columns[column].field.ID,
		Dim:     dim,
		Source: func(dim int) (index.Source, error) {
			var err error
			source, err = s.indexSource(ctx, column, dim)
			return source, err
		},
	}, metric)
	if err != nil || found == nil {
		return nil, warning, err
	}
	return &vectorIndex{Searcher: found, source: source}, "", nil
}

// indexedDim is the number of elements of a type of vectors, 0 for lists of any length, of integers too. ok is false for other types.
func indexedDim(t arrow.DataType) (dim int, ok bool) {
	switch t := t.(type) {
	case *arrow.FixedSizeListType:
		return int(t.Len()), t.Elem().ID() == arrow.FLOAT32
	case *arrow.ListType:
		return 0, t.Elem().ID() == arrow.FLOAT32 || t.Elem().ID() == arrow.INT32
	}
	return 0, false
}

// A vectorIndex is an index in use for a snapshot.
type vectorIndex struct {
	*index.Searcher
	source *indexSource
}

func (v *vectorIndex) Definition() catalog.IndexDefinition {
	s := v.source.Snapshot
	return catalog.IndexDefinition{Name: v.Name, Table: s.name, Column: s.columns[v.source.column].field.Name, Metric: v.Metric, Lists: v.Lists, Bits: v.Bits, Dim: v.Dim}
}

func (v *vectorIndex) Covered(ctx context.Context, scan catalog.Scan) ([]catalog.Task, error) {
	return v.source.tasksOf(ctx, scan, v.Covers)
}

func (v *vectorIndex) Uncovered(ctx context.Context, scan catalog.Scan) ([]catalog.Task, error) {
	return v.source.tasksOf(ctx, scan, func(ordinal int) bool { return !v.Covers(ordinal) })
}

// An indexSource is a snapshot as an index of one of its columns sees it.
type indexSource struct {
	*Snapshot
	plan   *plan
	column int
	dim    int
}

func (s *Snapshot) indexSource(ctx context.Context, column, dim int) (*indexSource, error) {
	plan, err := s.plan(ctx)
	if err != nil {
		return nil, err
	}
	return &indexSource{Snapshot: s, plan: plan, column: column, dim: dim}, nil
}

func (s *indexSource) Files() []index.DataFile { return s.plan.dataFiles() }

func (p *plan) dataFiles() []index.DataFile {
	p.indexed.Do(func() {
		p.indexedWith = make([]index.DataFile, len(p.files))
		for i, f := range p.files {
			p.indexedWith[i] = index.DataFile{Location: f.location, Rows: f.file.Count()}
		}
	})
	return p.indexedWith
}

func (s *indexSource) Open(ordinal int) (*reader.File, reader.Column, error) {
	f := s.plan.files[ordinal]
	columns, err := s.readColumns(f)
	if err != nil {
		return nil, reader.Column{}, err
	}
	file, err := s.open(f.path)
	if err != nil {
		return nil, reader.Column{}, err
	}
	if err := chooseNames(s.columns, columns, file); err != nil {
		file.Close()
		return nil, reader.Column{}, err
	}
	if file.Rows() != f.file.Count() {
		file.Close()
		return nil, reader.Column{}, &catalog.Error{Op: "read", Name: f.location, State: "XX001", Msg: fmt.Sprintf("data file has %d rows, the table says %d", file.Rows(), f.file.Count())}
	}
	column := columns[s.column]
	column.Field.Type = arrow.FixedSizeListOfNonNullable(int32(s.dim), arrow.PrimitiveTypes.Float32)
	return file, column, nil
}

func (s *indexSource) Deleted(ctx context.Context, ordinal int) ([]uint64, error) {
	return s.deleted(ctx, s.plan, s.plan.files[ordinal], memory.DefaultAllocator)
}
