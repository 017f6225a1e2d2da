package iceberg

import (
	"context"
	"encoding/binary"

	"github.com/apache/iceberg-go"

	"github.com/mediaflight/mediaflight/catalog"
)

// Bounds takes together the bounds that the manifests have of each data file.
func (s *Snapshot) Bounds(ctx context.Context, column int) (low, high int64, ok bool) {
	plan, err := s.plan(ctx)
	if err != nil {
		return 0, 0, false
	}
	c := s.columns[column]
	for _, f := range plan.files {
		if nulls, known := f.file.NullValueCounts()[c.field.ID]; known && nulls == f.file.Count() {
			continue
		}
		from, known1 := wholeBound(c.field.Type, f.file.LowerBoundValues()[c.field.ID])
		to, known2 := wholeBound(c.field.Type, f.file.UpperBoundValues()[c.field.ID])
		if !known1 || !known2 {
			return 0, 0, false
		}
		if !ok {
			low, high, ok = from, to, true
		}
		low, high = min(low, from), max(high, to)
	}
	return low, high, ok
}

// Summary adds up what the manifests have of each data file. What was deleted of a file they do not say.
func (s *Snapshot) Summary(ctx context.Context, column int) (catalog.ColumnSummary, bool) {
	var sum catalog.ColumnSummary
	plan, err := s.plan(ctx)
	if err != nil || plan.deletes {
		return sum, false
	}
	c := s.columns[column]
	for _, f := range plan.files {
		nulls, known := f.file.NullValueCounts()[c.field.ID]
		if !known {
			return sum, false
		}
		sum.Nulls += nulls
	}
	sum.Low, sum.High, sum.Bounded = s.Bounds(ctx, column)
	return sum, true
}

// wholeBound reads a bound, in Iceberg's binary form of single values.
func wholeBound(t iceberg.Type, bound []byte) (int64, bool) {
	switch t := t.(type) {
	case iceberg.DecimalType:
		if len(bound) == 0 || t.Precision() > 18 {
			return 0, false
		}
		return bigEndian(bound).Int64(), true
	case iceberg.Int32Type, iceberg.Int64Type, iceberg.DateType, iceberg.TimeType, iceberg.TimestampType, iceberg.TimestampTzType:
		switch len(bound) {
		case 4: // of a column that was an int
			return int64(int32(binary.LittleEndian.Uint32(bound))), true
		case 8:
			return int64(binary.LittleEndian.Uint64(bound)), true
		}
	}
	return 0, false
}
