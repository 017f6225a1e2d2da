package reader

import (
	"github.com/parquet-go/parquet-go/format"
)

// A node is an element of the file's schema as it is written down: a group of nodes, or a leaf with values of its own.
type node struct {
	*format.SchemaElement
	Path     string // dotted names, for messages
	Rep, Def int    // the levels of a value that is there
	Leaf     int    // which column chunk of a row group; -1 for groups
	Children []*node
}

// maxSchemaDepth bounds nesting, and with it recursion over a schema.
const maxSchemaDepth = 64

// buildSchema makes the tree that the flat list of elements describes, and the list of its leaves.
func buildSchema(path string, elements []format.SchemaElement) (root *node, leaves []*node, err error) {
	if len(elements) == 0 {
		return nil, nil, corrupt(path, "no schema")
	}
	at := 0
	var build func(parent *node, depth int) (*node, error)
	build = func(parent *node, depth int) (*node, error) {
		if at == len(elements) || depth > maxSchemaDepth {
			return nil, corrupt(path, "schema has fewer elements than it states, or nests deeper than %d", maxSchemaDepth)
		}
		n := &node{SchemaElement: &elements[at], Leaf: -1}
		at++
		if parent != nil {
			n.Rep, n.Def, n.Path = parent.Rep, parent.Def, n.Name
			if parent.Path != "" {
				n.Path = parent.Path + "." + n.Name
			}
			switch n.RepetitionType.V {
			case format.Optional:
				n.Def++
			case format.Repeated:
				n.Def++
				n.Rep++
			}
		}
		if n.Type.Valid {
			if n.NumChildren.V != 0 {
				return nil, corrupt(path, "column %s has both a type and children", n.Path)
			}
			if n.Type.V == format.FixedLenByteArray && (n.TypeLength.V <= 0 || n.TypeLength.V > 1<<20) {
				return nil, corrupt(path, "column %s has values of %d bytes", n.Path, n.TypeLength.V)
			}
			n.Leaf = len(leaves)
			leaves = append(leaves, n)
			return n, nil
		}
		if n.NumChildren.V < 0 || int(n.NumChildren.V) > len(elements)-at {
			return nil, corrupt(path, "column %s has %d children", n.Path, n.NumChildren.V)
		}
		for range n.NumChildren.V {
			child, err := build(n, depth+1)
			if err != nil {
				return nil, err
			}
			n.Children = append(n.Children, child)
		}
		return n, nil
	}
	if root, err = build(nil, 0); err != nil {
		return nil, nil, err
	}
	if at != len(elements) {
		return nil, nil, corrupt(path, "schema has %d elements, its tree %d", len(elements), at)
	}
	return root, leaves, nil
}

// width is the bytes of a fixed-width value, 0 for booleans and byte arrays.
func (n *node) width() int {
	switch n.Type.V {
	case format.Int32, format.Float:
		return 4
	case format.Int64, format.Double:
		return 8
	case format.Int96:
		return 12
	case format.FixedLenByteArray:
		return int(n.TypeLength.V)
	}
	return 0
}
