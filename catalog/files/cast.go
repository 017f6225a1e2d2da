package files

import (
	"fmt"
	"sort"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/extensions"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/udf"
)

// cast turns values by SQL's casts: text by explicit ones, other values as in an assignment, without rounding.
func cast(mem memory.Allocator, values arrow.Array, to arrow.DataType) (arrow.Array, error) {
	from := values.DataType()
	if arrow.TypeEqual(from, to) {
		values.Retain()
		return values, nil
	}
	if fixed, ok := from.(*arrow.FixedSizeBinaryType); ok && fixed.ByteWidth == 16 && arrow.TypeEqual(to, extensions.NewUUIDType()) {
		return array.NewExtensionArrayWithStorage(to.(arrow.ExtensionType), values), nil
	}
	how := udf.Assignment
	if from.ID() == arrow.STRING {
		how = udf.Explicit
	}
	if !udf.CanCast(from, to, how) {
		return nil, &rowError{
			row: -1, state: stateMismatch, hint: "make the table's column or the file's of another type",
			msg: fmt.Sprintf("the file has %s, but the column is %s", udf.TypeName(from), udf.TypeName(to)),
		}
	}
	call := &udf.Call{Mem: mem, Env: &udf.Env{Location: time.UTC}}
	result, err := udf.Cast(call, values, to)
	if err != nil {
		return nil, firstFault(call, values, to)
	}
	if row := rounded(call, values, result); row >= 0 {
		result.Release()
		return nil, fault(row, stateOutOfRange, "%s does not fit %s without rounding", values.ValueStr(row), udf.TypeName(to))
	}
	return result, nil
}

// firstFault finds the first row that cannot be cast, knowing that there is one.
func firstFault(call *udf.Call, values arrow.Array, to arrow.DataType) error {
	castTo := func(n int) error {
		part := array.NewSlice(values, 0, int64(n))
		defer part.Release()
		result, err := udf.Cast(call, part, to)
		if err == nil {
			result.Release()
		}
		return err
	}
	row := sort.Search(values.Len()-1, func(row int) bool { return castTo(row+1) != nil })
	err := castTo(row + 1)
	e := &rowError{row: row, state: stateData, msg: err.Error()}
	if stated, ok := err.(*udf.Error); ok {
		e.state, e.hint = stated.State, stated.Hint
	}
	return e
}

// rounded is the first row whose number changed on its way into an exact type, -1 if there is none.
func rounded(call *udf.Call, values, result arrow.Array) int {
	if !isExact(result.DataType()) || !isExact(values.DataType()) && !isFloat(values.DataType()) {
		return -1
	}
	back, err := udf.Cast(call, result, values.DataType())
	if err != nil {
		return 0
	}
	defer back.Release()
	if array.Equal(back, values) {
		return -1
	}
	for row := range values.Len() {
		if values.IsValid(row) && !array.SliceEqual(values, int64(row), int64(row+1), back, int64(row), int64(row+1)) {
			return row
		}
	}
	return -1
}

func isExact(typ arrow.DataType) bool {
	switch typ.ID() {
	case arrow.INT16, arrow.INT32, arrow.INT64, arrow.DECIMAL128:
		return true
	}
	return false
}
