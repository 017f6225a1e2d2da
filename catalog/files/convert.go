package files

import (
	"errors"
	"fmt"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/udf"
)

// Convert turns a source's batch into a table's: its columns by name, its types. A name that matches no column exactly
// is taken for the only column that it matches but for case. Columns that the batch lacks are NULL; columns that the
// table lacks are an error. The result is the caller's to release. The first row of the batch is Row 1 in an *Error.
func Convert(mem memory.Allocator, batch arrow.RecordBatch, to *arrow.Schema) (arrow.RecordBatch, error) {
	places, err := match(batch.Schema().Fields(), to.Fields())
	if err != nil {
		return nil, err
	}
	columns := make([]arrow.Array, 0, to.NumFields())
	defer func() {
		for _, c := range columns {
			c.Release()
		}
	}()
	rows := int(batch.NumRows())
	for i, f := range to.Fields() {
		var column arrow.Array
		if places[i] < 0 {
			column = udf.NullArray(mem, f.Type, rows)
		} else if column, err = convert(mem, batch.Column(places[i]), f.Type); err != nil {
			return nil, inColumn(f.Name, err)
		}
		columns = append(columns, column)
		if !f.Nullable && column.NullN() > 0 {
			return nil, notNull(f.Name, column)
		}
	}
	return array.NewRecordBatch(to, columns, batch.NumRows()), nil
}

// match says which of the fields goes where, -1 for none.
func match(from, to []arrow.Field) ([]int, error) {
	places := make([]int, len(to))
	for i := range places {
		places[i] = -1
	}
	var extra []string
	for i, f := range from {
		place, err := find(f.Name, to)
		switch {
		case err != nil:
			return nil, err
		case place < 0:
			extra = append(extra, fmt.Sprintf("%q", f.Name))
		case places[place] >= 0:
			return nil, &Error{Column: to[place].Name, State: stateDuplicateColumn, Msg: "the file has it twice"}
		default:
			places[place] = i
		}
	}
	if len(extra) > 0 {
		return nil, &Error{
			State: stateUndefinedColumn, Msg: "the table does not have the file's " + plural("column", extra),
			Hint: fmt.Sprintf("the table's columns are %s", strings.Join(names(to), ", ")),
		}
	}
	return places, nil
}

// find is the place of the field of a name, -1 if there is none.
func find(name string, fields []arrow.Field) (int, error) {
	place := -1
	for i, f := range fields {
		switch {
		case f.Name == name:
			return i, nil
		case !strings.EqualFold(f.Name, name):
		case place >= 0:
			return 0, &Error{Column: name, State: stateDuplicateColumn, Msg: fmt.Sprintf("the table has both %q and %q", fields[place].Name, f.Name)}
		default:
			place = i
		}
	}
	return place, nil
}

func plural(noun string, names []string) string {
	if len(names) > 1 {
		noun += "s"
	}
	return noun + " " + strings.Join(names, ", ")
}

func names(fields []arrow.Field) []string {
	all := make([]string, len(fields))
	for i, f := range fields {
		all[i] = f.Name
	}
	return all
}

func notNull(column string, values arrow.Array) error {
	row := 0
	for values.IsValid(row) {
		row++
	}
	return &Error{Row: int64(row) + 1, Column: column, State: stateNotNull, Msg: "NULL, but the column is NOT NULL"}
}

// A rowError is a fault in one row of an array.
type rowError struct {
	row              int // -1 for all
	state, msg, hint string
}

func (e *rowError) Error() string { return e.msg }

// fault is a rowError.
func fault(row int, state, format string, args ...any) *rowError {
	return &rowError{row: row, state: state, msg: fmt.Sprintf(format, args...)}
}

// inColumn says in which column of a batch a fault is.
func inColumn(column string, err error) error {
	if e := (*rowError)(nil); errors.As(err, &e) {
		return &Error{Row: int64(e.row) + 1, Column: column, State: e.state, Msg: err.Error(), Hint: e.hint}
	}
	if e := (*Error)(nil); errors.As(err, &e) {
		at := *e
		at.Column = column
		return &at
	}
	return fmt.Errorf("column %q: %w", column, err)
}

// convert turns values into another type. Text becomes what it says; other values what they are without loss, or fail.
func convert(mem memory.Allocator, values arrow.Array, to arrow.DataType) (arrow.Array, error) {
	if arrow.TypeEqual(values.DataType(), to) {
		values.Retain()
		return values, nil
	}
	switch values := values.(type) {
	case array.ExtensionArray:
		if storage(values.DataType()) != values.DataType() {
			return convert(mem, values.Storage(), to)
		}
	case *array.Dictionary:
		return convertDictionary(mem, values, to)
	case *array.Null:
		return udf.NullArray(mem, to, values.Len()), nil
	case *array.Struct:
		if to, ok := to.(*arrow.StructType); ok {
			return convertStruct(mem, values, to)
		}
	case array.ListLike:
		switch to := to.(type) {
		case *arrow.FixedSizeListType:
			return convertVector(mem, values, to)
		case *arrow.ListType, *arrow.MapType:
			return convertList(mem, values, to)
		}
	}
	wide, err := widen(mem, values)
	if err != nil {
		return nil, err
	}
	defer wide.Release()
	return cast(mem, wide, to)
}
