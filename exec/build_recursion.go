package exec

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"
	pb "github.com/substrait-io/substrait-protobuf/go/substraitpb"
)

// recursion builds a recursion: the step once for each round.
func (b *builder) recursion(ctx context.Context, rel *pb.ExtensionMultiRel) (Operator, error) {
	call, err := callIn(rel.Detail)
	if err != nil {
		return nil, err
	}
	name, args, err := b.compiler.Call(call.FunctionReference, call.Arguments, arrow.NewSchema(nil, nil))
	if err != nil {
		return nil, err
	}
	if name != "recursion" || len(args) > 0 || len(rel.Inputs) != 2 {
		return nil, unsupported("relation of function %s", name)
	}
	table, distinct := recursionOptions(call)
	base, err := b.input(ctx, rel.Inputs[0])
	if err != nil {
		return nil, err
	}
	fields := append([]arrow.Field{}, base.Schema().Fields()...)
	makeNullable(fields)
	r := &Recursion{Base: base, Distinct: distinct, Mem: b.env.Mem, holding: b.holding(), schema: arrow.NewSchema(fields, nil)}
	for _, f := range fields {
		if distinct {
			if err := comparable(f.Type); err != nil {
				return nil, err
			}
		}
	}
	r.working = &held{schema: r.schema}
	r.rebuild = func(ctx context.Context) (Operator, error) {
		inner := *b
		inner.working = map[string]*held{table: r.working}
		for t, rows := range b.working {
			if t != table {
				inner.working[t] = rows
			}
		}
		step, err := inner.input(ctx, rel.Inputs[1])
		if err != nil {
			return nil, err
		}
		return step, sameTypes(r.schema, step.Schema())
	}
	if r.Step, err = r.rebuild(ctx); err != nil {
		return nil, err
	}
	return r, nil
}

// sameTypes checks the columns of a step.
func sameTypes(want, got *arrow.Schema) error {
	if want.NumFields() != got.NumFields() {
		return malformed("recursion of %d and %d columns", want.NumFields(), got.NumFields())
	}
	for i, f := range want.Fields() {
		if !arrow.TypeEqual(f.Type, got.Field(i).Type) {
			return malformed("recursion of %s and %s", f.Type, got.Field(i).Type)
		}
	}
	return nil
}

// workingTable builds a reference to the rows that came last.
func (b *builder) workingTable(call *pb.Expression_ScalarFunction) (Operator, error) {
	table, _ := recursionOptions(call)
	rows := b.working[table]
	if rows == nil {
		return nil, malformed("working table %s is of no recursion around it", table)
	}
	return &WorkingTable{rows: rows}, nil
}

func recursionOptions(call *pb.Expression_ScalarFunction) (table string, distinct bool) {
	for _, o := range call.Options {
		switch {
		case o.Name == "table" && len(o.Preference) == 1:
			table = o.Preference[0]
		case o.Name == "distinct":
			distinct = true
		}
	}
	return table, distinct
}
