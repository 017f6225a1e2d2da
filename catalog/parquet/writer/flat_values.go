package writer

import (
	"encoding/binary"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/parquet-go/parquet-go/format"

	"github.com/mediaflight/mediaflight/catalog"
)

func valueWidth(physical format.Type) int {
	switch physical {
	case format.Int32, format.Float:
		return 4
	}
	return 8
}

// fixedBytes are the values of a span as they lie in memory.
func fixedBytes(s span, width int) []byte {
	at := s.values.Data().Offset()
	return s.values.Data().Buffers()[1].Bytes()[(at+s.from)*width : (at+s.to)*width]
}

func totalRows(values []arrow.Array) int {
	rows := 0
	for _, v := range values {
		rows += v.Len()
	}
	return rows
}

// count is how many rows a page has, and how many of them are NULL.
func count(page []span) (rows, nulls int) {
	for _, s := range page {
		rows += s.to - s.from
		nulls += s.nulls()
	}
	return rows, nulls
}

// narrowDecimals turns decimals into the integers that Parquet has for them; others it retains. The result is the
// caller's to release, on error too.
func narrowDecimals(values []arrow.Array, physical format.Type, mem memory.Allocator) ([]arrow.Array, error) {
	narrow := make([]arrow.Array, 0, len(values))
	for _, v := range values {
		decimals, ok := v.(*array.Decimal128)
		if !ok {
			v.Retain()
			narrow = append(narrow, v)
			continue
		}
		n, err := narrowDecimal(decimals, physical, mem)
		if err != nil {
			return narrow, err
		}
		narrow = append(narrow, n)
	}
	return narrow, nil
}

func narrowDecimal(values *array.Decimal128, physical format.Type, mem memory.Allocator) (arrow.Array, error) {
	typ, width := arrow.DataType(arrow.PrimitiveTypes.Int64), 8
	if physical == format.Int32 {
		typ, width = arrow.PrimitiveTypes.Int32, 4
	}
	precision := values.DataType().(*arrow.Decimal128Type).Precision
	buffer := memory.NewResizableBuffer(mem)
	defer buffer.Release()
	buffer.Resize(width * values.Len())
	into := buffer.Bytes()
	for i := range values.Len() {
		v := values.Value(i)
		if values.IsValid(i) && !v.FitsInPrecision(precision) {
			return nil, &catalog.Error{
				Op: "write", State: "22003",
				Msg: fmt.Sprintf("%s does not fit into %s", values.ValueStr(i), values.DataType()),
			}
		}
		if width == 4 {
			binary.LittleEndian.PutUint32(into[4*i:], uint32(v.LowBits()))
		} else {
			binary.LittleEndian.PutUint64(into[8*i:], v.LowBits())
		}
	}
	return newNested(typ, values, buffer, nil, mem), nil
}
