package parse

import (
	pg "github.com/pganalyze/pg_query_go/v6"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Location is where a node stands: its own location, or that of its first part that has one; -1 if none has.
func Location(n *pg.Node) int32 {
	switch n := n.GetNode().(type) {
	case nil:
		return -1
	case *pg.Node_ColumnRef:
		return n.ColumnRef.Location
	case *pg.Node_AConst:
		return n.AConst.Location
	case *pg.Node_FuncCall:
		return n.FuncCall.Location
	case *pg.Node_ParamRef:
		return n.ParamRef.Location
	case *pg.Node_AExpr:
		if at := Location(n.AExpr.Lexpr); at >= 0 && (n.AExpr.Location < 0 || at < n.AExpr.Location) {
			return at
		}
		return n.AExpr.Location
	case *pg.Node_TypeCast:
		if at := Location(n.TypeCast.Arg); at >= 0 && (n.TypeCast.Location < 0 || at < n.TypeCast.Location) {
			return at
		}
		return n.TypeCast.Location
	case *pg.Node_AIndirection:
		return Location(n.AIndirection.Arg)
	case *pg.Node_List:
		if len(n.List.Items) > 0 {
			return Location(n.List.Items[0])
		}
		return -1
	}
	return first(n.ProtoReflect())
}

// first finds a location in the kinds of nodes that only errors ask for: the node's own, or that of its first part with one.
func first(m protoreflect.Message) int32 {
	fields := m.Descriptor().Fields()
	if own := fields.ByName("location"); own != nil {
		if at := m.Get(own).Int(); at > 0 {
			return int32(at)
		}
	}
	for i := range fields.Len() {
		f := fields.Get(i)
		if f.Kind() != protoreflect.MessageKind || !m.Has(f) {
			continue
		}
		part := m.Get(f)
		if !f.IsList() {
			if at := first(part.Message()); at >= 0 {
				return at
			}
			continue
		}
		for j := range part.List().Len() {
			if at := first(part.List().Get(j).Message()); at >= 0 {
				return at
			}
		}
	}
	return -1
}
