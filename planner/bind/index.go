package bind

import (
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/planner/ast"
	"github.com/mediaflight/mediaflight/planner/plan"
)

// indexes are those of a schema.
func (s *binding) indexes(schema string, pos ast.Pos) ([]catalog.IndexInfo, error) {
	indexer, ok := s.Catalog.(catalog.Indexer)
	if !ok {
		return nil, missing(pos, "an index of this catalog's tables", "")
	}
	found, err := indexer.Indexes(s.ctx, schema)
	return found, at(pos, err)
}

// dropIndex binds DROP INDEX [CONCURRENTLY] [IF EXISTS] name, ... Those that are missing stay as they are under IF EXISTS.
func (s *binding) dropIndex(n *pg.DropStmt) (*Statement, error) {
	cmd := plan.DropIndex{IfExists: n.MissingOk}
	for _, o := range n.Objects {
		ref, err := s.rangeVar(o.GetList().GetItems())
		if err != nil {
			return nil, err
		}
		name, err := s.index(ref)
		if n.MissingOk && (state(err) == "42704" || state(err) == "3F000") {
			name, err = plan.IndexID{Schema: ref.Schemaname, Name: ref.Relname}, nil
			if name.Schema == "" {
				name.Schema = s.schema()
			}
		}
		if err != nil {
			return nil, err
		}
		cmd.Indexes = append(cmd.Indexes, name)
	}
	return &Statement{Tag: "DROP INDEX", Command: cmd}, nil
}

// index finds the index that a name means: exactly, or letter case aside.
func (s *binding) index(n *pg.RangeVar) (plan.IndexID, error) {
	pos := s.pos(n.Location)
	if n.Catalogname != "" && !strings.EqualFold(n.Catalogname, catalog.Database) {
		return plan.IndexID{}, hint(fault(pos, "3D000", "database %q does not exist", n.Catalogname), "there is one: %s", catalog.Database)
	}
	schema, name := s.tableIdents(n)
	path := []string{s.schema(), catalog.DefaultSchema}
	if n.Schemaname != "" {
		path = []string{schema.name}
		if other, err := s.schemaOfOtherCase(schema.name); err != nil {
			return plan.IndexID{}, err
		} else if other != "" && !schema.quoted && !s.hasSchema(schema.name) {
			path[0] = other
		}
	}
	var names []string
	for _, schema := range path {
		found, err := s.indexes(schema, pos)
		if err != nil && (n.Schemaname != "" || state(err) != "3F000") {
			return plan.IndexID{}, err
		}
		for _, fold := range folds {
			if i := slices.IndexFunc(found, func(i catalog.IndexInfo) bool { return name.is(i.Name, fold) }); i >= 0 {
				return plan.IndexID{Schema: schema, Name: found[i].Name}, nil
			}
		}
		names = append(names, mapped(found, func(i catalog.IndexInfo) string { return i.Name })...)
	}
	e := fault(pos, "42704", "index %q does not exist", n.Relname)
	if near := ast.Nearest(n.Relname, names); near != "" {
		return plan.IndexID{}, hint(e, "did you mean %q?", near)
	}
	return plan.IndexID{}, hint(e, "SHOW INDEXES lists the indexes there are")
}

// reindex binds REINDEX INDEX name and REINDEX TABLE name, which is all indexes of a table.
func (s *binding) reindex(n *pg.ReindexStmt) (*Statement, error) {
	for _, p := range n.Params {
		switch def := p.GetDefElem(); def.Defname {
		case "concurrently": // it always is
		case "verbose":
		default:
			return nil, missing(s.pos(def.Location), "REINDEX with "+strings.ToUpper(def.Defname), "leave it out")
		}
	}
	switch n.Kind {
	case pg.ReindexObjectType_REINDEX_OBJECT_INDEX:
		index, err := s.index(n.Relation)
		return &Statement{Tag: "REINDEX", Command: plan.Reindex{Indexes: []plan.IndexID{index}}}, err
	case pg.ReindexObjectType_REINDEX_OBJECT_TABLE:
		return s.reindexTable(n.Relation)
	}
	kind := strings.TrimPrefix(n.Kind.String(), "REINDEX_OBJECT_")
	return nil, missing(s.pos(0), "REINDEX "+kind, "there are REINDEX INDEX and REINDEX TABLE")
}

func (s *binding) reindexTable(n *pg.RangeVar) (*Statement, error) {
	name, err := s.existing(n)
	if err != nil {
		return nil, err
	}
	found, err := s.indexes(name.Schema, s.pos(n.Location))
	if err != nil {
		return nil, err
	}
	cmd := plan.Reindex{}
	for _, i := range found {
		if i.Table == name {
			cmd.Indexes = append(cmd.Indexes, plan.IndexID{Schema: name.Schema, Name: i.Name})
		}
	}
	if len(cmd.Indexes) == 0 {
		cmd.Notice = "table \"" + name.Table + "\" has no indexes to reindex"
	}
	return &Statement{Tag: "REINDEX", Command: cmd}, nil
}
