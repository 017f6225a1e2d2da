package exec

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"
	pb "github.com/substrait-io/substrait-protobuf/go/substraitpb"
	"google.golang.org/protobuf/proto"

	"github.com/mediaflight/mediaflight/exec/eval"
)

// Compile turns a Substrait plan, as planner/substrait/README.md describes it, into operators. A plan that is malformed or
// uses other parts of Substrait is an *Error.
func Compile(ctx context.Context, plan []byte, env Env) (*Query, error) {
	p, err := Decode(plan)
	if err != nil {
		return nil, err
	}
	return p.Compile(ctx, env)
}

// A Plan is a Substrait plan, decoded. It may be compiled any number of times, and at once.
type Plan struct {
	proto *pb.Plan
	names *names
}

// Decode decodes a plan. What runs a plan again and again saves doing so each time.
func Decode(plan []byte) (*Plan, error) {
	p := &Plan{proto: &pb.Plan{}}
	if err := proto.Unmarshal(plan, p.proto); err != nil {
		return nil, malformed("%v", err)
	}
	if p.root().GetInput() == nil {
		return nil, malformed("the last relation is no root")
	}
	var err error
	p.names, err = declaredNames(p.proto)
	return p, err
}

// root is the relation behind those that are shared; nil if there is none.
func (p *Plan) root() *pb.RelRoot {
	if len(p.proto.Relations) == 0 {
		return nil
	}
	return p.proto.Relations[len(p.proto.Relations)-1].GetRoot()
}

// Compile turns a plan into operators, as the function does.
func (p *Plan) Compile(ctx context.Context, env Env) (*Query, error) { return p.compile(ctx, env, nil) }

// compile compiles a plan for rows of parameters, or for those of the environment where rows is nil.
func (p *Plan) compile(ctx context.Context, env Env, rows arrow.RecordBatch) (*Query, error) {
	b := newBuilder(env)
	b.rows = rows
	b.names, b.compiler.Names = p.names, p.names
	if len(env.Params) == 0 {
		var err error
		if b.compiler.Params, err = boundParams(p.proto, p.names); err != nil {
			return nil, err
		}
	}
	b.compiler.Subquery = func(rel *pb.Rel) (*eval.Subquery, error) { return b.subquery(ctx, rel) }

	root := p.root()
	b.shares = newShares(p.proto.Relations[:len(p.proto.Relations)-1])
	op, err := b.relation(ctx, root.Input)
	if err != nil {
		return nil, err
	}
	schema, err := rename(op.Schema(), root.Names)
	if err != nil {
		return nil, err
	}
	if err := readOnly(op, env.Part); err != nil {
		return nil, err
	}
	op = b.stream(op)
	askForEncoded(b.env.Mem, op, noColumns(op))
	return &Query{root: op, schema: schema, compiler: b.compiler, subqueries: b.subqueries, shares: b.shares, memory: b.env.Memory, unpinned: b.unpinned}, nil
}

// builder builds the operators of one plan. Every operator that it hands on is behind a meter.
type builder struct {
	env        Env
	names      *names
	compiler   *eval.Compiler
	subqueries []*subquery
	below      bool              // the root is being built or has been
	shares     *shares           // the relations that are computed once
	working    map[string]*held  // the rows that came last of the recursions around what is built
	unpinned   bool              // something is read that has no snapshots
	rows       arrow.RecordBatch // of parameters, for the fetch of the plan that is to search for all of them; else nil
}

func newBuilder(env Env) *builder {
	if env.Memory == nil {
		env.Memory = NewMemory(0)
	}
	if env.Mem == nil {
		env.Mem = memory.DefaultAllocator
	}
	if env.Log == nil {
		env.Log = slog.Default()
	}
	env.Workers = max(env.Workers, 1)
	if env.Rows <= 0 {
		env.Rows = defaultRows
	}
	return &builder{env: env, compiler: &eval.Compiler{Functions: env.Functions, Env: &env.Call, Mem: env.Mem, Params: env.Params}}
}

