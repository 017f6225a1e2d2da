package bind

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/planner/ast"
	"github.com/mediaflight/mediaflight/planner/plan"
	"github.com/mediaflight/mediaflight/udf"
)

// createIndex binds CREATE INDEX [CONCURRENTLY] [IF NOT EXISTS] [name] ON table USING ivf (column operators) WITH (options).
// CONCURRENTLY asks for nothing: building never keeps anybody waiting.
func (s *binding) createIndex(n *pg.IndexStmt) (*Statement, error) {
	pinned := s.tables
	t, err := s.table(n.Relation)
	s.tables = pinned // the statement's answer does not depend on the snapshot
	if err != nil {
		return nil, err
	}
	tableAt := s.pos(n.Relation.Location)
	if t.Kind() != "TABLE" {
		return nil, fault(tableAt, "42809", "cannot create index on relation %q: it is no table of the lake", t.name.Table)
	}
	method, err := s.accessMethod(n, t)
	if err != nil {
		return nil, err
	}
	if err := s.plainIndex(n, method); err != nil {
		return nil, err
	}
	def := catalog.IndexDefinition{Name: n.Idxname, Table: t.name}
	if def.Column, def.Metric, err = s.indexColumn(n, t, method); err != nil {
		return nil, err
	}
	notice, err := s.indexOptions(n, method, &def)
	if err != nil {
		return nil, err
	}
	if def.Name == "" {
		if def.Name, err = s.indexName(def, tableAt); err != nil {
			return nil, err
		}
	}
	return &Statement{Tag: "CREATE INDEX", Command: plan.CreateIndex{Index: def, IfNotExists: n.IfNotExists, Notice: notice}}, nil
}

// An accessMethod is what may follow USING: our own index, or those of pgvector, in whose place ours is built.
type accessMethod struct {
	name     string
	options  []indexOption
	operator string // those of a column that names none; empty if it must
	foreign  bool
}

// An indexOption is a number in WITH.
type indexOption struct {
	name     string
	low, top int
	set      func(d *catalog.IndexDefinition, value int) // nil for what has no meaning here
}

var accessMethods = []accessMethod{
	{name: "ivf", options: []indexOption{
		{"lists", 1, 1 << 20, func(d *catalog.IndexDefinition, v int) { d.Lists = v }},
		{"bits", 1, 8, func(d *catalog.IndexDefinition, v int) { d.Bits = v }},
	}},
	{name: "ivfflat", foreign: true, operator: "vector_l2_ops", options: []indexOption{{"lists", 1, 32768, nil}}},
	{name: "hnsw", foreign: true, options: []indexOption{{"m", 2, 100, nil}, {"ef_construction", 4, 1000, nil}}},
}

// otherMethods are those of PostgreSQL. What they are for needs no index here.
var otherMethods = []string{"btree", "hash", "gin", "gist", "spgist", "brin"}

// accessMethod is the kind of index that a statement asks for. The grammar fills in btree where it names none.
func (s *binding) accessMethod(n *pg.IndexStmt, t *table) (accessMethod, error) {
	for _, m := range accessMethods {
		if m.name == n.AccessMethod {
			return m, nil
		}
	}
	location := s.stmt.FindAfter(n.AccessMethod, n.Relation.Location+int32(len(n.Relation.Relname)))
	if location < 0 {
		location = n.Relation.Location
	}
	pos := s.pos(location)
	if !slices.Contains(otherMethods, n.AccessMethod) {
		return accessMethod{}, hint(fault(pos, "42704", "access method %q does not exist", n.AccessMethod), "there is ivf, for columns of vectors")
	}
	err := fault(pos, "0A000", "an index of kind %s is not needed", n.AccessMethod)
	if i, _ := fieldNamed(t.Definition().Schema.Fields(), ident{name: n.IndexParams[0].GetIndexElem().GetName()}, pos); i >= 0 && len(n.IndexParams) == 1 {
		if f := t.Definition().Schema.Field(i); isVector(f.Type) {
			return accessMethod{}, hint(err, "for nearest neighbors: CREATE INDEX ON %s USING ivf (%s vector_cosine_ops)", t.name.Table, f.Name)
		}
	}
	return accessMethod{}, hint(err, "leave it out: files, row groups and pages are skipped by the statistics that they are written with")
}

// plainIndex refuses everything that an index of vectors does not have.
func (s *binding) plainIndex(n *pg.IndexStmt, method accessMethod) error {
	pos := s.pos(0)
	switch {
	case n.Unique:
		return hint(fault(pos, "0A000", "access method %q does not support unique indexes", method.name), "leave UNIQUE out: keys are declared with PRIMARY KEY, and not enforced")
	case len(n.IndexParams) > 1:
		return hint(fault(s.pos(n.Relation.Location), "0A000", "access method %q does not support multicolumn indexes", method.name), "create an index for each column")
	case len(n.IndexIncludingParams) > 0:
		return hint(fault(pos, "0A000", "access method %q does not support included columns", method.name), "leave INCLUDE out: other columns are read for the rows found only")
	case n.WhereClause != nil:
		return hint(fault(s.where(n.WhereClause), "0A000", "an index of some rows is not supported"), "leave WHERE out: a search with a filter looks among the rows that pass it")
	case n.TableSpace != "":
		return missing(pos, "TABLESPACE", "indexes are kept beside the lake's tables")
	}
	e := n.IndexParams[0].GetIndexElem()
	switch {
	case e.Name == "":
		return hint(fault(s.where(e.Expr), "0A000", "an index of an expression is not supported"), "store the expression's values in a column of type vector(n)")
	case e.Ordering != pg.SortByDir_SORTBY_DEFAULT || e.NullsOrdering != pg.SortByNulls_SORTBY_NULLS_DEFAULT:
		return hint(fault(s.indexColumnAt(n), "0A000", "access method %q does not support ASC/DESC and NULLS FIRST/LAST options", method.name), "leave them out: an index of vectors has no order")
	case len(e.Collation) > 0:
		return missing(s.indexColumnAt(n), "COLLATE in an index of vectors", "leave it out")
	case len(e.Opclassopts) > 0:
		return missing(s.indexColumnAt(n), "an operator class with parameters", "leave them out")
	}
	return nil
}

