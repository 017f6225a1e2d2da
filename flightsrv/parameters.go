package flightsrv

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/catalog/files"
	"github.com/mediaflight/mediaflight/exec"
	"github.com/mediaflight/mediaflight/udf"
)

// maxTicketParams keeps tickets well below what clients and servers receive by default.
const maxTicketParams = 2 << 20

// checkParams holds the bound parameters to the statement's.
func (st *statement) checkParams() error {
	want := 0
	if st.Params != nil {
		want = st.Params.NumFields()
	}
	switch {
	case want == 0:
		return nil
	case st.params == nil || st.params.NumRows() == 0:
		return &Error{State: undefinedBinding, Msg: fmt.Sprintf("no values for the statement's %d parameters", want),
			Hint: "prepare the statement and bind values to it"}
	}
	return nil
}

// bind casts bound rows, which fit has prepared, to the types that the statement wants for its parameters.
func (st *statement) bind(bound arrow.RecordBatch, env udf.Env) error {
	columns := make([]arrow.Array, 0, bound.NumCols())
	defer func() {
		for _, c := range columns {
			c.Release()
		}
	}()
	for i, field := range st.Params.Fields() {
		c, err := castParam(bound.Column(i), field.Type, &env)
		if err != nil {
			return inParameter(i+1, err)
		}
		columns = append(columns, c)
	}
	st.params = array.NewRecordBatch(st.Params, columns, bound.NumRows())
	return nil
}

// inParameter says which parameter the error is in.
func inParameter(number int, err error) error {
	var stated interface{ SQLState() string }
	if !errors.As(err, &stated) {
		return err
	}
	return &Error{State: stated.SQLState(), Msg: fmt.Sprintf("parameter $%d: %v", number, err)}
}

// fit gives bound columns types of SQL: clients bind unsigned numbers, views, dictionaries, timestamps in milliseconds.
// Names do not matter; columns are $1, $2 and so on.
func fit(bound arrow.RecordBatch, params *arrow.Schema) (arrow.RecordBatch, error) {
	if int(bound.NumCols()) != params.NumFields() {
		return nil, &Error{State: undefinedBinding, Msg: fmt.Sprintf("%d parameters bound, the statement has %d", bound.NumCols(), params.NumFields())}
	}
	from, to := make([]arrow.Field, bound.NumCols()), make([]arrow.Field, bound.NumCols())
	for i, want := range params.Fields() {
		from[i] = arrow.Field{Name: "$" + strconv.Itoa(i+1), Type: bound.Column(i).DataType(), Nullable: true}
		to[i] = from[i]
		if arrow.TypeEqual(from[i].Type, want.Type) {
			continue
		}
		table, err := files.TableSchema(arrow.NewSchema(from[i:i+1], nil))
		if err != nil {
			return nil, err
		}
		to[i].Type = table.Field(0).Type
	}
	renamed := array.NewRecordBatch(arrow.NewSchema(from, nil), bound.Columns(), bound.NumRows())
	defer renamed.Release()
	return files.Convert(memory.DefaultAllocator, renamed, arrow.NewSchema(to, nil))
}

// castParam casts a column of parameters. Text is read as the wanted type, as PostgreSQL reads a quoted literal.
func castParam(a arrow.Array, to arrow.DataType, env *udf.Env) (arrow.Array, error) {
	if arrow.TypeEqual(a.DataType(), to) {
		a.Retain()
		return a, nil
	}
	if !udf.CanCast(a.DataType(), to, udf.Explicit) {
		return nil, &Error{State: "42804", Msg: fmt.Sprintf("bound as %s, wanted as %s", udf.TypeName(a.DataType()), udf.TypeName(to))}
	}
	return udf.Cast(&udf.Call{Mem: memory.DefaultAllocator, Rows: a.Len(), Out: to, Env: env}, a, to)
}

// statedTypes are the types that a statement is planned again with because the bound values would lose by a cast to those
// that were inferred: 2.5 bound to the integer of $1 + 1, 1.54 to the numeric(2,1) of $1 = 1.5. nil says that the inferred
// ones will do.
func statedTypes(inferred *arrow.Schema, bound *arrow.Schema) []arrow.DataType {
	var stated []arrow.DataType
	for i := range min(inferred.NumFields(), bound.NumFields()) {
		from, to := bound.Field(i).Type, inferred.Field(i).Type
		if isNumber(from) && isNumber(to) && !holds(to, from) {
			if stated == nil {
				stated = make([]arrow.DataType, inferred.NumFields())
			}
			stated[i] = from
		}
	}
	return stated
}

// holds tells whether one type of number has every value of another.
func holds(to, from arrow.DataType) bool {
	wide, isDecimal := to.(arrow.DecimalType)
	precision, scale, known := precisionOf(from)
	if isDecimal && known && !arrow.IsFloating(from.ID()) {
		return wide.GetScale() >= scale && wide.GetPrecision()-wide.GetScale() >= precision-scale
	}
	return arrow.TypeEqual(from, to) || udf.CanCast(from, to, udf.Implicit)
}

func isNumber(t arrow.DataType) bool {
	return arrow.IsInteger(t.ID()) || arrow.IsFloating(t.ID()) || arrow.IsDecimal(t.ID())
}

// encodeParams is the rows as they travel in a ticket.
func encodeParams(params arrow.RecordBatch) ([]byte, error) {
	if params == nil {
		return nil, nil
	}
	b, err := encodeBatch(params)
	if len(b) > maxTicketParams {
		return nil, &Error{State: limitExceeded, Msg: "the bound parameters are too large for a query", Hint: "bind fewer rows at once"}
	}
	return b, err
}

// decodeParams is nil for a query without parameters. The caller releases the rows.
func decodeParams(b []byte) (arrow.RecordBatch, error) {
	if b == nil {
		return nil, nil
	}
	reader, err := ipc.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	defer reader.Release()
	if !reader.Next() {
		return nil, fmt.Errorf("parameters of a ticket: %w", reader.Err())
	}
	params := reader.RecordBatch()
	params.Retain()
	return params, nil
}

// encodeBatch is a batch as an IPC stream.
func encodeBatch(batch arrow.RecordBatch) ([]byte, error) {
	var b bytes.Buffer
	w := ipc.NewWriter(&b, ipc.WithSchema(batch.Schema()))
	if err := w.Write(batch); err != nil {
		return nil, err
	}
	err := w.Close()
	return b.Bytes(), err
}

// decodeRows is an IPC stream as rows.
func decodeRows(b []byte) (rows, error) {
	reader, err := ipc.NewReader(bytes.NewReader(b))
	if err != nil {
		return rows{}, err
	}
	var batches exec.Batches = func(yield func(arrow.RecordBatch, error) bool) {
		defer reader.Release()
		for reader.Next() {
			if !yield(reader.RecordBatch(), nil) {
				return
			}
		}
		if err := reader.Err(); err != nil {
			yield(nil, err)
		}
	}
	return rows{schema: reader.Schema(), batches: batches}, nil
}
