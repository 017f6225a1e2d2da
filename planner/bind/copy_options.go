package bind

import (
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/planner/ast"
)

// copyOptions are those of COPY.
type copyOptions struct {
	*binding
	format, compression, null string
	header, array, quoteAll   bool
	delimiter                 rune
	rowGroupRows              int
	quoted                    []*pg.Node // names of columns
}

// fileFormats are the formats by the endings of files' names.
var fileFormats = map[string]string{
	".parquet": "parquet", ".pq": "parquet", ".arrow": "arrow", ".arrows": "arrow", ".feather": "arrow", ".ipc": "arrow",
	".csv": "csv", ".tsv": "csv", ".tab": "csv", ".json": "json", ".jsonl": "json", ".ndjson": "json",
}

// copyOptions binds COPY's options. Where FORMAT is not stated the file's ending says it, and CSV has a header, as in DuckDB; where it is,
// CSV has none unless HEADER says so, as in PostgreSQL.
func (s *binding) copyOptions(n *pg.CopyStmt) (*copyOptions, error) {
	o := &copyOptions{binding: s}
	name := strings.ToLower(n.Filename)
	for ending, compression := range map[string]string{".gz": "gzip", ".zst": "zstd"} {
		if rest, ok := strings.CutSuffix(name, ending); ok {
			name, o.compression = rest, compression
		}
	}
	stated := slices.ContainsFunc(n.Options, func(n *pg.Node) bool { return n.GetDefElem().Defname == "format" })
	if !stated {
		o.format = fileFormats[filepath.Ext(name)]
		o.header = o.format == "csv"
		if ext := filepath.Ext(name); ext == ".tsv" || ext == ".tab" {
			o.delimiter = '\t'
		}
	}
	for _, option := range n.Options {
		if err := o.set(option.GetDefElem(), n.IsFrom); err != nil {
			return nil, err
		}
	}
	pos := s.pos(n.Relation.GetLocation())
	switch {
	case o.format == "":
		return nil, hint(fault(pos, "22023", "the name of the file does not tell its format"), "COPY ... (FORMAT parquet), or csv, json, arrow")
	case o.format != "csv" && (o.delimiter != 0 && stated || o.null != "" || o.quoteAll || o.quoted != nil):
		return nil, hint(fault(pos, "0A000", "COPY DELIMITER, NULL and FORCE QUOTE are available only in CSV mode"), "leave them out, or write FORMAT csv")
	case o.compression != "" && (o.format == "parquet" || o.format == "arrow"):
		return nil, missing(pos, "compressing a whole "+o.format+" file", "it is compressed inside: leave COMPRESSION, .gz and .zst away")
	}
	return o, nil
}

func (o *copyOptions) set(def *pg.DefElem, from bool) error {
	pos := o.pos(def.Location)
	value, given := optionText(def.Arg)
	boolean := func(into *bool) error {
		if err := flag(into, value, given, pos); err != nil {
			return fault(pos, "42601", "%s requires a Boolean value", def.Defname)
		}
		return nil
	}
	switch def.Defname {
	case "format":
		return o.setFormat(value, pos)
	case "header":
		if strings.EqualFold(value, "match") {
			return missing(pos, "HEADER MATCH", "use HEADER, or read_csv, which goes by names")
		}
		return boolean(&o.header)
	case "delimiter", "delim", "sep":
		var ok bool
		if o.delimiter, ok = delimiter(value); !ok {
			return hint(fault(pos, "0A000", "COPY delimiter must be a single character, not %q", value), "DELIMITER ',' or E'\\t'")
		}
	case "null", "nullstr":
		o.null = value
		if strings.ContainsAny(value, "\r\n") {
			return fault(pos, "22023", "COPY null representation cannot use newline or carriage return")
		}
	case "quote", "escape":
		if value != `"` {
			return missing(pos, "another quote than \"", "values are quoted by \", which is doubled within")
		}
	case "encoding":
		if strings.ReplaceAll(strings.ToUpper(value), "-", "") != "UTF8" {
			return missing(pos, "encoding "+value, "text is UTF-8")
		}
	case "force_quote":
		if def.Arg.GetAStar() != nil {
			o.quoteAll = true
		}
		o.quoted = def.Arg.GetList().GetItems()
	case "array":
		return boolean(&o.array)
	case "compression", "codec":
		return o.setCompression(value, pos)
	case "row_group_size":
		rows, err := strconv.Atoi(value)
		if err != nil || rows < 1 {
			return fault(pos, "22023", "row_group_size must be a number of rows, not %q", value)
		}
		o.rowGroupRows = rows
	case "freeze": // rows are visible at once in any case
		var ignored bool
		return boolean(&ignored)
	case "force_null", "force_not_null", "on_error", "log_verbosity", "default", "partition_by", "overwrite", "overwrite_or_ignore", "per_thread_output", "append":
		return missing(pos, "COPY option "+def.Defname, "leave it out: there are FORMAT, HEADER, DELIMITER, NULL, FORCE_QUOTE, COMPRESSION, ARRAY and ROW_GROUP_SIZE")
	default:
		return hint(fault(pos, "42601", "option %q not recognized", def.Defname), "there are FORMAT, HEADER, DELIMITER, NULL, FORCE_QUOTE, COMPRESSION, ARRAY and ROW_GROUP_SIZE")
	}
	return nil
}

func (o *copyOptions) setFormat(value string, pos ast.Pos) error {
	switch format := strings.ToLower(value); format {
	case "parquet", "arrow", "csv", "json":
		o.format = format
	case "ndjson":
		o.format = "json"
	case "text", "binary":
		return missing(pos, "COPY format \""+format+"\"", "use csv, parquet, json or arrow")
	default:
		return hint(fault(pos, "22023", "COPY format %q not recognized", value), "there are parquet, csv, json and arrow")
	}
	return nil
}

func (o *copyOptions) setCompression(value string, pos ast.Pos) error {
	switch compression := strings.ToLower(value); compression {
	case "gzip", "zstd":
		o.compression = compression
	case "none", "uncompressed", "auto", "auto_detect":
		o.compression = ""
	default:
		return hint(fault(pos, "22023", "compression %q not recognized", value), "there are gzip, zstd and none")
	}
	return nil
}

// forced tells of each column whether FORCE_QUOTE names it; nil if it names none.
func (o *copyOptions) forced(columns []string) ([]bool, error) {
	if !o.quoteAll && len(o.quoted) == 0 {
		return nil, nil
	}
	out := make([]bool, len(columns))
	for i := range out {
		out[i] = o.quoteAll
	}
	for _, n := range o.quoted {
		name := n.GetString_().GetSval()
		i := slices.Index(columns, name)
		if i < 0 {
			return nil, fault(o.pos(o.stmt.Find(name)), "42703", "column %q does not exist", name)
		}
		out[i] = true
	}
	return out, nil
}
