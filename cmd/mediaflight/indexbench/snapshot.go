package indexbench

import (
	"context"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/exec"
	"github.com/mediaflight/mediaflight/planner"
	"github.com/mediaflight/mediaflight/udf"
)

// A snapshot is the base as it was loaded.
type snapshot struct {
	catalog.Snapshot
	vectors   int             // the column's number
	addresses map[int64]int64 // by id, once needed
}

func openSnapshot(ctx context.Context, tables catalog.Catalog, report *Report) (*snapshot, error) {
	t, err := tables.Table(ctx, table)
	if err != nil {
		return nil, err
	}
	s := &snapshot{Snapshot: t.Current()}
	at := s.Schema().FieldIndices(column)
	if len(at) == 0 {
		return nil, fmt.Errorf("the base has no column %s", column)
	}
	s.vectors = at[0]
	report.VectorBytes = report.Rows * int64(report.Dim) * 4
	return s, nil
}

// scan reads columns and, last, the rows' addresses.
func (s *snapshot) scan(ctx context.Context, columns []int, use func(arrow.RecordBatch) error) error {
	var stats catalog.ScanStats
	tasks, err := s.Tasks(ctx, catalog.Scan{Columns: columns, Address: true, Mem: memory.DefaultAllocator, Stats: &stats, Rows: 1 << 13})
	if err != nil {
		return err
	}
	for _, t := range tasks {
		for batch, err := range t.Read(ctx) {
			if err != nil {
				return err
			}
			if err := use(batch); err != nil {
				return err
			}
		}
	}
	return nil
}

// byID finds the rows' addresses by the integers in their column id.
func (s *snapshot) byID(ctx context.Context) (map[int64]int64, error) {
	if s.addresses != nil {
		return s.addresses, nil
	}
	at := s.Schema().FieldIndices("id")
	if len(at) == 0 {
		return nil, fmt.Errorf("the base has no column id")
	}
	found := map[int64]int64{}
	err := s.scan(ctx, at[:1], func(batch arrow.RecordBatch) error {
		ids, err := integers(batch.Column(0))
		if err != nil {
			return fmt.Errorf("column id: %w", err)
		}
		for i, address := range batch.Column(1).(*array.Int64).Int64Values() {
			found[ids[i]] = address
		}
		return nil
	})
	s.addresses = found
	return found, err
}

// matching is the rows that fulfill a condition.
func (s *snapshot) matching(ctx context.Context, tables catalog.Catalog, where string) (*catalog.RowSet, error) {
	addresses, err := s.byID(ctx)
	if err != nil {
		return nil, err
	}
	functions := udf.Builtin()
	p := &planner.Planner{Catalog: tables, Functions: functions}
	statement, err := p.Plan(ctx, "SELECT id FROM "+table.Table+" WHERE "+where, planner.Session{Schema: table.Schema, Optimize: true})
	if err != nil {
		return nil, err
	}
	query, err := exec.Compile(ctx, statement.Plan, exec.Env{Catalog: tables, Functions: functions, Mem: memory.DefaultAllocator})
	if err != nil {
		return nil, err
	}
	set := &catalog.RowSet{}
	for batch, err := range query.Run(ctx) {
		if err != nil {
			return nil, err
		}
		ids, err := integers(batch.Column(0))
		if err != nil {
			return nil, err
		}
		rows := make([]int64, len(ids))
		for i, id := range ids {
			rows[i] = addresses[id]
		}
		set.Add(rows)
	}
	return set, nil
}

// integers are the values of a column of integers.
func integers(column arrow.Array) ([]int64, error) {
	switch column := column.(type) {
	case *array.Int64:
		return column.Int64Values(), nil
	case *array.Int32:
		out := make([]int64, column.Len())
		for i, v := range column.Int32Values() {
			out[i] = int64(v)
		}
		return out, nil
	}
	return nil, fmt.Errorf("integers are needed, not %s", udf.TypeName(column.DataType()))
}
