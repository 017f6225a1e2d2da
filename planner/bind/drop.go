package bind

import (
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/planner/plan"
)

func (s *binding) drop(n *pg.DropStmt) (*Statement, error) {
	switch n.RemoveType {
	case pg.ObjectType_OBJECT_SCHEMA:
		return s.dropSchema(n)
	case pg.ObjectType_OBJECT_TABLE:
		return s.dropTable(n)
	case pg.ObjectType_OBJECT_FUNCTION:
		return s.dropFunction(n)
	case pg.ObjectType_OBJECT_VIEW:
		return s.dropView(n)
	case pg.ObjectType_OBJECT_INDEX:
		return s.dropIndex(n)
	}
	return nil, missing(s.pos(0), "DROP "+objectWords(n.RemoveType), "there are DROP TABLE, DROP VIEW, DROP FUNCTION, DROP INDEX and DROP SCHEMA")
}

func (s *binding) dropSchema(n *pg.DropStmt) (*Statement, error) {
	cmd := plan.DropSchema{IfExists: n.MissingOk, Cascade: n.Behavior == pg.DropBehavior_DROP_CASCADE}
	for _, o := range n.Objects {
		name := o.GetString_().GetSval()
		if other, err := s.schemaOfOtherCase(name); err != nil {
			return nil, err
		} else if other != "" && !s.hasSchema(name) {
			name = other
		}
		cmd.Names = append(cmd.Names, name)
	}
	return &Statement{Tag: "DROP SCHEMA", Command: cmd}, nil
}

func (s *binding) hasSchema(name string) bool {
	_, err := s.Catalog.Tables(s.ctx, name)
	return err == nil
}

// dropTable resolves the names; those of missing tables stay as they are under IF EXISTS, and those of tables whose
// metadata is lost or torn always: to drop such a table is what its error advises.
func (s *binding) dropTable(n *pg.DropStmt) (*Statement, error) {
	cmd := plan.DropTable{IfExists: n.MissingOk}
	for _, o := range n.Objects {
		ref, err := s.rangeVar(o.GetList().GetItems())
		if err != nil {
			return nil, err
		}
		name, err := s.existing(ref)
		switch {
		case n.MissingOk && (state(err) == "42P01" || state(err) == "3F000"), state(err) == "58P01", state(err) == "XX001":
			name = catalog.Name{Schema: ref.Schemaname, Table: ref.Relname}
			if name.Schema == "" {
				name.Schema = s.schema()
			}
		case err != nil:
			return nil, err
		}
		if t, err := s.Catalog.Table(s.ctx, name); err == nil && t.Kind() == "VIEW" {
			return nil, hint(fault(s.pos(ref.Location), "42809", "%q is not a table", ref.Relname), "use DROP VIEW to remove a view")
		}
		cmd.Names = append(cmd.Names, name)
	}
	var err error
	if cmd.Views, err = s.viewsInTheWay(cmd.Names, "table", n.Behavior, s.pos(0)); err != nil {
		return nil, err
	}
	for _, name := range cmd.Names {
		all, err := s.dependents(name)
		if err != nil {
			return nil, err
		}
		all = slices.DeleteFunc(all, func(d dependent) bool { return slices.Contains(cmd.Names, d.table) })
		then, err := cascade(all, "table "+name.Table, n.Behavior, s.pos(s.stmt.Find(name.Table)))
		if err != nil {
			return nil, err
		}
		cmd.Then = append(cmd.Then, then...)
	}
	return &Statement{Tag: "DROP TABLE", Command: cmd}, nil
}

// existing is the full name of a table that is there. It is not pinned: the statement does not read it.
func (s *binding) existing(n *pg.RangeVar) (catalog.Name, error) {
	pinned := s.tables
	t, err := s.table(n)
	s.tables = pinned
	if err != nil {
		return catalog.Name{}, err
	}
	return t.name, nil
}

// rangeVar makes a table reference of a name with dots, whose place the grammar does not keep.
func (s *binding) rangeVar(parts []*pg.Node) (*pg.RangeVar, error) {
	names := mapped(parts, func(n *pg.Node) string { return n.GetString_().GetSval() })
	ref := &pg.RangeVar{Location: s.stmt.Find(names[0])}
	switch len(names) {
	case 3:
		ref.Catalogname, ref.Schemaname, ref.Relname = names[0], names[1], names[2]
	case 2:
		ref.Schemaname, ref.Relname = names[0], names[1]
	case 1:
		ref.Relname = names[0]
	default:
		return nil, fault(s.pos(s.stmt.Find(names[0])), "42601", "improper qualified name (too many dotted names): %s", strings.Join(names, "."))
	}
	return ref, nil
}
