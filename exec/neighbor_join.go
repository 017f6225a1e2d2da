package exec

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	pb "github.com/substrait-io/substrait-protobuf/go/substraitpb"

	"github.com/mediaflight/mediaflight/exec/ann"
	"github.com/mediaflight/mediaflight/exec/eval"
	"github.com/mediaflight/mediaflight/exec/gather"
	"github.com/mediaflight/mediaflight/exec/keys"
	"github.com/mediaflight/mediaflight/udf"
)

// NeighborJoin yields for each row of its input the rows [Skip, Skip+Count) of a table in the order of the distance between
// their vectors and one of the row: LATERAL (SELECT ... ORDER BY t.v <=> q.v LIMIT k). It searches for many rows at once, so
// that the vectors of the table, or the lists of its index, come from memory once for all of them.
type NeighborJoin struct {
	vectorSearch
	Input       Operator
	Kind        JoinKind       // InnerJoin, or LeftJoin for a row of NULLs where there are no neighbors
	Query       eval.Expr      // over the input's columns
	Limit       *distanceLimit // over the input's columns; nil for none
	Skip, Count int64

	// Condition is what a neighbor must fulfill that depends on the input's row; nil for nothing.
	Condition *eval.Condition
	condition pairColumns

	// Keys put neighbors in order that are equally far.
	Keys []SortKey
	keys pairColumns

	// Exprs are what the join appends to the input's columns.
	Exprs  []eval.Expr
	output pairColumns
	left   []int // the input's columns that it yields, before those

	schema *arrow.Schema
}

func (j *NeighborJoin) Schema() *arrow.Schema { return j.schema }
func (j *NeighborJoin) Inputs() []Operator {
	return append([]Operator{j.Input}, j.vectorSearch.Inputs()...)
}

func (j *NeighborJoin) String() string {
	name := "neighbor join"
	if j.Kind == LeftJoin {
		name = "neighbor left join"
	}
	text := fmt.Sprintf("%s by %s", limitText(name, j.Skip, j.Count), j.describe(j.Query, j.Limit))
	if len(j.Keys) > 0 {
		text += " then by " + sortTexts(j.Keys)
	}
	if j.Condition != nil {
		text += " if " + j.Condition.String()
	}
	return text
}

// queriesAtOnce is how many queries are searched for together, about: enough to make reading the table once for them cheap,
// few enough for the first rows to come soon and for what is found to be small.
const queriesAtOnce = 1024

func (j *NeighborJoin) Run(ctx context.Context) Batches {
	return func(yield func(arrow.RecordBatch, error) bool) {
		defer j.free()
		waiting := held{schema: j.Input.Schema()}
		defer func() { waiting.release() }()
		join := func() bool {
			more, err := j.join(ctx, &waiting, yield)
			if err != nil {
				yield(nil, err)
				return false
			}
			waiting.release()
			j.holding.free()
			return more
		}
		for batch, err := range j.Input.Run(ctx) {
			if err != nil {
				yield(nil, err)
				return
			}
			for from := int64(0); from < batch.NumRows(); {
				to := min(from+queriesAtOnce-waiting.rows, batch.NumRows())
				some := batch.NewSlice(from, to)
				err := j.grow(j, batchBytes(some))
				if err == nil {
					waiting.add(some)
				}
				some.Release()
				if err != nil {
					yield(nil, err)
					return
				}
				if waiting.rows == queriesAtOnce && !join() {
					return
				}
				from = to
			}
		}
		if waiting.rows > 0 {
			join()
		}
	}
}

// join yields what comes of some input rows.
func (j *NeighborJoin) join(ctx context.Context, input *held, yield func(arrow.RecordBatch, error) bool) (more bool, err error) {
	found, err := j.search(ctx, input)
	if err != nil {
		return false, err
	}
	out := pairs{input: input}
	row := 0
	for chunk, batch := range input.batches {
		for i := range int(batch.NumRows()) {
			ref := gather.At(chunk, i)
			neighbors := found[row][min(j.Skip, int64(len(found[row]))):]
			row++
			if len(neighbors) == 0 && j.Kind == LeftJoin {
				out.addUnmatched(ref)
			}
			for _, n := range neighbors {
				out.add(ref, n)
			}
			for len(out.rows) >= j.Rows {
				if more, err := j.emitPairs(ctx, out.first(j.Rows), yield); !more || err != nil {
					return false, err
				}
				out = out.behind(j.Rows)
			}
		}
	}
	if len(out.rows) == 0 {
		return true, nil
	}
	return j.emitPairs(ctx, out, yield)
}

