package exec

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"
	pb "github.com/substrait-io/substrait-protobuf/go/substraitpb"

	"github.com/mediaflight/mediaflight/udf/substrait"
)

// names are what a plan's anchors stand for.
type names struct{ functions, types map[uint32]string }

func (n *names) FunctionName(anchor uint32) (string, bool) {
	s, ok := n.functions[anchor]
	return s, ok
}
func (n *names) TypeName(anchor uint32) (string, bool) { s, ok := n.types[anchor]; return s, ok }

func declaredNames(p *pb.Plan) (*names, error) {
	n := &names{map[uint32]string{}, map[uint32]string{}}
	for _, u := range p.ExtensionUrns {
		if u.Urn != substrait.URN {
			return nil, unsupported("extension %q", u.Urn)
		}
	}
	for _, e := range p.Extensions {
		if f := e.GetExtensionFunction(); f != nil {
			n.functions[f.FunctionAnchor] = f.Name
		}
		if t := e.GetExtensionType(); t != nil {
			n.types[t.TypeAnchor] = t.Name
		}
	}
	return n, nil
}

// boundParams are the values of parameters that a plan brings along.
func boundParams(p *pb.Plan, names *names) ([]arrow.Array, error) {
	var params []arrow.Array
	for _, binding := range p.ParameterBindings {
		at := int(binding.ParameterAnchor)
		if at >= len(p.ParameterBindings) {
			return nil, malformed("parameter %d of %d", at, len(p.ParameterBindings))
		}
		// Like literals, they live as long as the plan.
		value, err := substrait.Literal(binding.Value, names, memory.DefaultAllocator)
		if err != nil {
			return nil, malformed("parameter %d: %v", at, err)
		}
		for len(params) <= at {
			params = append(params, nil)
		}
		params[at] = value
	}
	return params, nil
}

// rename is a schema with the column names of a root.
func rename(schema *arrow.Schema, all []string) (*arrow.Schema, error) {
	fields := append([]arrow.Field{}, schema.Fields()...)
	for i := range fields {
		name, rest, err := takeName(all, fields[i].Type)
		if err != nil {
			return nil, err
		}
		fields[i].Name, fields[i].Metadata, all = name, arrow.Metadata{}, rest
	}
	if len(all) > 0 {
		return nil, malformed("%d names too many", len(all))
	}
	return arrow.NewSchema(fields, nil), nil
}

// takeName takes a column's name from a list of names in depth-first order, and passes over those of fields inside of it,
// which its type states.
func takeName(names []string, dt arrow.DataType) (string, []string, error) {
	n := 1 + innerNames(dt)
	if len(names) < n {
		return "", nil, malformed("names are missing")
	}
	return names[0], names[n:], nil
}

func innerNames(dt arrow.DataType) int {
	switch t := dt.(type) {
	case *arrow.StructType:
		n := t.NumFields()
		for _, f := range t.Fields() {
			n += innerNames(f.Type)
		}
		return n
	case *arrow.MapType:
		return innerNames(t.KeyType()) + innerNames(t.ItemType())
	case arrow.ListLikeType:
		return innerNames(t.Elem())
	}
	return 0
}
