package bind

import (
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/planner/ast"
	"github.com/mediaflight/mediaflight/planner/plan"
	"github.com/mediaflight/mediaflight/udf"
)

// explain binds EXPLAIN: the explained statement's plan, marked to be explained.
func (s *binding) explain(n *pg.ExplainStmt) (*Statement, error) {
	ex := &plan.Explain{}
	for _, o := range n.Options {
		if err := s.explainOption(ex, o.GetDefElem()); err != nil {
			return nil, err
		}
	}
	stmt, err := s.statement(n.Query)
	if err != nil {
		return nil, err
	}
	if stmt.Plan == nil || stmt.Explain != nil {
		return nil, hint(fault(s.pos(0), "0A000", "EXPLAIN of %s is not possible: it has no plan", stmt.Tag), "queries, INSERT and CREATE TABLE AS have plans")
	}
	stmt.Tag, stmt.Explain, stmt.Ordered = "EXPLAIN", ex, true
	return stmt, nil
}

func (s *binding) explainOption(ex *plan.Explain, o *pg.DefElem) error {
	pos := s.pos(o.Location)
	value, given := optionText(o.Arg)
	switch o.Defname {
	case "analyze":
		return flag(&ex.Analyze, value, given, pos)
	case "verbose":
		return flag(&ex.Verbose, value, given, pos)
	case "format":
		switch strings.ToLower(value) {
		case "json":
			ex.JSON = true
			return nil
		case "text":
			return nil
		}
		return hint(fault(pos, "22023", "unrecognized value for EXPLAIN option \"format\": %q", value), "there are TEXT and JSON")
	case "costs", "timing", "buffers", "summary":
		var ignored bool // they choose among figures that are all shown
		return flag(&ignored, value, given, pos)
	}
	return hint(fault(pos, "42601", "unrecognized EXPLAIN option %q", o.Defname), "there are ANALYZE, VERBOSE and FORMAT")
}

func flag(set *bool, value string, given bool, pos ast.Pos) error {
	switch strings.ToLower(value) {
	case "true", "on", "1":
		*set = true
	case "false", "off", "0":
		*set = false
	default:
		if given {
			return fault(pos, "22023", "EXPLAIN option requires a Boolean value, not %q", value)
		}
		*set = true
	}
	return nil
}

// describe lists a query's columns: DESCRIBE.
func (s *binding) describe(node plan.Node) plan.Node {
	t := arrow.BinaryTypes.String
	out := &plan.Values{Cols: []plan.Column{s.newColumn("column_name", t, false), s.newColumn("data_type", t, false),
		s.newColumn("nullable", t, false), s.newColumn("comment", t, true)}}
	for _, c := range node.Columns() {
		comment := plan.Expr(null(t, -1))
		if c.Comment != "" {
			comment = text(c.Comment, -1)
		}
		nullable := map[bool]string{true: "YES", false: "NO"}[c.Nullable] // as in information_schema
		out.Rows = append(out.Rows, []plan.Expr{text(c.Name, -1), text(udf.TypeName(c.Type), -1), text(nullable, -1), comment})
	}
	return out
}
