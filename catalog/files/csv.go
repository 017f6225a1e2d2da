package files

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// Rows of a text file that decide about its types.
const (
	sampleRows  = 10_000
	sampleBytes = 8 << 20
)

// A csvFile reads comma-separated values. A field without text is NULL.
type csvFile struct {
	progress
	path   string
	opts   Options
	comma  rune
	header bool
	schema *arrow.Schema
}

func openCSV(path string, opts Options) (Source, error) {
	c := &csvFile{path: path, opts: opts, comma: opts.Delimiter, header: !opts.NoHeader}
	return c, c.openText(path, func(text *bufio.Reader) error {
		if c.comma == 0 {
			c.comma = delimiter(text)
		}
		return c.infer(c.reader(text))
	})
}

func (c *csvFile) Path() string          { return c.path }
func (c *csvFile) Schema() *arrow.Schema { return c.schema }

// maxRecord is how long a record may be, in bytes: a quote that is never closed makes one of the rest of the file.
const maxRecord = 64 << 20

// csvRecords reads records of bounded length.
type csvRecords struct {
	*csv.Reader
	text boundedText
	line int // where the last one started
}

func (c *csvFile) reader(text *bufio.Reader) *csvRecords {
	r := &csvRecords{text: boundedText{text: text}}
	r.Reader = csv.NewReader(&r.text)
	r.Comma = c.comma
	r.ReuseRecord = true
	return r
}

func (r *csvRecords) Read() ([]string, error) {
	r.text.left = maxRecord
	record, err := r.Reader.Read()
	if errors.Is(err, errLongRecord) {
		return nil, &Error{State: stateBadFile, Msg: fmt.Sprintf("the record behind line %d is longer than %d MiB", r.line, maxRecord>>20),
			Hint: "a quote may be open; write a quote inside of a field twice"}
	}
	if len(record) > 0 {
		r.line, _ = r.FieldPos(0)
	}
	return record, err
}

var errLongRecord = errors.New("the record is too long")

// boundedText reads a text until it has read more than was left.
type boundedText struct {
	text io.Reader
	left int
}

func (b *boundedText) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errLongRecord
	}
	n, err := b.text.Read(p)
	b.left -= n
	return n, err
}

// delimiter is the most frequent of the usual ones in the first line.
func delimiter(text *bufio.Reader) rune {
	start, _ := text.Peek(textBuffer / 4)
	line, _, _ := bytes.Cut(start, []byte("\n"))
	best, most := ',', 0
	for _, d := range ",;\t|" {
		if n := strings.Count(string(line), string(d)); n > most {
			best, most = d, n
		}
	}
	return best
}

// infer makes the schema from the first rows.
func (c *csvFile) infer(r *csvRecords) error {
	first, err := r.Read()
	if err == io.EOF {
		return &Error{State: stateBadFile, Msg: "the file is empty"}
	}
	if err != nil {
		return csvError(err)
	}
	columns, err := c.columnNames(first)
	if err != nil {
		return err
	}
	if c.schema = c.known(columns); c.schema != nil {
		return nil
	}
	seen := make([]looks, len(columns))
	for i := range seen {
		seen[i] = looksAny
	}
	for rows, size := 0, 0; rows < sampleRows && size < sampleBytes; rows++ {
		record := first
		if rows > 0 || c.header {
			if record, err = r.Read(); err == io.EOF {
				break
			} else if err != nil {
				return csvError(err)
			}
		}
		for i, text := range record {
			if !c.isNull(text) {
				seen[i] &= lookOf(text)
				size += len(text)
			}
		}
	}
	fields := make([]arrow.Field, len(columns))
	for i, name := range columns {
		fields[i] = arrow.Field{Name: name, Type: seen[i].typ(), Nullable: true}
		if stated := c.stated(name); stated != nil {
			fields[i].Type = stated
		}
	}
	c.schema = arrow.NewSchema(fields, nil)
	return nil
}

