package iceberg

import (
	"bytes"
	"cmp"
	"strings"

	"github.com/apache/iceberg-go"
	"github.com/google/uuid"

	"github.com/mediaflight/mediaflight/catalog"
)

// A partitionFilter is what predicates mean for the partitions of one partition spec: it drops files whose columns' statistics say
// nothing, as those of buckets, whose rows are spread over all values.
type partitionFilter []partitionPredicate

// A partitionPredicate is a predicate on the column that a partition field is computed from.
type partitionPredicate struct {
	fieldID   int
	op        catalog.Op
	transform iceberg.Transform
	values    []any // the transformed values that are compared with
}

// partitionFilters are the filters of the table's specs, by their ids.
func (s *Snapshot) partitionFilters(predicates []catalog.Predicate) map[int32]partitionFilter {
	if len(predicates) == 0 {
		return nil
	}
	filters := map[int32]partitionFilter{}
	for _, spec := range s.state.meta.PartitionSpecs() {
		var filter partitionFilter
		for _, f := range spec.Fields() {
			for _, p := range predicates {
				if c := s.columns[p.Column].field; c.ID == f.SourceID() && len(f.SourceIDs) == 1 && f.Transform.CanTransform(c.Type) {
					if of, ok := newPartitionPredicate(f, p); ok {
						filter = append(filter, of)
					}
				}
			}
		}
		if filter != nil {
			filters[int32(spec.ID())] = filter
		}
	}
	return filters
}

func newPartitionPredicate(f iceberg.PartitionField, p catalog.Predicate) (partitionPredicate, bool) {
	out := partitionPredicate{fieldID: f.FieldID, op: p.Op, transform: f.Transform}
	_, identity := f.Transform.(iceberg.IdentityTransform)
	switch f.Transform.(type) {
	case iceberg.VoidTransform, iceberg.UnknownTransform:
		return out, false
	}
	switch p.Op {
	case catalog.IsNull, catalog.IsNotNull:
		return out, true
	case catalog.NotEq:
		if !identity {
			return out, false
		}
	case catalog.Less, catalog.LessEq, catalog.Greater, catalog.GreaterEq:
		if !f.Transform.PreservesOrder() {
			return out, false
		}
	}
	read, err := literals(p.Values)
	if err != nil {
		return out, false
	}
	for row := range p.Values.Len() {
		if p.Values.IsNull(row) {
			continue // no comparison with NULL is fulfilled
		}
		switch result := f.Transform.Apply(iceberg.Optional[iceberg.Literal]{Valid: true, Val: read(row)}); {
		case !result.Valid:
			return out, false
		default:
			out.values = append(out.values, result.Val.Any())
		}
	}
	return out, true
}

// refute tells whether no row of a partition fulfills all predicates.
func (f partitionFilter) refute(partition map[int]any) bool {
	for _, p := range f {
		if p.refute(partition[p.fieldID]) {
			return true
		}
	}
	return false
}

func (p partitionPredicate) refute(value any) bool {
	switch {
	case p.op == catalog.IsNull:
		return value != nil
	case value == nil:
		return true
	case p.op == catalog.IsNotNull:
		return false
	}
	for _, v := range p.values {
		if p.admits(value, v) {
			return false
		}
	}
	return true
}

// admits tells whether rows of a partition may compare with a value that is transformed to v. Transforms that keep the order may make
// equal what is not. Old writers rounded times before 1970 the wrong way, up by one.
func (p partitionPredicate) admits(value, v any) bool {
	result, known := comparePartition(value, v)
	if !known {
		return true
	}
	if _, time := p.transform.(iceberg.TimeTransform); time && result == 1 {
		if n, ok := integer(value); ok && n <= 0 {
			if m, ok := integer(v); ok && n == m+1 {
				return true
			}
		}
	}
	switch p.op {
	case catalog.Less, catalog.LessEq:
		return result <= 0
	case catalog.Greater, catalog.GreaterEq:
		return result >= 0
	case catalog.NotEq:
		return result != 0
	}
	return result == 0
}

// comparePartition compares two values of a partition field. Floating-point numbers are left to the columns' bounds. A column may
// have been an int when a file was written, and be a long now.
func comparePartition(a, b any) (result int, known bool) {
	if x, ok := integer(a); ok {
		y, ok := integer(b)
		return cmp.Compare(x, y), ok
	}
	switch a := a.(type) {
	case string:
		b, ok := b.(string)
		return strings.Compare(a, b), ok
	case []byte:
		b, ok := b.([]byte)
		return bytes.Compare(a, b), ok
	case uuid.UUID:
		b, ok := b.(uuid.UUID)
		return bytes.Compare(a[:], b[:]), ok
	case iceberg.Decimal:
		b, ok := b.(iceberg.Decimal)
		return a.Val.Cmp(b.Val), ok && a.Scale == b.Scale
	case bool:
		b, ok := b.(bool)
		return cmp.Compare(boolByte(a), boolByte(b)), ok
	}
	return 0, false
}

func integer(v any) (int64, bool) {
	switch v := v.(type) {
	case int32:
		return int64(v), true
	case int64:
		return v, true
	case int:
		return int64(v), true
	case iceberg.Date:
		return int64(v), true
	case iceberg.Time:
		return int64(v), true
	case iceberg.Timestamp:
		return int64(v), true
	}
	return 0, false
}
