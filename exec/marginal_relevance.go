package exec

import (
	"context"
	"fmt"
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/exec/eval"
	"github.com/mediaflight/mediaflight/exec/gather"
	"github.com/mediaflight/mediaflight/udf"
)

// MarginalRelevance chooses Count rows of its input that are near to a query and far from each other (Carbonell and
// Goldstein, 1998), one after the other: each time the row whose
//
//	Lambda * likeness to the query - (1 - Lambda) * likeness to the row chosen that is most like it
//
// is the greatest, the first of them where several are. It appends that number. The likeness of vectors is 1 - d by cosine
// distance and -d by another one. Rows without a vector, or whose likeness is not a number, are not chosen.
type MarginalRelevance struct {
	Input                        Operator
	Metric                       *udf.Metric
	Vector, Query, Count, Lambda eval.Expr // all but the vector constant
	Rows                         int
	Mem                          memory.Allocator
	holding

	schema *arrow.Schema
}

func (m *MarginalRelevance) Schema() *arrow.Schema { return m.schema }
func (m *MarginalRelevance) Inputs() []Operator    { return []Operator{m.Input} }

func (m *MarginalRelevance) String() string {
	return fmt.Sprintf("max marginal relevance %s by %s(%s, %s) lambda %s", m.Count, m.Metric.Name, m.Vector, m.Query, m.Lambda)
}

func (m *MarginalRelevance) Run(ctx context.Context) Batches {
	return func(yield func(arrow.RecordBatch, error) bool) {
		defer m.free()
		c := marginalChoice{rows: held{schema: m.Input.Schema()}, metric: m.Metric}
		defer c.release()
		refs, scores, err := m.choose(ctx, &c)
		if err != nil {
			yield(nil, err)
			return
		}
		for from := 0; from < len(refs); from += m.Rows {
			to := min(from+m.Rows, len(refs))
			rows := gather.Batches(m.Mem, m.Input.Schema(), c.rows.batches, refs[from:to])
			score := numbersOf(m.Mem, scores[from:to])
			batch := array.NewRecordBatch(m.schema, append(rows.Columns()[:rows.NumCols():rows.NumCols()], score), int64(to-from))
			rows.Release()
			score.Release()
			if !emit(yield, batch) {
				return
			}
		}
	}
}

func numbersOf(mem memory.Allocator, values []float64) arrow.Array {
	b := array.NewFloat64Builder(mem)
	defer b.Release()
	b.AppendValues(values, nil)
	return b.NewArray()
}

func (m *MarginalRelevance) choose(ctx context.Context, c *marginalChoice) (refs []gather.Ref, scores []float64, err error) {
	count, err := m.count(ctx)
	if err != nil {
		return nil, nil, err
	}
	lambda, err := m.lambda(ctx)
	if err != nil {
		return nil, nil, err
	}
	query, err := vectorOf(ctx, m.Query)
	if query == nil || err != nil {
		return nil, nil, err
	}
	for batch, err := range m.Input.Run(ctx) {
		if err == nil {
			err = m.grow(m, batchBytes(batch)+batch.NumRows()*candidateBytes)
		}
		if err == nil {
			err = c.add(ctx, m.Mem, m.Vector, query, batch)
		}
		if err != nil {
			return nil, nil, err
		}
	}
	for int64(len(refs)) < count {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		best, score := c.best(lambda, len(refs) == 0)
		if best < 0 {
			break
		}
		refs, scores = append(refs, c.candidates[best].ref), append(scores, score)
		if err := c.choose(best); err != nil {
			return nil, nil, err
		}
	}
	return refs, scores, nil
}

func (m *MarginalRelevance) count(ctx context.Context) (int64, error) {
	value, err := eval.Value(ctx, m.Count)
	if err != nil {
		return 0, err
	}
	defer value.Release()
	n := value.(*array.Int64)
	switch {
	case n.IsNull(0):
		return everything, nil
	case n.Value(0) < 0:
		return 0, &Error{Operator: "max marginal relevance", State: stateNegativeLimit, Msg: "k must not be negative"}
	}
	return n.Value(0), nil
}

func (m *MarginalRelevance) lambda(ctx context.Context) (float64, error) {
	value, err := eval.Value(ctx, m.Lambda)
	if err != nil {
		return 0, err
	}
	defer value.Release()
	lambda := value.(*array.Float64)
	if v := lambda.Value(0); lambda.IsValid(0) && v >= 0 && v <= 1 {
		return v, nil
	}
	return 0, &Error{Operator: "max marginal relevance", State: stateInvalidValue, Msg: "lambda must be between 0 and 1",
		Hint: "1 ranks by likeness to the query alone, 0 by difference from the rows chosen"}
}

// marginalChoice is the rows to choose from.
type marginalChoice struct {
	metric     *udf.Metric
	rows       held
	vectors    []arrow.Array // of each batch
	candidates []candidateRow
	distances  []float64
}

// candidateRow is a row that may be chosen.
type candidateRow struct {
	ref       gather.Ref
	relevance float64 // likeness to the query; NaN once it is chosen
	likeness  float64 // to the row chosen that is most like it
}

// candidateBytes is what a row takes beside its columns: what is kept of it, and its distance.
const candidateBytes = 24 + 8

func (c *marginalChoice) release() {
	c.rows.release()
	releaseAll(c.vectors)
}

func (c *marginalChoice) add(ctx context.Context, mem memory.Allocator, vector eval.Expr, query []float32, batch arrow.RecordBatch) error {
	vectors, err := eval.Array(ctx, mem, vector, eval.Of(batch))
	if err != nil {
		return err
	}
	c.rows.add(batch)
	c.vectors = append(c.vectors, vectors)
	distances, err := c.measure(query, vectors)
	if err != nil {
		return err
	}
	for i, d := range distances {
		row := candidateRow{gather.At(len(c.vectors)-1, i), c.likeness(d), math.Inf(-1)}
		if vectors.IsNull(i) {
			row.relevance = math.NaN()
		}
		c.candidates = append(c.candidates, row)
	}
	return nil
}

func (c *marginalChoice) measure(from []float32, vectors arrow.Array) ([]float64, error) {
	if cap(c.distances) < vectors.Len() {
		c.distances = make([]float64, vectors.Len())
	}
	distances := c.distances[:vectors.Len()]
	return distances, c.metric.From(from).Column(vectors, 0, distances)
}

func (c *marginalChoice) likeness(distance float64) float64 {
	if c.metric.Name == "cosine_distance" {
		return 1 - distance
	}
	return 0 - distance // 0 has no sign here
}

// best is the row to choose next; -1 if there is none.
func (c *marginalChoice) best(lambda float64, first bool) (best int, score float64) {
	best = -1
	for i := range c.candidates {
		r := &c.candidates[i]
		s := lambda * r.relevance
		if !first {
			s -= (1 - lambda) * r.likeness
		}
		if s == s && (best < 0 || s > score) {
			best, score = i, s
		}
	}
	return best, score
}

// choose takes a row, to which the others then are like or not.
func (c *marginalChoice) choose(row int) error {
	ref := c.candidates[row].ref
	vector, err := udf.VectorAt(c.vectors[ref>>32], int(uint32(ref)))
	if err != nil {
		return err
	}
	c.candidates[row].relevance = math.NaN()
	at := 0
	for _, vectors := range c.vectors {
		distances, err := c.measure(vector, vectors)
		if err != nil {
			return err
		}
		for _, d := range distances {
			if r := &c.candidates[at]; !(c.likeness(d) <= r.likeness) {
				r.likeness = c.likeness(d)
			}
			at++
		}
	}
	return nil
}
