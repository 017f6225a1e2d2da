package bind

import (
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"
)

// An ident is a name as the statement has it. Unquoted names have been folded to lower case by the parser.
type ident struct {
	name   string
	quoted bool
}

// is compares with a name of the catalog: exactly, or letter case aside if fold says so and the name is not quoted.
func (i ident) is(name string, fold bool) bool {
	return i.name == name || fold && !i.quoted && strings.EqualFold(i.name, name)
}

// idents are the parts of a name with dots that stands at a location.
func (s *binding) idents(parts []string, location int32) []ident {
	out := make([]ident, len(parts))
	quoted := s.stmt.Quoted(location, len(parts))
	for i, part := range parts {
		out[i] = ident{part, quoted[i]}
	}
	return out
}

// tableIdents are the parts of a table's name; schema is empty where the statement has none.
func (s *binding) tableIdents(n *pg.RangeVar) (schema, table ident) {
	var parts []string
	for _, part := range []string{n.Catalogname, n.Schemaname, n.Relname} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	all := s.idents(parts, n.Location)
	if n.Schemaname != "" {
		schema = all[len(all)-2]
	}
	return schema, all[len(all)-1]
}

// folds are the two ways to look a name up: exactly first, then by the rule for unquoted names.
var folds = [...]bool{false, true}
