package bind

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/catalog/temporary"
	"github.com/mediaflight/mediaflight/planner/ast"
	"github.com/mediaflight/mediaflight/planner/plan"
	"github.com/mediaflight/mediaflight/udf"
)

// createTableAs binds CREATE TABLE AS: a plan that ends in a write to a table that does not exist yet.
func (s *binding) createTableAs(n *pg.CreateTableAsStmt) (*Statement, error) {
	pos := s.pos(n.Into.Rel.Location)
	if n.Objtype != pg.ObjectType_OBJECT_TABLE {
		return nil, missing(pos, "CREATE MATERIALIZED VIEW", "use CREATE TABLE ... AS")
	}
	if n.IsSelectInto {
		return nil, missing(pos, "SELECT INTO", "use CREATE TABLE ... AS SELECT")
	}
	if n.Into.OnCommit > pg.OnCommitAction_ONCOMMIT_PRESERVE_ROWS {
		return nil, missing(pos, "ON COMMIT", "every statement commits on its own: temporary tables last as long as the session")
	}
	sel := n.Query.GetSelectStmt()
	if sel == nil {
		return nil, missing(pos, "CREATE TABLE AS of this statement", "use a SELECT")
	}
	name, err := s.newName(n.Into.Rel)
	if err != nil {
		return nil, err
	}
	if err := s.mustBeNew(name, pos); err != nil {
		if n.IfNotExists && state(err) == "42P07" {
			return &Statement{Tag: "CREATE TABLE AS", Command: plan.Nothing{Notice: fmt.Sprintf("table %q already exists, skipping", name)}}, nil
		}
		return nil, err
	}
	q, err := s.query(sel, env{})
	if err != nil {
		return nil, err
	}
	node := s.settle(q.node)
	if n.Into.SkipData {
		node = &plan.Limit{Input: node, Count: bigint(0, pos)}
	}
	schema, err := s.tableSchema(node, n.Into.ColNames, pos)
	if err != nil {
		return nil, err
	}
	partitioning, options, err := s.partitioning(n.Into.Options, name, schema.Fields())
	if err != nil {
		return nil, err
	}
	properties, err := s.properties(options)
	if err != nil {
		return nil, err
	}
	write := &plan.Write{Input: node, Table: name, Create: schema, Properties: properties, Partitioning: partitioning, IfNot: n.IfNotExists, Count: s.newColumn("count", arrow.PrimitiveTypes.Int64, false)}
	return &Statement{Tag: "CREATE TABLE AS", Plan: write, Temporary: name.Schema == temporary.Schema}, nil
}

func (s *binding) mustBeNew(name catalog.Name, pos ast.Pos) error {
	_, err := s.Catalog.Table(s.ctx, name)
	switch state(err) {
	case "42P01":
		return nil
	case "3F000":
		if name.Schema == temporary.Schema { // there is none before the session's first temporary table
			return nil
		}
	case "":
		if err != nil {
			return err
		}
		return fault(pos, "42P07", "table %q already exists", name)
	}
	return at(pos, err)
}

// tableSchema is the schema of a table that holds a query's rows.
func (s *binding) tableSchema(node plan.Node, aliases []*pg.Node, pos ast.Pos) (*arrow.Schema, error) {
	cols := node.Columns()
	if len(aliases) > len(cols) {
		return nil, fault(pos, "42601", "too many column names were specified")
	}
	var fields []arrow.Field
	for i, c := range cols {
		name := c.Name
		if i < len(aliases) {
			name = aliases[i].GetString_().GetSval()
		}
		if c.Type.ID() == arrow.INTERVAL_MONTH_DAY_NANO {
			return nil, hint(fault(pos, "0A000", "column %q has type %s, which tables cannot store", name, udf.TypeName(c.Type)), "cast it to text")
		}
		f := arrow.Field{Name: name, Type: c.Type, Nullable: true}
		if c.Comment != "" {
			f.Metadata = arrow.MetadataFrom(map[string]string{catalog.CommentKey: c.Comment})
		}
		fields = append(fields, f)
	}
	if err := unambiguous(mapped(fields, func(f arrow.Field) string { return f.Name }), pos, "column"); err != nil {
		return nil, hint(err.(*ast.Error), "give the columns of the query different names with AS")
	}
	return arrow.NewSchema(fields, nil), nil
}
