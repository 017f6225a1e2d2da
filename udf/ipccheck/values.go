package ipccheck

import (
	"errors"
	"fmt"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
)

// checkValues holds the arrays of a batch to their buffers, and the batch to what its values may take. A panic of arrow-go's
// own checks, of which there have been some, is a fault found as well.
func checkValues(batch arrow.RecordBatch) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = badf("arrays are damaged: %v", p)
		}
	}()
	var all extent
	for i, column := range batch.Columns() {
		if int64(column.Len()) != batch.NumRows() {
			return inColumn(batch.Schema(), i, badf("%d rows in a batch of %d", column.Len(), batch.NumRows()))
		}
		if err := checkArray(column); err != nil {
			return inColumn(batch.Schema(), i, err)
		}
		all.add(column)
		if !all.fits(batch.NumRows()) {
			return inColumn(batch.Schema(), i, tooLarge())
		}
	}
	if batch.NumCols() == 0 && batch.NumRows() > maxUnbacked {
		return &Error{State: stateTooLarge, Msg: fmt.Sprintf("batch of %d rows without a column", batch.NumRows()), Hint: "send fewer rows in a batch"}
	}
	return nil
}

func tooLarge() error {
	return &Error{State: stateTooLarge, Msg: "the values of a batch would take too much memory once written out", Hint: "send fewer rows in a batch"}
}

// inColumn says in which column a fault is.
func inColumn(schema *arrow.Schema, i int, err error) error {
	at := (*Error)(nil)
	if !errors.As(err, &at) {
		at = badf("%.200s", strings.ToValidUTF8(err.Error(), "\uFFFD")) // arrow-go quotes text that is not UTF-8, all of it
	}
	return &Error{State: at.State, Msg: fmt.Sprintf("column %q: %s", schema.Field(i).Name, at.Msg), Hint: at.Hint}
}

// checkArray does what array.ValidateFull does but for arrays of type null, which that refuses as IPC has them.
func checkArray(a arrow.Array) error {
	if extension, ok := a.(array.ExtensionArray); ok {
		return checkArray(extension.Storage())
	}
	data := a.Data()
	if data.DataType().ID() == arrow.NULL {
		return nil
	}
	if err := checkValidity(data); err != nil {
		return err
	}
	if fixed, ok := data.DataType().(arrow.FixedWidthDataType); ok {
		if holds := int64(length(data, 1)) * 8 / int64(fixed.BitWidth()); int64(data.Len()) > holds {
			return badf("%d rows, but values for %d", data.Len(), holds)
		}
	}
	if views, ok := a.(array.ViewLike); ok { // whose values are looked at one by one, however often they are the same
		if int64(data.Len()) > int64(length(data, 1)/arrow.ViewHeaderSizeBytes) {
			return badf("%d rows, but views for %d", data.Len(), length(data, 1)/arrow.ViewHeaderSizeBytes)
		}
		if spread := (extent{spread: viewed(views)}); !spread.fits(int64(data.Len())) {
			return tooLarge()
		}
	}
	if err := checkLayout(a); err != nil {
		return err
	}
	for _, part := range data.Children() {
		child := array.MakeFromData(part)
		err := checkArray(child)
		child.Release()
		if err != nil {
			return err
		}
	}
	if dictionary, ok := a.(*array.Dictionary); ok && a.Len() > 0 {
		return checkDictionary(dictionary)
	}
	return nil
}

// checkLayout holds offsets to what they lead to. arrow-go looks at text before it has seen all offsets to it, so that text
// has a check of its own.
func checkLayout(a arrow.Array) error {
	switch a := a.(type) {
	case *array.Binary, *array.LargeBinary, *array.String, *array.LargeString:
		return checkBytes(a)
	case array.Validator:
		return a.ValidateFull()
	}
	return nil
}

// checkValidity holds the count of nulls to the bits.
func checkValidity(data arrow.ArrayData) error {
	nulls := 0
	if mask := data.Buffers()[0]; mask != nil && data.Len() > 0 {
		if int64(data.Len()) > 8*int64(mask.Len()) {
			return badf("%d rows, but validity of %d", data.Len(), 8*mask.Len())
		}
		nulls = data.Len() - bitutil.CountSetBits(mask.Bytes(), 0, data.Len())
	}
	if nulls != data.NullN() {
		return badf("%d nulls, but a count of %d", nulls, data.NullN())
	}
	return nil
}

func checkDictionary(a *array.Dictionary) error {
	if err := checkArray(a.Dictionary()); err != nil {
		return err
	}
	same, err := array.NewValidatedDictionaryArray(a.DataType().(*arrow.DictionaryType), a.Indices(), a.Dictionary())
	if err != nil {
		return err
	}
	same.Release()
	return nil
}

// length is the size of a buffer that may be missing.
func length(data arrow.ArrayData, i int) int {
	if b := data.Buffers()[i]; b != nil {
		return b.Len()
	}
	return 0
}