// indexColumnAt is where the column's name stands: the first place behind the bracket.
func (s *binding) indexColumnAt(n *pg.IndexStmt) ast.Pos {
	from := n.Relation.Location
	if bracket := strings.IndexByte(s.stmt.Text()[max(from, 0):], '('); bracket >= 0 {
		from += int32(bracket)
	}
	return s.pos(s.stmt.FindAfter(n.IndexParams[0].GetIndexElem().GetName(), from))
}

// indexColumn is the column of vectors and the metric of its order.
func (s *binding) indexColumn(n *pg.IndexStmt, t *table, method accessMethod) (column, metric string, err error) {
	e := n.IndexParams[0].GetIndexElem()
	pos := s.indexColumnAt(n)
	fields := t.Definition().Schema.Fields()
	i, err := fieldNamed(fields, ident{name: e.Name}, pos)
	if err != nil {
		return "", "", err
	}
	f := fields[i]
	if !isVector(f.Type) {
		bad := fault(pos, "42804", "column %q is of type %s, not a vector", f.Name, udf.TypeName(f.Type))
		if l, ok := f.Type.(arrow.ListLikeType); ok && (arrow.IsFloating(l.Elem().ID()) || arrow.IsInteger(l.Elem().ID())) {
			return "", "", hint(bad, "store the column as vector(n), such as by CREATE TABLE ... AS SELECT ..., %s::vector(n)", f.Name)
		}
		return "", "", hint(bad, "an index answers nearest-neighbor queries; other conditions need none")
	}
	metric, err = s.operatorClass(e, method, f, pos)
	return f.Name, metric, err
}

// isVector tells columns of type vector(n), real[] as other engines write vectors, and integer[], in which vectors of bytes are.
func isVector(t arrow.DataType) bool {
	l, ok := t.(arrow.ListLikeType)
	return ok && t.ID() != arrow.MAP && (l.Elem().ID() == arrow.FLOAT32 || l.Elem().ID() == arrow.INT32)
}

// indexOptions reads WITH (lists = 100, bits = 2). The notice tells what has become of pgvector's methods and options.
func (s *binding) indexOptions(n *pg.IndexStmt, method accessMethod, d *catalog.IndexDefinition) (notice string, err error) {
	var unused []string
	for _, o := range n.Options {
		def := o.GetDefElem()
		pos := s.pos(def.Location)
		i := slices.IndexFunc(method.options, func(o indexOption) bool { return o.name == def.Defname })
		names := mapped(method.options, func(o indexOption) string { return o.name })
		if i < 0 {
			e := fault(pos, "22023", "unrecognized parameter %q", def.Defname)
			if near := ast.Nearest(def.Defname, names); near != "" {
				return "", hint(e, "did you mean %q?", near)
			}
			return "", hint(e, "%s has the parameters %s", method.name, strings.Join(names, " and "))
		}
		option := method.options[i]
		text, _ := optionText(def.Arg)
		value, err := strconv.Atoi(text)
		if err != nil {
			return "", fault(pos, "22023", "invalid value for integer option %q: %s", def.Defname, text)
		}
		if value < option.low || value > option.top {
			return "", hint(fault(pos, "22023", "value %s out of bounds for option %q", text, def.Defname), "valid values are between %d and %d", option.low, option.top)
		}
		if option.set == nil {
			unused = append(unused, option.name)
			continue
		}
		option.set(d, value)
	}
	if !method.foreign {
		return "", nil
	}
	notice = fmt.Sprintf("an index of kind ivf is built in place of %s", method.name)
	if len(unused) > 0 {
		notice += ", without " + strings.Join(unused, " and ")
	}
	return notice + ": SET target_recall says what queries are to find", nil
}

// maxName is how long PostgreSQL makes a name.
const maxName = 63

// indexName makes a name as PostgreSQL does: table_column_idx, with a number where that is taken.
func (s *binding) indexName(d catalog.IndexDefinition, pos ast.Pos) (string, error) {
	taken, err := s.indexes(d.Table.Schema, pos)
	if err != nil {
		return "", err
	}
	for n := 0; ; n++ {
		end := "_idx"
		if n > 0 {
			end += strconv.Itoa(n)
		}
		name := shortened(d.Table.Table, d.Column, maxName-len(end)) + end
		if !slices.ContainsFunc(taken, func(i catalog.IndexInfo) bool { return i.Name == name }) {
			return name, nil
		}
	}
}

// shortened joins two names by an underscore, and takes from the longer one what is too much.
func shortened(a, b string, limit int) string {
	for len(a)+1+len(b) > limit {
		longer := &b
		if len(a) > len(b) {
			longer = &a
		}
		_, last := utf8.DecodeLastRuneInString(*longer)
		*longer = (*longer)[:len(*longer)-last]
	}
	return a + "_" + b
}