// search finds the neighbors of each input row, those to be skipped included.
func (j *NeighborJoin) search(ctx context.Context, input *held) ([][]ann.Neighbor, error) {
	queries, refs, err := j.queriesOf(ctx, input)
	if err != nil {
		return nil, err
	}
	wanted := everyRow
	if j.Count < everything {
		wanted = int(j.Skip + j.Count)
	}
	if wanted == everyRow || j.Condition == nil && len(j.Keys) == 0 {
		found, err := j.neighbors(ctx, queries, wanted)
		if err == nil {
			err = j.check(ctx, input, refs, found)
		}
		if err == nil {
			err = j.breakTies(ctx, input, refs, found)
		}
		return found, err
	}
	// A condition may drop any number of the nearest rows, and any number may be as far as the last one. Those who are left
	// with too few ask again, for more.
	all := make([][]ann.Neighbor, len(queries))
	open := make([]int, len(queries))
	for i := range open {
		open[i] = i
	}
	for ask := wanted + fewTies; len(open) > 0; ask *= 8 {
		some, someRefs := make([]nearQuery, len(open)), make([]gather.Ref, len(open))
		for i, q := range open {
			some[i], someRefs[i] = queries[q], refs[q]
		}
		found, err := j.neighbors(ctx, some, ask)
		if err != nil {
			return nil, err
		}
		last := make([]*ann.Neighbor, len(found)) // nil if there are no more
		for i := range found {
			if len(found[i]) == ask {
				n := found[i][ask-1]
				last[i] = &n
			}
		}
		if err := j.check(ctx, input, someRefs, found); err != nil {
			return nil, err
		}
		left := open[:0]
		for i, q := range open {
			all[q] = found[i]
			if last[i] != nil && (len(found[i]) < wanted || len(j.Keys) > 0 && equallyFar(found[i][wanted-1], *last[i])) {
				left = append(left, q)
			}
		}
		open = left
	}
	if err := j.breakTies(ctx, input, refs, all); err != nil {
		return nil, err
	}
	for i := range all {
		all[i] = all[i][:min(wanted, len(all[i]))]
	}
	return all, nil
}

// queriesOf computes the queries of the input rows, and names the rows.
func (j *NeighborJoin) queriesOf(ctx context.Context, input *held) (queries []nearQuery, refs []gather.Ref, err error) {
	for chunk, batch := range input.batches {
		in := eval.Of(batch)
		vectors, err := j.Query.Eval(ctx, in)
		if err != nil {
			return nil, nil, err
		}
		var bounds []*bound
		if j.Limit != nil {
			bounds, err = j.Limit.bounds(ctx, in)
		}
		for i := 0; i < in.Rows && err == nil; i++ {
			q := nearQuery{}
			if row := vectors.Row(i); !vectors.IsNull(row) {
				if q.vector, err = udf.VectorAt(vectors.Array, row); q.vector == nil {
					q.vector = []float32{}
				}
			}
			if bounds != nil {
				q.bound = bounds[i]
			}
			queries, refs = append(queries, q), append(refs, gather.At(chunk, i))
		}
		vectors.Release()
		if err != nil {
			return nil, nil, err
		}
	}
	return queries, refs, nil
}

// check drops the neighbors that do not fulfill the condition.
func (j *NeighborJoin) check(ctx context.Context, input *held, refs []gather.Ref, found [][]ann.Neighbor) error {
	if j.Condition == nil {
		return nil
	}
	all := pairs{input: input}
	for i, neighbors := range found {
		for _, n := range neighbors {
			all.add(refs[i], n)
		}
	}
	kept := make([]bool, 0, len(all.rows))
	for rest := all; len(rest.rows) > 0; rest = rest.behind(j.Rows) {
		if err := ctx.Err(); err != nil {
			return err
		}
		some := rest.first(j.Rows)
		in, err := j.columns(ctx, &j.condition, some)
		if err != nil {
			return err
		}
		rows, err := j.Condition.Select(ctx, in.Input, nil)
		in.release()
		if err != nil {
			return err
		}
		from := len(kept)
		kept = append(kept, make([]bool, len(some.rows))...)
		for _, row := range rows {
			kept[from+int(row)] = true
		}
	}
	at := 0
	for i := range found {
		found[i] = slices.DeleteFunc(found[i], func(ann.Neighbor) bool {
			at++
			return !kept[at-1]
		})
	}
	return nil
}

