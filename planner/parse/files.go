package parse

import (
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"
)

// fileEndings are the endings of files that may stand in FROM as a text constant, and the functions that read them.
var fileEndings = []struct{ ending, function string }{
	{".parquet", "read_parquet"}, {".pq", "read_parquet"},
	{".arrow", "read_arrow"}, {".arrows", "read_arrow"}, {".feather", "read_arrow"}, {".ipc", "read_arrow"},
	{".csv", "read_csv"}, {".tsv", "read_csv"}, {".tab", "read_csv"},
	{".json", "read_json"}, {".jsonl", "read_json"}, {".ndjson", "read_json"},
}

// mayReadFile tells whether a text may hold the name of a file in quotes.
func mayReadFile(sql string) bool {
	if !strings.Contains(sql, "'") {
		return false
	}
	lower := strings.ToLower(sql)
	return slices.ContainsFunc(fileEndings, func(f struct{ ending, function string }) bool {
		return strings.Contains(lower, f.ending+"'") || strings.Contains(lower, f.ending+".gz'") || strings.Contains(lower, f.ending+".zst'")
	})
}

// withFiles adds the edits that make FROM 'file.parquet' a call, in the order of the text. It leaves alone what is no FROM clause: COPY t
// FROM 'x', IS DISTINCT FROM 'x', trim(BOTH FROM 'x').
func withFiles(es edits, tokens []token) edits {
	var open []int // the tokens before brackets that are open
	for i, t := range tokens {
		switch t.text {
		case "(":
			open = append(open, i-1)
		case ")":
			open = open[:max(len(open)-1, 0)]
		}
		if t.kind != pg.Token_SCONST || i == 0 || !strings.HasPrefix(t.text, "'") {
			continue
		}
		before := tokens[i-1]
		function := fileFunction(t.text)
		switch {
		case function == "", !before.is("from") && !before.is("join"), i > 1 && tokens[i-2].is("distinct"), len(open) == 0 && tokens[0].is("copy"):
		case len(open) > 0 && open[len(open)-1] >= 0 && slices.ContainsFunc([]string{"trim", "extract", "substring", "overlay"}, tokens[open[len(open)-1]].is):
		default:
			es = append(es, edit{t.start, t.start, function + "("}, edit{t.end, t.end, ")"})
		}
	}
	slices.SortStableFunc(es, func(a, b edit) int { return a.start - b.start })
	return es
}

// fileFunction is the function that reads the file of a constant's token; empty if it is none.
func fileFunction(constant string) string {
	path := strings.ToLower(strings.Trim(constant, "'"))
	path = strings.TrimSuffix(strings.TrimSuffix(path, ".gz"), ".zst")
	for _, f := range fileEndings {
		if strings.HasSuffix(path, f.ending) {
			return f.function
		}
	}
	return ""
}