// relation builds a relation and what is below it.
func (b *builder) relation(ctx context.Context, rel *pb.Rel) (Operator, error) {
	if b.below && rel.GetWrite() != nil {
		return nil, unsupported("a write below another relation: it is to run once, whatever is read of it")
	}
	b.below = true
	op, common, err := b.operator(ctx, rel)
	if err != nil {
		return nil, err
	}
	m := metered(op)
	m.expected = expectedRows(rel)
	if emit := common.GetEmit(); emit != nil {
		return b.emitted(m, nil, emit)
	}
	return m, nil
}

// operator builds the operator of a relation. A mapping of its output that it does not do itself is in the common part.
func (b *builder) operator(ctx context.Context, rel *pb.Rel) (Operator, *pb.RelCommon, error) {
	switch r := rel.GetRelType().(type) {
	case *pb.Rel_Read:
		op, err := b.read(ctx, r.Read)
		return op, r.Read.Common, err
	case *pb.Rel_Filter:
		op, err := b.filter(ctx, r.Filter)
		return op, r.Filter.Common, err
	case *pb.Rel_Project:
		op, err := b.project(ctx, r.Project)
		return op, nil, err
	case *pb.Rel_Join:
		op, err := b.join(ctx, r.Join)
		return op, r.Join.Common, err
	case *pb.Rel_Cross:
		op, err := b.cross(ctx, r.Cross)
		return op, r.Cross.Common, err
	case *pb.Rel_Aggregate:
		op, err := b.aggregate(ctx, r.Aggregate)
		return op, r.Aggregate.Common, err
	case *pb.Rel_Window:
		op, err := b.windowRelation(ctx, r.Window)
		return op, r.Window.Common, err
	case *pb.Rel_Sort:
		op, err := b.sort(ctx, r.Sort)
		return op, r.Sort.Common, err
	case *pb.Rel_Fetch:
		op, err := b.fetch(ctx, r.Fetch)
		return op, r.Fetch.Common, err
	case *pb.Rel_Set:
		op, err := b.set(ctx, r.Set)
		return op, r.Set.Common, err
	case *pb.Rel_ExtensionSingle:
		op, err := b.extensionSingle(ctx, r.ExtensionSingle)
		return op, r.ExtensionSingle.Common, err
	case *pb.Rel_ExtensionMulti:
		op, err := b.recursion(ctx, r.ExtensionMulti)
		return op, r.ExtensionMulti.Common, err
	case *pb.Rel_ExtensionLeaf:
		op, err := b.extensionLeaf(r.ExtensionLeaf)
		return op, r.ExtensionLeaf.Common, err
	case *pb.Rel_Reference:
		op, err := b.reference(ctx, r.Reference)
		return op, nil, err
	case *pb.Rel_Write:
		op, err := b.write(ctx, r.Write)
		return op, r.Write.Common, err
	case nil:
		return nil, nil, malformed("a relation is missing")
	default:
		return nil, nil, unsupported("relation %s", strings.TrimPrefix(fmt.Sprintf("%T", r), "*substraitpb.Rel_"))
	}
}

// input builds a relation whose rows are to come in one stream.
func (b *builder) input(ctx context.Context, rel *pb.Rel) (Operator, error) {
	op, err := b.relation(ctx, rel)
	if err != nil {
		return nil, err
	}
	return b.stream(op), nil
}

// stream has several workers compute an operator's parts, if it has parts.
func (b *builder) stream(op Operator) Operator {
	if b.env.Workers > 1 && splits(op) {
		return metered(&Exchange{Input: op, Workers: b.env.Workers})
	}
	return op
}

func (b *builder) filter(ctx context.Context, r *pb.FilterRel) (Operator, error) {
	input, err := b.relation(ctx, r.Input)
	if err != nil {
		return nil, err
	}
	condition, err := b.condition(r.Condition, input.Schema())
	if err != nil {
		return nil, err
	}
	return &Filter{Input: input, Condition: condition, Mem: b.env.Mem}, nil
}

// beside has expressions refer to a row outside, until what it returns is called.
func (b *builder) beside(outer *arrow.Schema) (leave func()) {
	before := b.compiler.Outer
	b.compiler.Outer = outer
	return func() { b.compiler.Outer = before }
}

func (b *builder) condition(e *pb.Expression, input *arrow.Schema) (*eval.Condition, error) {
	compiled, err := b.compiler.Compile(e, input)
	if err != nil {
		return nil, err
	}
	return eval.NewCondition(compiled, b.env.Mem)
}

