package iceberg

import (
	"context"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/catalog/parquet/reader"
)

// FileTasks reads a file as if no rows were deleted from it.
func (s *Snapshot) FileTasks(ctx context.Context, file int, scan catalog.Scan) ([]catalog.Task, error) {
	if err := s.checkReadable(scan.Columns); err != nil {
		return nil, err
	}
	plan, err := s.plan(ctx)
	if err != nil {
		return nil, err
	}
	return s.fileTasks(plan.files[file], file, nil, scan)
}

// FileVectors finds out whether each page lies in place, for which it does not read the vectors.
func (s *Snapshot) FileVectors(ctx context.Context, file, column int) (pages []arrow.Array, err error) {
	list, ok := s.columns[column].arrow.Type.(*arrow.FixedSizeListType)
	if !ok || list.Elem().ID() != arrow.FLOAT32 {
		return nil, nil
	}
	source, err := s.indexSource(ctx, column, int(list.Len()))
	if err != nil {
		return nil, err
	}
	opened, read, err := source.Open(file)
	if err != nil {
		return nil, err
	}
	defer opened.Close()
	vectors, err := opened.Vectors(read, reader.NewVectorPool(memory.DefaultAllocator, 0))
	if err != nil {
		return nil, err
	}
	defer vectors.Close()
	inPlace := true
	for run, streamErr := range vectors.Stream(ctx, 0, opened.Rows(), memory.DefaultAllocator) {
		if err = streamErr; err != nil {
			break
		}
		values := run.Values()
		if inPlace = run.NullN() == 0 && len(values) > 0 && vectors.InPlace(unsafe.Pointer(&values[0])); !inPlace {
			break
		}
		run.Retain()
		pages = append(pages, run.FixedSizeList)
	}
	if err != nil || !inPlace {
		for _, p := range pages {
			p.Release()
		}
		return nil, err
	}
	return pages, nil
}
