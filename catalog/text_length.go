package catalog

import (
	"fmt"
	"strconv"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// LengthProperty is the table property that bounds a column of text, which varchar(n) states: to how many characters.
func LengthProperty(column string) string { return "mediaflight.text." + column + ".length" }

// Length is the greatest number of characters in a column of text; ok is false where there is no bound.
func (d Definition) Length(column string) (n int, ok bool) {
	n, err := strconv.Atoi(d.Properties[LengthProperty(column)])
	return n, err == nil && n > 0
}

// CheckLengths answers with an *Error 22001 if a text of the batch, whose columns are the table's, is too long.
func (d Definition) CheckLengths(batch arrow.RecordBatch) error {
	for i, f := range d.Schema.Fields() {
		texts, isText := batch.Column(i).(*array.String)
		limit, ok := d.Length(f.Name)
		if !isText || !ok {
			continue
		}
		for row := range texts.Len() {
			if texts.ValueLen(row) <= limit || texts.IsNull(row) { // no text has more characters than bytes
				continue
			}
			if n := utf8.RuneCountInString(texts.Value(row)); n > limit {
				return &Error{State: "22001", Msg: fmt.Sprintf("value too long for column %q of type varchar(%d): %d characters", f.Name, limit, n)}
			}
		}
	}
	return nil
}
