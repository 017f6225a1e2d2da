package exec

import (
	"context"
	"slices"

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
	acc  udf.Accumulator
	mem  memory.Allocator
	size int // how many groups there are
	// workers may put waiting rows in order at once.
	workers int
	// single says that there is one group, of all rows.
	single bool
	// shares says that another measure's accumulator does the work, and this one's only has the results.
	shares bool

	distinct *keys.Table // the pairs of group and arguments seen, or the arguments of a single group
	scratch  keys.Scratch
	pairs    []uint32

	waiting held // groups, arguments and sort keys of rows that are different, or to be put in order
	rows    []uint32
}

// groupField is the column of waiting rows that says to which group they belong.
var groupField = arrow.Field{Name: "group", Type: arrow.PrimitiveTypes.Uint32}

// takesEncoded says whether the measure looks at no text of a row: it counts rows, or different values of them.
func (m *Measure) takesEncoded() bool { return m.Func.Name == "count" || m.Distinct }

func (m *Measure) newState(a *HashAggregate) (*measureState, error) {
	s := &measureState{Measure: m, mem: a.Mem, workers: a.Workers, single: len(a.Keys) == 0}
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
	if s.waits() {
		fields := []arrow.Field{groupField}
		for _, e := range append(append([]eval.Expr{}, m.Args...), sortExprs(m.Sorts)...) {
			fields = append(fields, arrow.Field{Type: e.Type(), Nullable: true})
		}
		s.waiting.schema = arrow.NewSchema(fields, nil)
	}
	s.acc = m.Func.Impl.New(a.Mem, m.Func.In, m.Func.Out)
	return s, nil
}

// waits says whether rows are kept until all are known: those that are to be put in order, and the different ones, of which those
// that several workers found may be the same.
func (m *Measure) waits() bool { return m.Distinct || len(m.Sorts) > 0 }

// share looks for a measure before this one that knows all that this one would, as the sum and number of values do for the mean.
func (s *measureState) share(others []*measureState) {
	acc, ok := s.acc.(udf.Sharer)
	if !ok || s.waits() || s.Filter != nil {
		return
	}
	for _, o := range others {
		if o.shares || o.waits() || o.Filter != nil || !slices.EqualFunc(s.Args, o.Args, eval.Same) {
			continue
		}
		if s.shares = acc.Share(o.acc); s.shares {
			return
		}
	}
}

func (s *measureState) release() {
	s.waiting.release()
	s.acc.Release()
}

func (s *measureState) grow(n int) {
	s.size = max(s.size, n)
	if !s.shares {
		s.acc.Grow(n)
	}
}

func (s *measureState) bytes() int64 {
	if s.shares {
		return 0
	}
	n := s.acc.Bytes() + s.waiting.bytes
	if s.distinct != nil {
		n += s.distinct.Bytes()
	}
	return n
}

// add takes in the rows of a batch, which belong to the groups given.
func (s *measureState) add(ctx context.Context, in eval.Input, groups []uint32) error {
	if s.shares {
		return nil
	}
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
	if s.waits() {
		columns, groups = s.different(columns, groups)
		s.wait(columns, groups)
		return nil
	}
	if len(groups) == 0 {
		return nil
	}
	if s.Func.Name != "count" {
		plainArrays(s.mem, columns)
	}
	return s.acc.Add(groups, asArgs(columns))
}

// different leaves the rows of which group and arguments have not come before, where only those count.
func (s *measureState) different(columns []arrow.Array, groups []uint32) ([]arrow.Array, []uint32) {
	if s.distinct == nil {
		return columns, groups
	}
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
	return s.only(columns, groups, s.rows)
}

// wait keeps rows until finish.
func (s *measureState) wait(columns []arrow.Array, groups []uint32) {
	if len(groups) == 0 {
		return
	}
	plainArrays(s.mem, columns)
	number := uint32Array(s.mem, groups)
	defer number.Release()
	batch := array.NewRecordBatch(s.waiting.schema, append([]arrow.Array{number}, columns...), int64(len(groups)))
	defer batch.Release()
	s.waiting.add(batch)
}

// merge takes in the rows of another state, of rows that come behind those of this one, whose group g is groups[g] here.
func (s *measureState) merge(other *measureState, groups []uint32) error {
	if s.shares {
		return nil
	}
	if !s.waits() {
		return s.acc.Merge(other.acc, groups)
	}
	for _, batch := range other.waiting.batches {
		s.takeOver(batch, groups)
	}
	return nil
}

// takeOver takes in rows that wait in another state.
func (s *measureState) takeOver(batch arrow.RecordBatch, groups []uint32) {
	numbers := make([]uint32, batch.NumRows())
	for i, g := range batch.Column(0).(*array.Uint32).Uint32Values() {
		numbers[i] = groups[g]
	}
	columns := append([]arrow.Array{}, batch.Columns()[1:]...)
	for _, c := range columns {
		c.Retain()
	}
	columns, numbers = s.different(columns, numbers)
	s.wait(columns, numbers)
	releaseAll(columns)
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
	defer s.waiting.release()
	if len(s.Sorts) == 0 {
		for _, b := range s.waiting.batches {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := s.acc.Add(b.Column(0).(*array.Uint32).Uint32Values(), asArgs(b.Columns()[1:])); err != nil {
				return err
			}
		}
		return nil
	}
	sorter, numbers := sorter{orders: ordersOf(s.Sorts)}, make([][]uint32, 0, len(s.waiting.batches))
	defer sorter.release()
	for _, b := range s.waiting.batches {
		numbers = append(numbers, b.Column(0).(*array.Uint32).Uint32Values())
		columns := append([]arrow.Array{}, b.Columns()[1+len(s.Args):]...)
		for _, c := range columns {
			c.Retain()
		}
		sorter.add(columns, int(b.NumRows()))
	}
	sorted, err := sorter.orderWithin(ctx, eval.Types(sortExprs(s.Sorts)), numbers, s.size, s.workers)
	if err != nil {
		return err
	}
	refs := sorted.refs()
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
