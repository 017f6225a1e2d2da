package exec

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/exec/eval"
	"github.com/mediaflight/mediaflight/exec/gather"
	"github.com/mediaflight/mediaflight/exec/keys"
	"github.com/mediaflight/mediaflight/udf"
)

// A Measure is a call of an aggregate.
type Measure struct {
	Func     *udf.AggregateFunc
	Args     []eval.Expr
	Distinct bool            // over different arguments
	Filter   *eval.Condition // over rows that fulfill it, if there is one
	Sorts    []SortKey       // over rows in this order, if there is one
}

func (m *Measure) String() string {
	text := m.Func.Name + "("
	if m.Distinct {
		text += "distinct "
	}
	text += texts(m.Args)
	if len(m.Args) == 0 {
		text += "*"
	}
	if len(m.Sorts) > 0 {
		text += " order by " + sortTexts(m.Sorts)
	}
	text += ")"
	if m.Filter != nil {
		text += " filter (where " + m.Filter.String() + ")"
	}
	return text
}

// measureState is a measure's values of all groups so far.
type measureState struct {
	*Measure
	acc udf.Accumulator
	mem memory.Allocator
	// single says that there is one group, of all rows.
	single bool

	distinct *keys.Table // the pairs of group and arguments seen, or the arguments of a single group
	scratch  keys.Scratch
	pairs    []uint32

	waiting held // groups, arguments and sort keys of rows to be put in order
	rows    []uint32
}

// groupField is the column of waiting rows that says to which group they belong.
var groupField = arrow.Field{Name: "group", Type: arrow.PrimitiveTypes.Uint32}

// takesEncoded says whether the measure looks at no text of a row: it counts rows, or different values of them.
func (m *Measure) takesEncoded() bool { return m.Func.Name == "count" || m.Distinct }

func (m *Measure) newState(a *HashAggregate) (*measureState, error) {
	s := &measureState{Measure: m, mem: a.Mem, single: len(a.Keys) == 0}
	if m.Distinct {
		var err error
		types := eval.Types(m.Args)
		if !s.single {
			types = append([]arrow.DataType{groupField.Type}, types...)
		}
		if s.distinct, err = keys.NewTable(types); err != nil {
			return nil, unsupported("aggregate over distinct values: %v", err)
		}
	}
	if len(m.Sorts) > 0 {
		fields := []arrow.Field{groupField}
		for _, e := range append(append([]eval.Expr{}, m.Args...), sortExprs(m.Sorts)...) {
			fields = append(fields, arrow.Field{Type: e.Type(), Nullable: true})
		}
		s.waiting.schema = arrow.NewSchema(fields, nil)
	}
	s.acc = m.Func.Impl.New(a.Mem, m.Func.In, m.Func.Out)
	return s, nil
}

func (s *measureState) release() {
	s.waiting.release()
	s.acc.Release()
}

func (s *measureState) bytes() int64 {
	n := s.acc.Bytes() + s.waiting.bytes
	if s.distinct != nil {
		n += s.distinct.Bytes()
	}
	return n
}

// add takes in the rows of a batch, which belong to the groups given.
func (s *measureState) add(ctx context.Context, in eval.Input, groups []uint32) error {
	columns, err := arrays(ctx, s.mem, append(append([]eval.Expr{}, s.Args...), sortExprs(s.Sorts)...), in)
	if err != nil {
		return err
	}
	defer func() { releaseAll(columns) }()
	if s.Filter != nil {
		if s.rows, err = s.Filter.Select(ctx, in, s.rows[:0]); err != nil {
			return err
		}
		columns, groups = s.only(columns, groups, s.rows)
	}
	if s.distinct != nil {
		pair := columns[:len(s.Args):len(s.Args)]
		if !s.single {
			number := uint32Array(s.mem, groups)
			defer number.Release()
			pair = append([]arrow.Array{number}, pair...)
		}
		if cap(s.pairs) < len(groups) {
			s.pairs = make([]uint32, len(groups))
		}
		s.rows = s.distinct.Insert(&s.scratch, pair, len(groups), s.pairs[:len(groups)], s.rows)
		columns, groups = s.only(columns, groups, s.rows)
	}
	if len(groups) == 0 {
		return nil
	}
	if s.Func.Name != "count" || len(s.Sorts) > 0 {
		plainArrays(s.mem, columns)
	}
	if len(s.Sorts) > 0 {
		number := uint32Array(s.mem, groups)
		defer number.Release()
		batch := array.NewRecordBatch(s.waiting.schema, append([]arrow.Array{number}, columns...), int64(len(groups)))
		defer batch.Release()
		s.waiting.add(batch)
		return nil
	}
	return s.acc.Add(groups, asArgs(columns))
}

// only picks rows. It releases the columns.
func (s *measureState) only(columns []arrow.Array, groups, rows []uint32) ([]arrow.Array, []uint32) {
	if len(rows) == len(groups) {
		return columns, groups
	}
	picked := make([]uint32, len(rows))
	for i, r := range rows {
		picked[i] = groups[r]
	}
	out := make([]arrow.Array, len(columns))
	for i, c := range columns {
		out[i] = gather.Rows(s.mem, c, rows)
	}
	releaseAll(columns)
	return out, picked
}

// finish puts the waiting rows in order and takes them in.
func (s *measureState) finish(ctx context.Context) error {
	if s.waiting.rows == 0 {
		return nil
	}
	sorter := sorter{orders: append([]keys.Order{{}}, ordersOf(s.Sorts)...)}
	defer sorter.release()
	for _, b := range s.waiting.batches {
		columns := []arrow.Array{b.Column(0)}
		columns = append(columns, b.Columns()[1+len(s.Args):]...)
		for _, c := range columns {
			c.Retain()
		}
		sorter.add(columns, int(b.NumRows()))
	}
	refs, err := sorter.order(ctx, append([]arrow.DataType{groupField.Type}, eval.Types(sortExprs(s.Sorts))...))
	if err != nil {
		return err
	}
	for from := 0; from < len(refs); from += defaultRows {
		if err := ctx.Err(); err != nil {
			return err
		}
		batch := gather.Batches(s.mem, s.waiting.schema, s.waiting.batches, refs[from:min(from+defaultRows, len(refs))])
		err := s.acc.Add(batch.Column(0).(*array.Uint32).Uint32Values(), asArgs(batch.Columns()[1:1+len(s.Args)]))
		batch.Release()
		if err != nil {
			return err
		}
	}
	s.waiting.release()
	return nil
}

func asArgs(columns []arrow.Array) []udf.Arg {
	args := make([]udf.Arg, len(columns))
	for i, c := range columns {
		args[i].Array = c
	}
	return args
}

func uint32Array(mem memory.Allocator, values []uint32) arrow.Array {
	b := array.NewUint32Builder(mem)
	defer b.Release()
	b.AppendValues(values, nil)
	return b.NewArray()
}
