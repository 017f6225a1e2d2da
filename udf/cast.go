package udf

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// Cast makes the values of an array values of another type, as an explicit cast does: what does not fit is an error, and
// numbers lose digits by rounding. call.Rows and call.Out need not be set. The caller releases the result.
func Cast(call *Call, a arrow.Array, to arrow.DataType) (arrow.Array, error) {
	c := *call
	c.Rows, c.Out = a.Len(), to
	result, err := cast(&c, a, to)
	if err != nil {
		return nil, inFunction("cast to "+TypeName(to), err)
	}
	return result, nil
}

func cast(call *Call, a arrow.Array, to arrow.DataType) (arrow.Array, error) {
	from := a.DataType()
	switch {
	case sameType(from, to):
		return retype(a, to), nil
	case from.ID() == arrow.NULL:
		return NullArray(call.Mem, to, a.Len()), nil
	case !CanCast(from, to, Explicit):
		return nil, faultf(stateCannotCoerce, "cannot cast type %s to %s", plainName(from), plainName(to))
	case to.ID() == arrow.STRING:
		format := formatter(a, call.Env)
		return mapText(call, []Arg{{Array: a}}, func(dst []byte, i int) ([]byte, error) { return format(dst, i), nil })
	case from.ID() == arrow.STRING:
		return castText(call, a, to)
	}
	switch from.ID() {
	case arrow.BOOL:
		return castBool(call, a, to)
	case arrow.INT16:
		return castInt[int16](call, a, to)
	case arrow.INT32:
		return castInt[int32](call, a, to)
	case arrow.INT64:
		return castInt[int64](call, a, to)
	case arrow.FLOAT32:
		return castFloat[float32](call, a, to)
	case arrow.FLOAT64:
		return castFloat[float64](call, a, to)
	case arrow.DECIMAL128:
		return castDecimal(call, a, to)
	case arrow.DATE32, arrow.TIME64, arrow.TIMESTAMP, arrow.INTERVAL_MONTH_DAY_NANO:
		return castDatetime(call, a, to)
	case arrow.LIST:
		return castList(call, a, to)
	case arrow.FIXED_SIZE_LIST:
		return castVector(call, a, to)
	case arrow.STRUCT:
		return castStruct(call, a.(*array.Struct), to.(*arrow.StructType))
	case arrow.MAP:
		return castMap(call, a.(*array.Map), to.(*arrow.MapType))
	}
	if isJSON(from) {
		return castJSON(call, a, to)
	}
	return castBytes(call, a, to)
}

// retype gives an array a type that differs in names inside only.
func retype(a arrow.Array, to arrow.DataType) arrow.Array {
	if a.DataType() == to || a.DataType().ID() == arrow.EXTENSION || !nested(to) {
		a.Retain()
		return a
	}
	data := retypeData(a.Data(), to)
	defer data.Release()
	return array.MakeFromData(data)
}

func nested(dt arrow.DataType) bool {
	_, ok := dt.(arrow.NestedType)
	return ok
}

func retypeData(data arrow.ArrayData, to arrow.DataType) arrow.ArrayData {
	var fields []arrow.Field
	if to, ok := to.(arrow.NestedType); ok {
		fields = to.Fields()
	}
	children := make([]arrow.ArrayData, len(data.Children()))
	for i, child := range data.Children() {
		children[i] = retypeData(child, fields[i].Type)
		defer children[i].Release()
	}
	return array.NewData(to, data.Len(), data.Buffers(), children, data.NullN(), data.Offset())
}

func castBool(call *Call, a arrow.Array, to arrow.DataType) (arrow.Array, error) {
	args := []Arg{{Array: a}}
	bools := boolsOf(args[0])
	switch to.ID() {
	case arrow.INT16:
		return mapFixed(call, args, func(i int) (int16, error) { return int16(bit(bools.at(i))), nil })
	case arrow.INT32:
		return mapFixed(call, args, func(i int) (int32, error) { return int32(bit(bools.at(i))), nil })
	}
	return mapFixed(call, args, func(i int) (int64, error) { return int64(bit(bools.at(i))), nil })
}

// castBytes casts between bytea and uuid.
func castBytes(call *Call, a arrow.Array, to arrow.DataType) (arrow.Array, error) {
	args := []Arg{{Array: a}}
	if to.ID() == arrow.BINARY {
		ids := uuidColumn(args[0])
		return mapText(call, args, func(dst []byte, i int) ([]byte, error) { return append(dst, ids.values[i][:]...), nil })
	}
	texts := textOf(args[0])
	return mapUUID(call, args, func(i int) (id [16]byte, err error) {
		b := texts.at(i)
		if len(b) != len(id) {
			return id, faultf(stateInvalidBinary, "invalid input length for type uuid: %d bytes", len(b))
		}
		return [16]byte(b), nil
	})
}