// known is the schema if nothing of the file needs to be looked at for it; else nil.
func (c *csvFile) known(columns []string) *arrow.Schema {
	fields := make([]arrow.Field, len(columns))
	for i, name := range columns {
		fields[i] = arrow.Field{Name: name, Type: c.stated(name), Nullable: true}
		switch {
		case fields[i].Type != nil:
		case c.opts.AllText:
			fields[i].Type = arrow.BinaryTypes.String
		default:
			return nil
		}
	}
	return arrow.NewSchema(fields, nil)
}

// stated is the type that a column is read as for the sake of the table that its rows are for; nil for what it looks like.
func (c *csvFile) stated(name string) arrow.DataType {
	if c.opts.Types == nil {
		return nil
	}
	place, err := find(name, c.opts.Types.Fields())
	if err != nil || place < 0 {
		return nil
	}
	return textType(c.opts.Types.Field(place).Type)
}

func (c *csvFile) isNull(text string) bool { return text == "" || text == c.opts.Null }

func (c *csvFile) columnNames(first []string) ([]string, error) {
	if c.opts.Names != nil {
		if len(c.opts.Names) != len(first) {
			return nil, &Error{Line: 1, State: stateBadFile, Msg: fmt.Sprintf("%d fields for %d columns", len(first), len(c.opts.Names))}
		}
		return c.opts.Names, nil
	}
	columns := make([]string, len(first))
	known := map[string]bool{}
	for i, name := range first {
		if name = strings.TrimSpace(name); name == "" || !c.header {
			name = fmt.Sprint("column", i+1)
		}
		if known[name] {
			return nil, &Error{Line: 1, Column: name, State: stateDuplicateColumn, Msg: "the header has it twice"}
		}
		known[name] = true
		columns[i] = strings.Clone(name)
	}
	return columns, nil
}

func (c *csvFile) Batches(ctx context.Context) iter.Seq2[arrow.RecordBatch, error] {
	return func(yield func(arrow.RecordBatch, error) bool) {
		err := c.openText(c.path, func(text *bufio.Reader) error {
			r := c.reader(text)
			if c.header {
				if _, err := r.Read(); err != nil {
					return csvError(err)
				}
			}
			b := array.NewRecordBuilder(c.opts.Mem, c.schema)
			defer b.Release()
			for {
				if err := ctx.Err(); err != nil {
					return err
				}
				rows, err := c.fill(b, r)
				if err != nil || rows == 0 {
					return err
				}
				batch := b.NewRecordBatch()
				more := yield(batch, nil)
				batch.Release()
				if !more {
					return errStopped
				}
			}
		})
		if err != nil && err != errStopped {
			yield(nil, inFile(c.path, err))
		}
	}
}

// fill appends rows up to a batch's size, none at the end of the file.
func (c *csvFile) fill(b *array.RecordBuilder, r *csvRecords) (rows int, err error) {
	for size := 0; rows < batchRows && size < batchBytes; rows++ {
		record, err := r.Read()
		if err == io.EOF {
			return rows, nil
		}
		if err != nil {
			return 0, csvError(err)
		}
		for i, text := range record {
			if c.isNull(text) {
				b.Field(i).AppendNull()
			} else if !appendText(b.Field(i), text) {
				line, _ := r.FieldPos(i)
				return 0, c.notA(i, line, text)
			}
			size += len(text)
		}
	}
	return rows, nil
}

func (c *csvFile) notA(column, line int, text string) error {
	f := c.schema.Field(column)
	e := &Error{Line: int64(line), Column: f.Name}
	e.State, e.Msg = invalidText(f.Type, text)
	if c.opts.Types == nil && e.State == stateInvalidText {
		e.Hint = fmt.Sprintf("the first %d rows decide about types; create the table first to have others", sampleRows)
	}
	return e
}

func csvError(err error) error {
	var fault *csv.ParseError
	if !errors.As(err, &fault) {
		return err
	}
	msg := fault.Err.Error()
	if errors.Is(err, csv.ErrFieldCount) {
		msg = "more or fewer fields than in the first line"
	}
	return &Error{Line: int64(fault.Line), State: stateBadFile, Msg: msg}
}
