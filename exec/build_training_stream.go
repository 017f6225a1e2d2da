package exec

import (
	"context"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	pb "github.com/substrait-io/substrait-protobuf/go/substraitpb"

	"github.com/mediaflight/mediaflight/exec/eval"
)

// trainingStream builds a training stream of the read that is a relation's input, if that is what the relation is; nil otherwise. The read
// is not run: which rows there are is found out first, and the columns are read in the stream's order.
func (b *builder) trainingStream(ctx context.Context, r *pb.ExtensionSingleRel) (Operator, error) {
	call, err := callIn(r.Detail)
	if err != nil { // another detail
		return nil, nil
	}
	if name, _ := b.names.FunctionName(call.FunctionReference); !strings.HasPrefix(name, "training_stream:") {
		return nil, nil
	}
	_, args, err := b.compiler.Call(call.FunctionReference, call.Arguments, arrow.NewSchema(nil, nil))
	if err != nil {
		return nil, err
	}
	if len(args) != len(trainingArguments) {
		return nil, malformed("%d arguments of training_stream, not %d", len(args), len(trainingArguments))
	}
	for i, a := range trainingArguments {
		if !arrow.TypeEqual(args[i].Type(), a.of) || !eval.IsConstant(args[i]) {
			return nil, malformed("argument %q of training_stream is no constant of type %s", a.name, a.of)
		}
	}
	read := r.Input.GetRead()
	if read == nil {
		return nil, unsupported("training_stream of a relation that is not a read")
	}
	table, err := b.tableRead(ctx, read)
	if err != nil {
		return nil, err
	}
	if table.address {
		return nil, unsupported("training_stream with addresses")
	}
	return &TrainingStream{
		Choice: b.filterChoice(table, table.filter), Table: table.table, Snapshot: table.snapshot, Args: args,
		Takes:  &randomRows{Snapshot: table.snapshot, Columns: table.columns, Tables: b.env.SideTables, Mem: b.env.Mem},
		schema: table.schema(),
	}, nil
}
