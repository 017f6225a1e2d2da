package bind

import (
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/planner/ast"
	"github.com/mediaflight/mediaflight/udf"
)

// An operatorClass says by which distance the rows of an index are near. The names are pgvector's.
type operatorClass struct{ name, operator, metric string }

var operatorClasses = []operatorClass{
	{"vector_cosine_ops", "<=>", "cosine_distance"},
	{"vector_l2_ops", "<->", "l2_distance"},
	{"vector_ip_ops", "<#>", "negative_inner_product"},
}

// exactClasses are pgvector's classes of distances that are always searched exactly.
var exactClasses = map[string]string{"vector_l1_ops": "<+>", "bit_hamming_ops": "<~>"}

// operatorClass is the metric of an index. It must be said: an index of another metric than that of the queries would never be used, and
// nobody would notice.
func (s *binding) operatorClass(e *pg.IndexElem, method accessMethod, column arrow.Field, columnAt ast.Pos) (metric string, err error) {
	const choice = "vector_cosine_ops for <=>, vector_l2_ops for <->, vector_ip_ops for <#>"
	name := method.operator
	pos := columnAt
	if len(e.Opclass) > 0 {
		name = e.Opclass[len(e.Opclass)-1].GetString_().GetSval()
		pos = s.pos(s.stmt.FindAfter(name, s.stmt.FindAfter(e.Name, 0)))
	}
	if name == "" {
		return "", hint(fault(pos, "42704", "data type vector has no default operator class for access method %q", method.name), "say which operator the queries use: %s", choice)
	}
	if i := slices.IndexFunc(operatorClasses, func(c operatorClass) bool { return c.name == name }); i >= 0 {
		return operatorClasses[i].metric, nil
	}
	if operator := exactClasses[name]; operator != "" {
		return "", hint(fault(pos, "0A000", "an index for %s is not supported", name), "%s is searched exactly, without an index", operator)
	}
	for _, c := range operatorClasses {
		kind, suffix, _ := strings.Cut(name, "_")
		if (kind == "halfvec" || kind == "sparsevec" || kind == "bit") && strings.HasSuffix(c.name, "_"+suffix) {
			return "", hint(fault(pos, "42804", "operator class %q does not accept data type %s", name, udf.TypeName(column.Type)), "use %s", c.name)
		}
	}
	bad := fault(pos, "42704", "operator class %q does not exist for access method %q", name, method.name)
	for _, c := range operatorClasses { // the names of metrics, which people write as they come to mind
		short := strings.TrimSuffix(strings.TrimPrefix(c.name, "vector_"), "_ops")
		if c.metric == name || short == name || short+"_ops" == name || "vector_"+short == name || short+"_distance" == name {
			return "", hint(bad, "did you mean %q?", c.name)
		}
	}
	if near := ast.Nearest(name, mapped(operatorClasses, func(c operatorClass) string { return c.name })); near != "" {
		return "", hint(bad, "did you mean %q?", near)
	}
	return "", hint(bad, "there are %s", choice)
}
