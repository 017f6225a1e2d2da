package flightsrv

import (
	"fmt"
	"strings"

	"github.com/mediaflight/mediaflight/catalog"
)

// selectPath is the query that a path descriptor stands for: all rows of [table], [schema, table] or [catalog, schema,
// table]. Names are taken exactly.
func selectPath(path []string) (string, error) {
	if len(path) == 3 {
		if path[0] != catalog.Database {
			return "", &Error{State: undefinedCatalog, Msg: fmt.Sprintf("catalog %q does not exist", clip(path[0], 100)),
				Hint: "the catalog is " + catalog.Database}
		}
		path = path[1:]
	}
	if len(path) == 0 || len(path) > 2 {
		return "", &Error{State: protocolViolation, Msg: fmt.Sprintf("flight path of %d parts", len(path)),
			Hint: "a path is [table], [schema, table] or [catalog, schema, table]"}
	}
	quoted := make([]string, len(path))
	for i, name := range path {
		if !isSQL([]byte(name)) {
			return "", &Error{State: protocolViolation, Msg: "flight path with a part that is no name"}
		}
		quoted[i] = `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
	}
	return "SELECT * FROM " + strings.Join(quoted, "."), nil
}
