package bind

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/planner/ast"
	"github.com/mediaflight/mediaflight/planner/plan"
)

// copyFile binds COPY t or (query) TO 'file', and COPY t FROM 'file'.
func (s *binding) copyFile(n *pg.CopyStmt) (*Statement, error) {
	pos := s.pos(n.Relation.GetLocation())
	switch {
	case n.IsProgram:
		return nil, missing(pos, "COPY with PROGRAM", "use a file")
	case n.Filename == "" && n.IsFrom:
		return nil, missing(pos, "COPY FROM STDIN", "ingest rows in bulk over Flight (adbc_ingest), or load files with mediaflight load")
	case n.Filename == "":
		return nil, missing(pos, "COPY TO STDOUT", "run the query itself: its rows come as a stream; mediaflight sql --format csv writes them as CSV")
	case s.Files == nil:
		return nil, missing(pos, "COPY", "load files with mediaflight load")
	}
	options, err := s.copyOptions(n)
	if err != nil {
		return nil, err
	}
	if n.IsFrom {
		return s.copyFrom(n, options)
	}
	return s.copyTo(n, options)
}

// copyTo binds the query whose rows go to a file.
func (s *binding) copyTo(n *pg.CopyStmt, options *copyOptions) (*Statement, error) {
	query := n.Query.GetSelectStmt()
	if n.Relation != nil {
		query = &pg.SelectStmt{
			TargetList:  copied(n.Attlist, s.stmt.Find),
			FromClause:  []*pg.Node{{Node: &pg.Node_RangeVar{RangeVar: n.Relation}}},
			Op:          pg.SetOperation_SETOP_NONE,
			LimitOption: pg.LimitOption_LIMIT_OPTION_DEFAULT,
		}
	}
	if query == nil {
		return nil, missing(s.where(n.Query), "COPY of this statement", "copy a SELECT")
	}
	q, err := s.query(query, env{})
	if err != nil {
		return nil, err
	}
	node := s.settle(q.node)
	names := mapped(node.Columns(), func(c plan.Column) string { return c.Name })
	target := catalog.FileTarget{Path: n.Filename, Format: options.format, Compression: options.compression, Location: s.Env.Location,
		Header: options.header, Delimiter: options.delimiter, Null: options.null, Array: options.array, RowGroupRows: options.rowGroupRows}
	if target.ForceQuote, err = options.forced(names); err != nil {
		return nil, err
	}
	if target.Format != "csv" {
		if err := unambiguous(names, s.where(n.Query), "column"); err != nil {
			return nil, hint(err.(*ast.Error), "give the columns of the query different names with AS")
		}
	}
	return &Statement{Tag: "COPY", Plan: node, Copy: &target}, nil
}

// copied is the select list of the columns that COPY t (a, b) names; * if it names none.
func copied(names []*pg.Node, find func(string) int32) []*pg.Node {
	fields := [][]*pg.Node{{{Node: &pg.Node_AStar{AStar: &pg.A_Star{}}}}}
	if len(names) > 0 {
		fields = mapped(names, func(n *pg.Node) []*pg.Node { return []*pg.Node{n} })
	}
	return mapped(fields, func(f []*pg.Node) *pg.Node {
		ref := &pg.ColumnRef{Fields: f, Location: -1}
		if name := f[0].GetString_().GetSval(); name != "" {
			ref.Location = find(name)
		}
		value := &pg.Node{Node: &pg.Node_ColumnRef{ColumnRef: ref}}
		return &pg.Node{Node: &pg.Node_ResTarget{ResTarget: &pg.ResTarget{Val: value, Location: ref.Location}}}
	})
}

// copyFrom binds an insert of a file's rows. The columns of CSV are the table's, or those that are named, in their order; other formats
// say which of them they have.
func (s *binding) copyFrom(n *pg.CopyStmt, options *copyOptions) (*Statement, error) {
	pos := s.pos(n.Relation.Location)
	t, err := s.table(n.Relation)
	if err != nil {
		return nil, err
	}
	if err := s.mustBeTable(t, "copy to", pos); err != nil {
		return nil, err
	}
	fields := t.snapshot.Schema().Fields()
	var targets []int
	for i := range fields {
		targets = append(targets, i)
	}
	if len(n.Attlist) > 0 {
		if targets, err = s.copyTargets(n.Attlist, fields); err != nil {
			return nil, err
		}
	}
	set := catalog.FileSet{Format: options.format, Paths: []string{n.Filename}, NoHeader: !options.header, Delimiter: options.delimiter, Null: options.null}
	if set.Format == "csv" {
		set.InOrder = true
		if set.Delimiter == 0 {
			set.Delimiter = ','
		}
	} else if targets, err = s.fileTargets(set, t, targets, pos); err != nil {
		return nil, err
	}
	set.Columns = arrow.NewSchema(mapped(targets, func(i int) arrow.Field {
		return arrow.Field{Name: fields[i].Name, Type: fields[i].Type, Nullable: true}
	}), nil)
	scan, err := s.scanFiles(set, pos)
	if err != nil {
		return nil, err
	}
	rows, err := s.tableRows(scan, targets, fields, pos)
	if err != nil {
		return nil, err
	}
	if n.WhereClause != nil {
		sc := newScope(t.name.Schema, t.name.Table, rows.Columns())
		cond, err := s.condition(&exprs{clause: "COPY FROM WHERE", scope: sc}, n.WhereClause)
		if err != nil {
			return nil, err
		}
		rows = &plan.Filter{Input: rows, Cond: cond}
	}
	w := &plan.Write{Table: t.name, Target: t.snapshot.Schema(), Input: rows}
	w.Count = s.newColumn("count", arrow.PrimitiveTypes.Int64, false)
	return &Statement{Tag: "COPY", Plan: w}, nil
}

// copyTargets are the table's columns that COPY t (a, b) names.
func (s *binding) copyTargets(names []*pg.Node, fields []arrow.Field) ([]int, error) {
	var targets []int
	for _, n := range names {
		name := n.GetString_().GetSval()
		location := s.stmt.Find(name)
		i, err := fieldNamed(fields, s.idents([]string{name}, location)[0], s.pos(location))
		if err != nil {
			return nil, err
		}
		if slices.Contains(targets, i) {
			return nil, fault(s.pos(location), "42701", "column %q specified more than once", name)
		}
		targets = append(targets, i)
	}
	return targets, nil
}

// fileTargets are the table's columns that a file has. A column of the file that is none of those that may be is an error.
func (s *binding) fileTargets(set catalog.FileSet, t *table, allowed []int, pos ast.Pos) ([]int, error) {
	snapshot, _, err := s.Files.ReadFiles(s.ctx, set)
	if err != nil {
		return nil, at(pos, err)
	}
	fields := t.snapshot.Schema().Fields()
	var targets []int
	for _, f := range snapshot.Schema().Fields() {
		i := slices.IndexFunc(fields, func(have arrow.Field) bool { return have.Name == f.Name })
		if i < 0 || !slices.Contains(allowed, i) {
			return nil, hint(fault(pos, "42703", "column %q of the file is not one that rows are copied to in table %q", f.Name, t.name.Table),
				"choose the columns: INSERT INTO %s SELECT ... FROM read_%s(...)", t.name, set.Format)
		}
		targets = append(targets, i)
	}
	slices.Sort(targets)
	return targets, nil
}
