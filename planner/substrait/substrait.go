// Package substrait writes plans as Substrait, the border to package exec. README.md says which parts of Substrait are used
// and how.
package substrait

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	pb "github.com/substrait-io/substrait-protobuf/go/substraitpb"
	"google.golang.org/protobuf/proto"

	"github.com/mediaflight/mediaflight/planner/plan"
	types "github.com/mediaflight/mediaflight/udf/substrait"
)

// Write writes a plan. The schema is that of the rows which running it gives.
func Write(n plan.Node) ([]byte, *arrow.Schema, error) {
	return newWriter(nil).plan(n)
}

func newWriter(estimate func(plan.Node) float64) *writer {
	return &writer{functions: map[string]uint32{}, types: map[string]uint32{}, numbers: map[int]written{}, estimate: estimate}
}

func (w *writer) plan(n plan.Node) ([]byte, *arrow.Schema, error) {
	rel, cols, err := w.relation(n)
	if err != nil {
		return nil, nil, fmt.Errorf("write plan: %w", err)
	}
	schema, err := w.schema(cols)
	if err != nil {
		return nil, nil, fmt.Errorf("write plan: %w", err)
	}
	root := &pb.RelRoot{Input: rel}
	for _, f := range schema.Fields() {
		root.Names = appendNames(root.Names, f.Name, f.Type)
	}
	out := &pb.Plan{
		Version:       &pb.Version{MinorNumber: 85, Producer: "mediaflight"},
		ExtensionUrns: w.urns(),
		Extensions:    w.extensions,
		Relations:     append(w.shared, &pb.PlanRel{RelType: &pb.PlanRel_Root{Root: root}}),
	}
	bytes, err := proto.MarshalOptions{Deterministic: true}.Marshal(out)
	return bytes, schema, err
}

// schema is what the executor makes of the columns: types as the plan spells them.
func (w *writer) schema(cols []plan.Column) (*arrow.Schema, error) {
	fields := make([]arrow.Field, len(cols))
	for i, c := range cols {
		t, err := types.FromArrow(c.Type, c.Nullable, w)
		if err != nil {
			return nil, err
		}
		dt, _, err := types.ToArrow(t, w)
		if err != nil {
			return nil, err
		}
		fields[i] = arrow.Field{Name: c.Name, Type: dt, Nullable: c.Nullable}
	}
	return arrow.NewSchema(fields, nil), nil
}

// appendNames appends a column's name and, depth-first, those of the structs in it.
func appendNames(names []string, name string, t arrow.DataType) []string {
	return appendInner(append(names, name), t)
}

func appendInner(names []string, t arrow.DataType) []string {
	switch t := t.(type) {
	case *arrow.StructType:
		for _, f := range t.Fields() {
			names = appendNames(names, f.Name, f.Type)
		}
	case *arrow.MapType:
		names = appendInner(appendInner(names, t.KeyType()), t.ItemType())
	case arrow.ListLikeType:
		names = appendInner(names, t.Elem())
	}
	return names
}
