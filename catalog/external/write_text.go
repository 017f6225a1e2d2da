package external

import (
	"bufio"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/udf"
	"github.com/mediaflight/mediaflight/udf/jsonb"
)

// csvRows writes rows as PostgreSQL's COPY does in CSV: values are quoted where they could be taken for something else, an empty text
// because it could be taken for NULL.
type csvRows struct {
	out    *bufio.Writer
	target catalog.FileTarget
	single bool // one column: \. on a line by itself would end the rows
	buffer []byte
}

func (c *csvRows) header(schema *arrow.Schema) error {
	c.single = schema.NumFields() == 1
	if c.target.Delimiter == 0 {
		c.target.Delimiter = ','
	}
	if !c.target.Header {
		return nil
	}
	line := c.buffer[:0]
	for i, f := range schema.Fields() {
		if i > 0 {
			line = append(line, string(c.target.Delimiter)...)
		}
		line = c.field(line, f.Name, false)
	}
	_, err := c.out.Write(append(line, '\n'))
	return err
}

func (c *csvRows) Write(batch arrow.RecordBatch) error {
	env := &udf.Env{Location: c.target.Location}
	texts := make([]func([]byte, int) []byte, batch.NumCols())
	for i, column := range batch.Columns() {
		texts[i] = udf.TextOf(column, env)
	}
	var text []byte
	for row := range int(batch.NumRows()) {
		line := c.buffer[:0]
		for i, column := range batch.Columns() {
			if i > 0 {
				line = append(line, string(c.target.Delimiter)...)
			}
			if column.IsNull(row) {
				line = append(line, c.target.Null...)
				continue
			}
			text = texts[i](text[:0], row)
			line = c.field(line, string(text), c.target.ForceQuote != nil && c.target.ForceQuote[i])
		}
		if c.single && len(line) == 0 { // most readers, and ours, take an empty line for no row; PostgreSQL takes this for an empty text
			line = append(line, `""`...)
		}
		c.buffer = append(line, '\n')
		if _, err := c.out.Write(c.buffer); err != nil {
			return err
		}
	}
	return nil
}

// field appends a value, quoted where it must be.
func (c *csvRows) field(line []byte, text string, quote bool) []byte {
	if !quote && text != c.target.Null && !(c.single && text == `\.`) && !strings.ContainsAny(text, "\"\r\n") && !strings.ContainsRune(text, c.target.Delimiter) {
		return append(line, text...)
	}
	line = append(line, '"')
	line = append(line, strings.ReplaceAll(text, `"`, `""`)...)
	return append(line, '"')
}

func (c *csvRows) Close() error { return nil }
func (c *csvRows) Abort()       {}

// jsonRows writes an object for each row: one a line, or in an array.
type jsonRows struct {
	out    *bufio.Writer
	target catalog.FileTarget
	buffer []byte
	some   bool
}

func (j *jsonRows) Write(batch arrow.RecordBatch) error {
	env := &udf.Env{Location: j.target.Location}
	values := make([]func([]byte, int) ([]byte, error), batch.NumCols())
	names := make([][]byte, batch.NumCols())
	for i, column := range batch.Columns() {
		values[i] = udf.JSONOf(column, env)
		names[i] = append(jsonb.AppendString(nil, batch.ColumnName(i)), ": "...)
	}
	for row := range int(batch.NumRows()) {
		line := append(j.between(j.buffer[:0]), '{')
		for i := range values {
			if i > 0 {
				line = append(line, ", "...)
			}
			var err error
			if line, err = values[i](append(line, names[i]...), row); err != nil {
				return err
			}
		}
		j.buffer = append(line, '}')
		if !j.target.Array {
			j.buffer = append(j.buffer, '\n')
		}
		if _, err := j.out.Write(j.buffer); err != nil {
			return err
		}
	}
	return nil
}

// between appends what stands before an object of an array.
func (j *jsonRows) between(line []byte) []byte {
	switch {
	case !j.target.Array:
		return line
	case !j.some:
		j.some = true
		return append(line, "[\n\t"...)
	}
	return append(line, ",\n\t"...)
}

func (j *jsonRows) Close() error {
	if !j.target.Array {
		return nil
	}
	end := "\n]\n"
	if !j.some {
		end = "[]\n"
	}
	_, err := j.out.WriteString(end)
	return err
}

func (j *jsonRows) Abort() {}
