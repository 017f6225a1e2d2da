package udf

import (
	"encoding/json"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/mediaflight/mediaflight/udf/jsonb"
)

// castJSON makes booleans of JSON's booleans and numbers of its numbers, by way of their text.
func castJSON(call *Call, a arrow.Array, to arrow.DataType) (arrow.Array, error) {
	values := jsonColumn{textOf(Arg{Array: a})}
	b := array.NewStringBuilder(call.Mem)
	defer b.Release()
	for i := range a.Len() {
		if a.IsNull(i) {
			b.AppendNull()
			continue
		}
		v, err := values.value(i)
		if err != nil {
			return nil, err
		}
		if !jsonFits(v, to) {
			return nil, faultf(stateInvalidParameter, "cannot cast jsonb %s to type %s", jsonb.Kind(v), plainName(to))
		}
		b.Append(values.str(i))
	}
	texts := b.NewStringArray()
	defer texts.Release()
	if to.ID() == arrow.BOOL || !isInteger(to) {
		return castText(call, texts, to)
	}
	// A fraction is rounded, as a numeric's is.
	numbers, err := Cast(call, texts, numericType(maxPrecision, freeScale))
	if err != nil {
		return nil, err
	}
	defer numbers.Release()
	return Cast(call, numbers, to)
}

func jsonFits(v any, to arrow.DataType) bool {
	switch v.(type) {
	case bool:
		return to.ID() == arrow.BOOL
	case json.Number:
		return isNumber(to)
	}
	return false
}
