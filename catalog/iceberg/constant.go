package iceberg

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/iceberg-go"
)

// constantArray is a value of Iceberg's metadata (a column's default, or a partition's value) as an array of one row.
func constantArray(t iceberg.Type, dt arrow.DataType, value any) (arrow.Array, error) {
	switch v := value.(type) {
	case iceberg.Date:
		return oneRow(dt, func(b array.Builder) { b.(*array.Date32Builder).Append(arrow.Date32(v)) })
	case iceberg.Time:
		return oneRow(dt, func(b array.Builder) { b.(*array.Time64Builder).Append(arrow.Time64(v)) })
	case iceberg.Timestamp:
		return oneRow(dt, func(b array.Builder) { b.(*array.TimestampBuilder).Append(arrow.Timestamp(v)) })
	case iceberg.Decimal:
		return oneRow(dt, func(b array.Builder) { b.(*array.Decimal128Builder).Append(v.Val) })
	case string:
		return constantText(t, dt, v)
	}
	return constantJSON(dt, value)
}

func oneRow(dt arrow.DataType, add func(array.Builder)) (arrow.Array, error) {
	b := array.NewBuilder(memory.DefaultAllocator, dt)
	defer b.Release()
	add(b)
	return b.NewArray(), nil
}

// constantText reads a default that the JSON of table metadata spells as text: bytes as hexadecimal digits, timestamps
// with the offset of UTC.
func constantText(t iceberg.Type, dt arrow.DataType, text string) (arrow.Array, error) {
	switch t.(type) {
	case iceberg.BinaryType, iceberg.FixedType:
		value, err := hex.DecodeString(text)
		if err != nil {
			return nil, err
		}
		text = base64.StdEncoding.EncodeToString(value)
	case iceberg.TimestampTzType:
		text = strings.TrimSuffix(text, "+00:00") + "Z"
	}
	return constantJSON(dt, text)
}

func constantJSON(dt arrow.DataType, value any) (arrow.Array, error) {
	text, err := json.Marshal([]any{value})
	if err != nil {
		return nil, err
	}
	a, _, err := array.FromJSON(memory.DefaultAllocator, dt, strings.NewReader(string(text)))
	if err != nil {
		return nil, fmt.Errorf("%v as %s: %w", value, dt, err)
	}
	return a, nil
}