// breakTies puts neighbors that are equally far in the order of the keys.
func (j *NeighborJoin) breakTies(ctx context.Context, input *held, refs []gather.Ref, found [][]ann.Neighbor) error {
	if len(j.Keys) == 0 {
		return nil
	}
	tied := pairs{input: input}
	var runs [][]ann.Neighbor
	for i, neighbors := range found {
		for from := 0; from < len(neighbors); {
			to := from + 1
			for to < len(neighbors) && equallyFar(neighbors[from], neighbors[to]) {
				to++
			}
			if to > from+1 {
				runs = append(runs, neighbors[from:to])
				for _, n := range neighbors[from:to] {
					tied.add(refs[i], n)
				}
			}
			from = to
		}
	}
	encoded, err := j.encodeKeys(ctx, tied)
	if err != nil {
		return err
	}
	for _, run := range runs {
		order := make([]int, len(run))
		for i := range order {
			order[i] = i
		}
		slices.SortStableFunc(order, func(a, b int) int { return bytes.Compare(encoded[a], encoded[b]) })
		sorted := make([]ann.Neighbor, len(run))
		for i, at := range order {
			sorted[i] = run[at]
		}
		copy(run, sorted)
		encoded = encoded[len(run):]
	}
	return nil
}

// encodeKeys writes the keys of pairs as bytes that compare as they do.
func (j *NeighborJoin) encodeKeys(ctx context.Context, all pairs) ([][]byte, error) {
	exprs := sortExprs(j.Keys)
	encoder, err := keys.NewEncoder(eval.Types(exprs), ordersOf(j.Keys))
	if err != nil {
		return nil, unsupported("%v", err)
	}
	var encoded [][]byte
	var scratch keys.Rows
	for rest := all; len(rest.rows) > 0; rest = rest.behind(j.Rows) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		some := rest.first(j.Rows)
		in, err := j.columns(ctx, &j.keys, some)
		if err != nil {
			return nil, err
		}
		columns, err := arrays(ctx, j.Mem, exprs, in.Input)
		in.release()
		if err != nil {
			return nil, err
		}
		encoder.Encode(columns, len(some.rows), &scratch)
		releaseAll(columns)
		for i := range some.rows {
			encoded = append(encoded, bytes.Clone(scratch.Key(i)))
		}
	}
	return encoded, nil
}

// emitPairs yields a batch of pairs.
func (j *NeighborJoin) emitPairs(ctx context.Context, p pairs, yield func(arrow.RecordBatch, error) bool) (more bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	in, err := j.columns(ctx, &j.output, p.matched())
	if err != nil {
		return false, err
	}
	right, err := arrays(ctx, j.Mem, j.Exprs, in.Input)
	in.release()
	if err != nil {
		return false, err
	}
	defer func() { releaseAll(right) }()
	if p.unmatched > 0 {
		for i, a := range right {
			null := udf.NullArray(j.Mem, a.DataType(), 1)
			right[i] = gather.Chunks(j.Mem, a.DataType(), []arrow.Array{a, null}, p.places())
			null.Release()
			a.Release()
		}
	}
	columns := right
	if len(j.left) > 0 {
		left := j.leftOf(p)
		defer left.Release()
		columns = append(slices.Clone(left.Columns()), right...)
	}
	return emit(yield, array.NewRecordBatch(j.schema, columns, int64(len(p.rows)))), nil
}

// leftOf is the input's columns of pairs.
func (j *NeighborJoin) leftOf(p pairs) arrow.RecordBatch {
	schema, batches := j.Input.Schema(), p.input.batches
	if len(j.left) < schema.NumFields() {
		fields := make([]arrow.Field, len(j.left))
		for i, at := range j.left {
			fields[i] = schema.Field(at)
		}
		schema = arrow.NewSchema(fields, nil)
		batches = make([]arrow.RecordBatch, len(p.input.batches))
		for b, whole := range p.input.batches {
			columns := make([]arrow.Array, len(j.left))
			for i, at := range j.left {
				columns[i] = whole.Column(at)
			}
			batches[b] = array.NewRecordBatch(schema, columns, whole.NumRows())
			defer batches[b].Release()
		}
	}
	return gather.Batches(j.Mem, schema, batches, p.refs())
}

// leaveOut has the join not yield those of the input's columns that are not emitted, such as the queries: a row of the input
// has many neighbors. It returns where the others are now.
func (j *NeighborJoin) leaveOut(emit *pb.RelCommon_Emit) *pb.RelCommon_Emit {
	width := len(j.left)
	places := make([]int32, j.schema.NumFields())
	var left []int
	var fields []arrow.Field
	for i := range places {
		if i < width && !slices.Contains(emit.OutputMapping, int32(i)) {
			continue
		}
		if i < width {
			left = append(left, j.left[i])
		}
		places[i] = int32(len(fields))
		fields = append(fields, j.schema.Field(i))
	}
	mapping := make([]int32, len(emit.OutputMapping))
	for i, at := range emit.OutputMapping {
		if at < 0 || int(at) >= len(places) {
			return emit // as malformed as before
		}
		mapping[i] = places[at]
	}
	j.left, j.schema = left, arrow.NewSchema(fields, nil)
	return &pb.RelCommon_Emit{OutputMapping: mapping}
}
