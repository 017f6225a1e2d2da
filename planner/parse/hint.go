package parse

import (
	"regexp"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"
)

// A Hint is a wish of whoever wrote a statement that changes how it is run, not what it answers: /*+ endpoints(8) */ has
// the name endpoints and the argument 8.
type Hint struct{ Name, Arg string }

var hintCall = regexp.MustCompile(`([A-Za-z_][A-Za-z_0-9]*)\s*\(([^()]*)\)`)

// Hints lists the hints of a statement, in its comments that begin with /*+. A text that is no SQL has none.
func Hints(sql string) []Hint {
	if !strings.Contains(sql, "/*+") {
		return nil
	}
	result, err := scanText(sql)
	if err != nil {
		return nil
	}
	var hints []Hint
	for _, t := range result.Tokens {
		text, ok := strings.CutPrefix(sql[t.Start:t.End], "/*+")
		if t.Token != pg.Token_C_COMMENT || !ok {
			continue
		}
		for _, call := range hintCall.FindAllStringSubmatch(text, -1) {
			hints = append(hints, Hint{Name: strings.ToLower(call[1]), Arg: strings.TrimSpace(call[2])})
		}
	}
	return hints
}
