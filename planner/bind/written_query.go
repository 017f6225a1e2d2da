package bind

import (
	pg "github.com/pganalyze/pg_query_go/v6"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/mediaflight/mediaflight/catalog"
)

// A writtenQuery takes down what the names of a query mean while it is bound, for a text of it that means the same wherever it is read.
type writtenQuery struct {
	tables map[*pg.RangeVar]catalog.Name
	stars  map[*pg.ResTarget][]entry
}

func (w *writtenQuery) noteTable(n *pg.RangeVar, name catalog.Name) {
	if w != nil {
		w.tables[n] = name
	}
}

func (w *writtenQuery) noteStar(n *pg.ResTarget, columns []entry) {
	if w != nil {
		w.stars[n] = columns
	}
}

// apply writes the meanings into the query's tree.
func (w *writtenQuery) apply(n *pg.Node) {
	for ref, name := range w.tables {
		ref.Catalogname, ref.Schemaname, ref.Relname = "", name.Schema, name.Table
	}
	eachNode(n.ProtoReflect(), func(m proto.Message) {
		if sel, ok := m.(*pg.SelectStmt); ok && len(w.stars) > 0 {
			sel.TargetList = w.spread(sel.TargetList)
		}
	})
}

// spread puts columns in the place of stars.
func (w *writtenQuery) spread(list []*pg.Node) []*pg.Node {
	var out []*pg.Node
	for _, n := range list {
		columns, ok := w.stars[n.GetResTarget()]
		if !ok {
			out = append(out, n)
			continue
		}
		for _, c := range columns {
			names := []string{c.table, c.name}
			if c.table == "" { // USING has merged it
				names = names[1:]
			}
			ref := &pg.ColumnRef{Fields: mapped(names, func(s string) *pg.Node { return &pg.Node{Node: &pg.Node_String_{String_: &pg.String{Sval: s}}} })}
			out = append(out, &pg.Node{Node: &pg.Node_ResTarget{ResTarget: &pg.ResTarget{Val: &pg.Node{Node: &pg.Node_ColumnRef{ColumnRef: ref}}}}})
		}
	}
	return out
}

// eachNode visits a message and all within.
func eachNode(m protoreflect.Message, visit func(proto.Message)) {
	visit(m.Interface())
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case f.Kind() != protoreflect.MessageKind:
		case f.IsList():
			for i := range v.List().Len() {
				eachNode(v.List().Get(i).Message(), visit)
			}
		default:
			eachNode(v.Message(), visit)
		}
		return true
	})
}