func (b *builder) project(ctx context.Context, r *pb.ProjectRel) (Operator, error) {
	input, err := b.relation(ctx, r.Input)
	if err != nil {
		return nil, err
	}
	exprs := make([]eval.Expr, len(r.Expressions))
	for i, e := range r.Expressions {
		if exprs[i], err = b.compiler.Compile(e, input.Schema()); err != nil {
			return nil, err
		}
	}
	emit := r.Common.GetEmit()
	if join, ok := plain(input).(*NeighborJoin); ok && emit != nil && len(exprs) == 0 {
		emit = join.leaveOut(emit)
	}
	return b.emitted(input, exprs, emit)
}

// emitted is a projection to what emit chooses of the input's columns and, counted behind them, the expressions; to all
// of them if it does not choose.
func (b *builder) emitted(input Operator, exprs []eval.Expr, emit *pb.RelCommon_Emit) (Operator, error) {
	all := append(columnsOf(input.Schema()), exprs...)
	chosen := all
	if emit != nil {
		chosen = make([]eval.Expr, len(emit.OutputMapping))
		for i, at := range emit.OutputMapping {
			if at < 0 || int(at) >= len(all) {
				return nil, malformed("output column %d of %d", at, len(all))
			}
			chosen[i] = all[at]
		}
	}
	return &Project{Input: input, Exprs: chosen, Mem: b.env.Mem, schema: schemaOf(chosen)}, nil
}

func columnsOf(schema *arrow.Schema) []eval.Expr {
	exprs := make([]eval.Expr, schema.NumFields())
	for i, f := range schema.Fields() {
		exprs[i] = &eval.Column{Index: i, Field: f}
	}
	return exprs
}

func (b *builder) set(ctx context.Context, r *pb.SetRel) (Operator, error) {
	if r.Op != pb.SetRel_SET_OP_UNION_ALL && r.Op != pb.SetRel_SET_OP_UNION_DISTINCT {
		return nil, unsupported("set operation %s", r.Op)
	}
	if len(r.Inputs) == 0 {
		return nil, malformed("union of nothing")
	}
	u := &UnionAll{}
	var fields []arrow.Field
	for i, rel := range r.Inputs {
		input, err := b.input(ctx, rel)
		if err != nil {
			return nil, err
		}
		u.Operands = append(u.Operands, input)
		if i == 0 {
			fields = append(fields, input.Schema().Fields()...)
			continue
		}
		if input.Schema().NumFields() != len(fields) {
			return nil, malformed("union of %d and %d columns", len(fields), input.Schema().NumFields())
		}
		for c, f := range input.Schema().Fields() {
			if !arrow.TypeEqual(f.Type, fields[c].Type) {
				return nil, malformed("union of %s and %s", fields[c].Type, f.Type)
			}
			fields[c].Nullable = fields[c].Nullable || f.Nullable
		}
	}
	u.schema = arrow.NewSchema(fields, nil)
	if r.Op == pb.SetRel_SET_OP_UNION_ALL {
		return u, nil
	}
	return b.distinct(metered(u))
}

func (b *builder) distinct(input Operator) (Operator, error) {
	d := &Distinct{Input: input, Mem: b.env.Mem, Spill: b.env.Spill, holding: b.holding()}
	for _, f := range input.Schema().Fields() {
		if err := comparable(f.Type); err != nil {
			return nil, err
		}
	}
	return d, nil
}

func (b *builder) subquery(ctx context.Context, rel *pb.Rel) (*eval.Subquery, error) {
	defer b.beside(nil)()
	rows := b.rows
	b.rows = nil
	defer func() { b.rows = rows }()
	root, err := b.input(ctx, rel)
	if err != nil {
		return nil, err
	}
	askForEncoded(b.env.Mem, root, noColumns(root))
	if root.Schema().NumFields() != 1 {
		return nil, malformed("subquery of %d columns", root.Schema().NumFields())
	}
	s := &subquery{name: fmt.Sprintf("subquery %d", len(b.subqueries)+1), root: root, compiler: b.compiler}
	b.subqueries = append(b.subqueries, s)
	return &eval.Subquery{Name: s.name, Field: root.Schema().Field(0), Run: s.get}, nil
}
