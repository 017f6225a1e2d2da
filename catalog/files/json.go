package files

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"iter"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// A jsonFile reads objects, one a line or in one array.
type jsonFile struct {
	progress
	path   string
	opts   Options
	schema *arrow.Schema
	sample int // rows that decided about the schema
}

func openJSON(path string, opts Options) (Source, error) {
	j := &jsonFile{path: path, opts: opts}
	return j, j.openText(path, func(text *bufio.Reader) error { return j.infer(newJSONValues(text)) })
}

func (j *jsonFile) Path() string          { return j.path }
func (j *jsonFile) Schema() *arrow.Schema { return j.schema }

// infer makes the schema from the table or from the first rows.
func (j *jsonFile) infer(values *jsonValues) error {
	if j.opts.Types != nil {
		fields := j.opts.Types.Fields()
		for i, f := range fields {
			fields[i] = arrow.Field{Name: f.Name, Type: jsonTableType(f.Type), Nullable: true}
		}
		j.schema = arrow.NewSchema(fields, nil)
		return nil
	}
	var row jsonType
	for size := 0; j.sample < sampleRows && size < sampleBytes; j.sample++ {
		object, line, err := values.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		size += len(object)
		if err := row.see(&jsonCursor{data: object}); err != nil {
			return j.fault(line, err)
		}
	}
	fields := row.arrowFields()
	for i, f := range row.fields {
		fields[i].Type = f.typ.columnType()
	}
	if len(fields) == 0 {
		return &Error{State: stateBadFile, Msg: "there are no fields in the file"}
	}
	j.schema = arrow.NewSchema(fields, nil)
	return nil
}

func (j *jsonFile) Batches(ctx context.Context) iter.Seq2[arrow.RecordBatch, error] {
	return func(yield func(arrow.RecordBatch, error) bool) {
		err := j.openText(j.path, func(text *bufio.Reader) error {
			values := newJSONValues(text)
			b := array.NewRecordBuilder(j.opts.Mem, j.schema)
			defer b.Release()
			row := rowAppender(j.schema.Fields(), b.Field)
			for {
				if err := ctx.Err(); err != nil {
					return err
				}
				rows, err := j.fill(values, row)
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
			yield(nil, inFile(j.path, err))
		}
	}
}

// fill appends rows up to a batch's size, none at the end of the file.
func (j *jsonFile) fill(values *jsonValues, row jsonAppend) (rows int, err error) {
	for size := 0; rows < batchRows && size < batchBytes; rows++ {
		object, line, err := values.next()
		if err == io.EOF {
			return rows, nil
		}
		if err != nil {
			return 0, err
		}
		if err := row(&jsonCursor{data: object}); err != nil {
			return 0, j.fault(line, err)
		}
		size += len(object)
	}
	return rows, nil
}

// fault says where a fault in an object is.
func (j *jsonFile) fault(line int64, err error) error {
	e, ok := err.(*jsonError)
	if !ok {
		return err
	}
	at := &Error{Line: line, Column: e.path, State: e.state, Msg: e.msg}
	if j.sample > 0 && (e.state == stateInvalidText || e.state == stateUndefinedColumn) {
		at.Hint = fmt.Sprintf("the first %d rows decide about columns and types; create the table first to have others", j.sample)
	}
	return at
}
