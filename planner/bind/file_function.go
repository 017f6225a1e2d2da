package bind

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/planner/ast"
	"github.com/mediaflight/mediaflight/planner/plan"
)

// fileFunctions are those in FROM that read files, and the files' formats. Names and options are DuckDB's.
var fileFunctions = map[string]string{
	"read_parquet": "parquet", "parquet_scan": "parquet", "read_arrow": "arrow",
	"read_csv": "csv", "read_csv_auto": "csv",
	"read_json": "json", "read_json_auto": "json", "read_ndjson": "json", "read_ndjson_auto": "json",
}

// fromFiles binds read_csv('path' or a list of them, option = value, ...). A list of columns behind it, as in AS t(a integer, b text),
// says which columns and types there are.
func (s *binding) fromFiles(n *pg.RangeFunction, call *pg.FuncCall, format string) (plan.Node, *scope, error) {
	pos := s.pos(call.Location)
	name := call.Funcname[len(call.Funcname)-1].GetString_().GetSval()
	if n.Ordinality {
		return nil, nil, missing(pos, name+" WITH ORDINALITY", "number the rows with row_number() OVER ()")
	}
	set := catalog.FileSet{Format: format}
	if err := s.fileArguments(&set, name, call); err != nil {
		return nil, nil, err
	}
	if len(n.Coldeflist) > 0 {
		if err := s.statedColumns(&set, n.Coldeflist); err != nil {
			return nil, nil, err
		}
	}
	scan, err := s.scanFiles(set, pos)
	if err != nil {
		return nil, nil, err
	}
	return s.named(scan, n.Alias, name, pos)
}

// statedColumns are the columns that a list behind a function says.
func (s *binding) statedColumns(set *catalog.FileSet, list []*pg.Node) error {
	if set.Format == "parquet" || set.Format == "arrow" {
		return missing(s.where(list[0]), "a list of columns for "+set.Format+" files", "they say themselves which columns they have; cast them in the select list")
	}
	var fields []arrow.Field
	for _, c := range list {
		def := c.GetColumnDef()
		t, err := s.typeName(def.TypeName)
		if err != nil {
			return err
		}
		fields = append(fields, arrow.Field{Name: def.Colname, Type: t, Nullable: true})
	}
	if err := unambiguous(mapped(fields, func(f arrow.Field) string { return f.Name }), s.where(list[0]), "column"); err != nil {
		return err
	}
	set.Columns, set.InOrder = arrow.NewSchema(fields, nil), set.Format == "csv"
	return nil
}

// scanFiles reads all columns of files.
func (s *binding) scanFiles(set catalog.FileSet, pos ast.Pos) (*plan.Scan, error) {
	if s.Files == nil {
		return nil, missing(pos, "reading files", "load them into a table")
	}
	if s.scans++; s.scans > maxScans {
		return nil, fault(pos, "54001", "statement too complex: it reads more than %d tables", maxScans)
	}
	snapshot, set, err := s.Files.ReadFiles(s.ctx, set)
	if err != nil {
		return nil, at(pos, err)
	}
	s.transient = true
	t := &table{name: catalog.Name{Table: set.String()}, snapshot: snapshot}
	scan := s.scan(t, "")
	scan.Files = &set
	return scan, nil
}

// fileArguments reads the paths and the options of a call.
func (s *binding) fileArguments(set *catalog.FileSet, function string, call *pg.FuncCall) error {
	for i, arg := range call.Args {
		name, value := optionArgument(arg)
		var err error
		switch {
		case i == 0 && name == "":
			set.Paths, err = s.paths(function, arg)
		case name == "":
			err = hint(fault(s.where(arg), "42883", "too many arguments for function %s", function), "%s('path', option => value)", function)
		default:
			err = s.fileOption(set, function, name, value)
		}
		if err != nil {
			return err
		}
	}
	if set.Paths == nil {
		return hint(fault(s.pos(call.Location), "42883", "function %s needs the path of a file", function), "%s('path')", function)
	}
	return nil
}

