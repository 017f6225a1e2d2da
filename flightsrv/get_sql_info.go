package flightsrv

import (
	"context"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql/schema_ref"
	pb "github.com/apache/arrow-go/v18/arrow/flight/gen/flight"
)

// getSqlInfo tells facts about the server: all of them, or those asked for, in the order of their codes. A code that is not
// known is left out, as ADBC fails on an error.
var getSqlInfo = metadataCommand(&pb.CommandGetSqlInfo{}, always[*pb.CommandGetSqlInfo](schema_ref.SqlInfo),
	func(_ context.Context, s *Server, m *pb.CommandGetSqlInfo, b *batchBuilder) error {
		for _, fact := range s.sqlInfo {
			if len(m.Info) == 0 || slices.Contains(m.Info, uint32(fact.code)) {
				b.Field(0).(*array.Uint32Builder).Append(uint32(fact.code))
				appendFact(b.Field(1).(*array.DenseUnionBuilder), fact.value)
				b.rows++
			}
		}
		return nil
	})

// Codes of the specification's union.
const (
	stringFact arrow.UnionTypeCode = iota
	boolFact
	int64Fact
	int32Fact
	stringsFact
	mapFact
)

func appendFact(union *array.DenseUnionBuilder, value any) {
	switch v := value.(type) {
	case string:
		union.Append(stringFact)
		union.Child(int(stringFact)).(*array.StringBuilder).Append(v)
	case bool:
		union.Append(boolFact)
		union.Child(int(boolFact)).(*array.BooleanBuilder).Append(v)
	case int64:
		union.Append(int64Fact)
		union.Child(int(int64Fact)).(*array.Int64Builder).Append(v)
	case int32:
		union.Append(int32Fact)
		union.Child(int(int32Fact)).(*array.Int32Builder).Append(v)
	case []string:
		union.Append(stringsFact)
		list := union.Child(int(stringsFact)).(*array.ListBuilder)
		list.Append(true)
		list.ValueBuilder().(*array.StringBuilder).AppendValues(v, nil)
	case map[int32][]int32:
		union.Append(mapFact)
		m := union.Child(int(mapFact)).(*array.MapBuilder)
		m.Append(true)
		for _, key := range sortedKeys(v) {
			m.KeyBuilder().(*array.Int32Builder).Append(key)
			list := m.ItemBuilder().(*array.ListBuilder)
			list.Append(true)
			list.ValueBuilder().(*array.Int32Builder).AppendValues(v[key], nil)
		}
	}
}

func sortedKeys(m map[int32][]int32) []int32 {
	var keys []int32
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
