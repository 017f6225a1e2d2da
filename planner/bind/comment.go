package bind

import (
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/planner/plan"
)

// comment binds COMMENT ON SCHEMA, TABLE and COLUMN. IS NULL and IS ” both remove it, as in PostgreSQL.
func (s *binding) comment(n *pg.CommentStmt) (*Statement, error) {
	cmd := plan.Comment{}
	if n.Comment != "" {
		cmd.Text = &n.Comment
	}
	switch n.Objtype {
	case pg.ObjectType_OBJECT_SCHEMA:
		cmd.Schema = n.Object.GetString_().GetSval()
		if !s.hasSchema(cmd.Schema) {
			other, err := s.schemaOfOtherCase(cmd.Schema)
			if err != nil {
				return nil, err
			}
			if other == "" {
				return nil, fault(s.pos(s.stmt.Find(cmd.Schema)), "3F000", "schema %q does not exist", cmd.Schema)
			}
			cmd.Schema = other
		}
	case pg.ObjectType_OBJECT_TABLE:
		ref, err := s.rangeVar(n.Object.GetList().GetItems())
		if err != nil {
			return nil, err
		}
		name, err := s.existing(ref)
		if err != nil {
			return nil, err
		}
		cmd.Schema, cmd.Table = name.Schema, name.Table
	case pg.ObjectType_OBJECT_COLUMN:
		parts := n.Object.GetList().GetItems()
		if len(parts) < 2 {
			return nil, hint(fault(s.pos(0), "42601", "column name must be qualified"), "COMMENT ON COLUMN table.column IS '...'")
		}
		ref, err := s.rangeVar(parts[:len(parts)-1])
		if err != nil {
			return nil, err
		}
		pinned := s.tables
		t, err := s.table(ref)
		s.tables = pinned
		if err != nil {
			return nil, err
		}
		fields := t.Definition().Schema.Fields()
		column := parts[len(parts)-1].GetString_().GetSval()
		location := s.stmt.Find(column)
		i, err := fieldNamed(fields, s.idents([]string{column}, location)[0], s.pos(location))
		if err != nil {
			return nil, err
		}
		cmd.Schema, cmd.Table, cmd.Column = t.name.Schema, t.name.Table, fields[i].Name
	default:
		return nil, missing(s.pos(0), "COMMENT ON "+objectWords(n.Objtype), "there are COMMENT ON SCHEMA, TABLE and COLUMN")
	}
	return &Statement{Tag: "COMMENT", Command: cmd}, nil
}
