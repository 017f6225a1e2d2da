package exec

import (
	"context"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	pb "github.com/substrait-io/substrait-protobuf/go/substraitpb"

	"github.com/mediaflight/mediaflight/exec/eval"
)

// CompileRows compiles a plan for several rows of parameters, in place of env.Params. The query gives what the plan gives for
// the first row, then what it gives for the second, and so on. Searches for nearest neighbors of vectors that are parameters
// run together, which takes a fraction of the time; other plans run row by row. The batch stays the caller's.
func (p *Plan) CompileRows(ctx context.Context, env Env, params arrow.RecordBatch) (*Query, error) {
	if params.NumRows() > 1 && searchesByRows(p.root().Input) {
		// What cannot run together is for the rows one by one to say, and so are errors.
		if q, err := p.compileTogether(ctx, env, params); err == nil {
			return q, nil
		}
	}
	each := &eachRow{plan: p, env: env, params: params}
	var err error
	if each.first, err = each.compile(ctx, 0); err != nil {
		return nil, err
	}
	if params.NumRows() == 1 {
		return each.first, nil
	}
	q := *each.first
	q.root, q.compiler = each, &eval.Compiler{}
	return &q, nil
}

// searchesByRows says whether a plan is a search whose answer is taken row by row.
func searchesByRows(rel *pb.Rel) bool {
	switch r := rel.GetRelType().(type) {
	case *pb.Rel_Project:
		return searchesByRows(r.Project.Input)
	case *pb.Rel_ExtensionSingle:
		return r.ExtensionSingle.Detail.MessageIs(&pb.ReadRel{}) && searchesByRows(r.ExtensionSingle.Input)
	case *pb.Rel_Fetch:
		return r.Fetch.Input.GetSort() != nil
	}
	return false
}

// compileTogether compiles a search as a join of the rows of parameters with their neighbors. Parameters that are the same in
// all rows are constants.
func (p *Plan) compileTogether(ctx context.Context, env Env, params arrow.RecordBatch) (*Query, error) {
	env.Params = make([]arrow.Array, params.NumCols())
	var kept []arrow.Array
	for i, c := range params.Columns() {
		if isConstant(c) {
			env.Params[i] = array.NewSlice(c, 0, 1)
			kept = append(kept, env.Params[i])
		}
	}
	q, err := p.compile(ctx, env, params)
	if err != nil {
		releaseAll(kept)
		return nil, err
	}
	for _, a := range kept {
		q.compiler.Keep(a)
	}
	return q, nil
}

// isConstant looks at values that are quickly compared.
func isConstant(c arrow.Array) bool {
	if arrow.IsNested(c.DataType().ID()) {
		return false
	}
	for i := range c.Len() {
		if !array.SliceEqual(c, 0, 1, c, int64(i), int64(i+1)) {
			return false
		}
	}
	return true
}

// fetchForRows builds a search for each row of parameters.
func (b *builder) fetchForRows(ctx context.Context, r *pb.FetchRel, skip, count int64) (Operator, error) {
	params := b.rows
	b.rows = nil
	schema := params.Schema()
	j := &NeighborJoin{Input: metered(&parameterRows{params, b.env.Rows}), Skip: skip, Count: count}
	b.compiler.OuterParams = true
	err := b.neighbors(ctx, j, r, schema)
	b.compiler.OuterParams = false
	if err != nil {
		return nil, err
	}
	if j.Condition != nil {
		return nil, unsupported("filter that depends on parameters")
	}
	j.schema = schemaOf(j.Exprs)
	return j, nil
}

// parameterRows yields rows of parameters.
type parameterRows struct {
	params arrow.RecordBatch
	rows   int
}

func (p *parameterRows) Schema() *arrow.Schema { return p.params.Schema() }
func (p *parameterRows) Inputs() []Operator    { return nil }
func (p *parameterRows) String() string {
	return fmt.Sprintf("parameters of %d rows", p.params.NumRows())
}

func (p *parameterRows) Run(context.Context) Batches {
	return func(yield func(arrow.RecordBatch, error) bool) {
		for from := int64(0); from < p.params.NumRows(); from += int64(p.rows) {
			if !emit(yield, p.params.NewSlice(from, min(from+int64(p.rows), p.params.NumRows()))) {
				return
			}
		}
	}
}

// eachRow runs a plan for one row of parameters after the other.
type eachRow struct {
	plan   *Plan
	env    Env
	params arrow.RecordBatch
	first  *Query
}

func (e *eachRow) Schema() *arrow.Schema { return e.first.schema }
func (e *eachRow) Inputs() []Operator    { return []Operator{e.first.root} }
func (e *eachRow) String() string {
	return fmt.Sprintf("for each of %d rows of parameters", e.params.NumRows())
}

func (e *eachRow) Run(ctx context.Context) Batches {
	return func(yield func(arrow.RecordBatch, error) bool) {
		q := e.first
		for row := int64(1); ; row++ {
			for batch, err := range q.Run(ctx) {
				if !yield(batch, err) || err != nil {
					return
				}
			}
			if row >= e.params.NumRows() {
				return
			}
			var err error
			if q, err = e.compile(ctx, row); err != nil {
				yield(nil, err)
				return
			}
		}
	}
}

func (e *eachRow) compile(ctx context.Context, row int64) (*Query, error) {
	env := e.env
	env.Params = make([]arrow.Array, e.params.NumCols())
	for i, c := range e.params.Columns() {
		env.Params[i] = array.NewSlice(c, row, row+1)
	}
	q, err := e.plan.Compile(ctx, env)
	if err != nil {
		releaseAll(env.Params)
		return nil, err
	}
	for _, a := range env.Params {
		q.compiler.Keep(a)
	}
	return q, nil
}