// optionArgument takes an argument such as header => true apart, which DuckDB's users write header = true. The name is empty for any
// other.
func optionArgument(n *pg.Node) (name string, value *pg.Node) {
	if arg := n.GetNamedArgExpr(); arg != nil {
		return arg.Name, arg.Arg
	}
	e := n.GetAExpr()
	if e == nil || e.Kind != pg.A_Expr_Kind_AEXPR_OP || len(e.Name) != 1 || e.Name[0].GetString_().GetSval() != "=" {
		return "", n
	}
	if ref := e.Lexpr.GetColumnRef(); ref != nil && len(ref.Fields) == 1 {
		return ref.Fields[0].GetString_().GetSval(), e.Rexpr
	}
	return "", n
}

// paths are a text constant, or an array of them.
func (s *binding) paths(function string, n *pg.Node) ([]string, error) {
	list := []*pg.Node{n}
	if array := n.GetAArrayExpr(); array != nil {
		list = array.Elements
	}
	var out []string
	for _, one := range list {
		c := one.GetAConst()
		if c == nil || c.GetSval() == nil {
			return nil, hint(fault(s.where(n), "22023", "the files of %s must be text constants", function), "%s('path') or %s(['path', 'path'])", function, function)
		}
		out = append(out, c.GetSval().GetSval())
	}
	if len(out) == 0 {
		return nil, fault(s.where(n), "22023", "no files to read")
	}
	return out, nil
}

// fileOptions are the options of each format. Those that are empty have the only value that there is.
var fileOptions = map[string][]string{
	"parquet": {"union_by_name", "filename", "hive_partitioning"},
	"arrow":   {"union_by_name", "filename", "hive_partitioning"},
	"csv":     {"header", "delim", "sep", "nullstr", "all_varchar", "union_by_name", "auto_detect", "quote", "escape", "filename", "hive_partitioning"},
	"json":    {"union_by_name", "format", "records", "auto_detect", "filename", "hive_partitioning"},
}

func (s *binding) fileOption(set *catalog.FileSet, function, name string, n *pg.Node) error {
	pos := s.where(n)
	if !slices.Contains(fileOptions[set.Format], name) {
		return hint(fault(pos, "42883", "function %s has no option %q", function, name), "there are %s", strings.Join(fileOptions[set.Format], ", "))
	}
	value, ok := optionText(n)
	if !ok {
		return fault(pos, "22023", "option %q of %s must be a constant", name, function)
	}
	var on bool
	switch name {
	case "header", "all_varchar", "union_by_name", "auto_detect", "filename", "hive_partitioning":
		if err := flag(&on, value, true, pos); err != nil {
			return fault(pos, "22023", "option %q of %s must be true or false, not %q", name, function, value)
		}
	}
	switch name {
	case "header":
		set.NoHeader = !on
	case "all_varchar":
		set.AllText = on
	case "union_by_name":
		set.Union = on
	case "nullstr":
		set.Null = value
	case "delim", "sep":
		r, ok := delimiter(value)
		if !ok {
			return fault(pos, "22023", "the delimiter must be a single character, not %q", value)
		}
		set.Delimiter = r
	case "auto_detect":
		if !on {
			return missing(pos, "auto_detect = false", "say the columns: FROM "+function+"('path') AS t(a integer, b text)")
		}
	case "filename", "hive_partitioning":
		if on {
			return missing(pos, "option "+name, "read the files one by one, and put them together with UNION ALL")
		}
	case "quote", "escape":
		if value != `"` {
			return missing(pos, "another quote than \"", "values are quoted by \", which is doubled within")
		}
	case "format", "records": // told by the file
	}
	return nil
}

// delimiter reads what stands between values: one character, or \t.
func delimiter(value string) (rune, bool) {
	if value == `\t` {
		return '\t', true
	}
	r, n := utf8.DecodeRuneInString(value)
	return r, n > 0 && n == len(value) && r != utf8.RuneError && !strings.ContainsRune("\"\r\n", r)
}
