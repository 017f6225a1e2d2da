package exec

import (
	"context"
	"fmt"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/catalog"
)

// RowFetch replaces the last column of its input, addresses of rows, by columns of those rows: the late half of a plan
// that chose rows by a few columns only.
type RowFetch struct {
	Input    Operator
	Table    catalog.Name
	Snapshot catalog.Snapshot
	Columns  []int // of the snapshot's schema
	Mem      memory.Allocator

	schema *arrow.Schema
	stats  catalog.ScanStats
}

func (f *RowFetch) Schema() *arrow.Schema { return f.schema }
func (f *RowFetch) Inputs() []Operator    { return []Operator{f.Input} }

func (f *RowFetch) String() string {
	names := make([]string, len(f.Columns))
	for i, c := range f.Columns {
		names[i] = f.Snapshot.Schema().Field(c).Name
	}
	return fmt.Sprintf("fetch %s [%s]", f.Table, strings.Join(names, ", "))
}

func (f *RowFetch) Run(ctx context.Context) Batches {
	return mapped(ctx, f.Input.Run(ctx), f.fetch)
}

func (f *RowFetch) fetch(ctx context.Context, batch arrow.RecordBatch) (arrow.RecordBatch, error) {
	last := int(batch.NumCols()) - 1
	addresses, ok := batch.Column(last).(*array.Int64)
	if !ok || addresses.NullN() > 0 {
		return nil, malformed("rows to fetch from %s have no addresses", f.Table)
	}
	rows, err := f.Snapshot.Take(ctx, catalog.Take{Addresses: addresses.Int64Values(), Columns: f.Columns, Mem: f.Mem, Stats: &f.stats})
	if err != nil {
		return nil, err
	}
	defer rows.Release()
	columns := append(append([]arrow.Array{}, batch.Columns()[:last]...), rows.Columns()...)
	return array.NewRecordBatch(f.schema, columns, batch.NumRows()), nil
}
