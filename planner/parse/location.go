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
	return reflected(n.ProtoReflect())
}

// reflected finds a location in the kinds of nodes that only errors ask for.
func reflected(m protoreflect.Message) int32 {
	at := int32(-1)
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		if f.Kind() == protoreflect.MessageKind && !f.IsList() && f.ContainingOneof() != nil {
			inner := v.Message()
			if loc := inner.Descriptor().Fields().ByName("location"); loc != nil {
				at = int32(inner.Get(loc).Int())
			}
			return false
		}
		return true
	})
	return at
}
