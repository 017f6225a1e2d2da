package parse

import (
	"slices"

	pg "github.com/pganalyze/pg_query_go/v6"
)

// AllColumns is the column that stands for all of the select list in GROUP BY ALL and ORDER BY ALL, and Qualify the window whose
// partitions are the condition of QUALIFY: PostgreSQL's grammar has none of them.
//
//	GROUP BY ALL     =>  GROUP BY "*"
//	QUALIFY rn = 1   =>  WINDOW mediaflight_qualify AS (PARTITION BY rn = 1)
const (
	AllColumns = "*"
	Qualify    = "mediaflight_qualify" // which the text of a view has without quotes
)

// clauses rewrites the clauses that only DuckDB's grammar has.
func clauses(es edits, tokens []token) edits {
	for i, t := range tokens {
		switch {
		case t.is("all") && i > 1 && tokens[i-1].is("by") && (tokens[i-2].is("group") || tokens[i-2].is("order")) && endsItem(tokens, i+1):
			es = append(es, edit{t.start, t.end, `"` + AllColumns + `"`})
		case t.is("qualify") && opensCondition(tokens, i):
			open := "WINDOW"
			if hasWindows(tokens[:i]) {
				open = ","
			}
			last := tokens[endOfCondition(tokens, i+1)-1]
			es = append(es, edit{t.start, t.end, open + " " + Qualify + " AS (PARTITION BY"}, edit{last.end, last.end, ")"})
		}
	}
	slices.SortStableFunc(es, func(a, b edit) int { return a.start - b.start })
	return es
}

// endsItem tells whether nothing follows that would make ALL the beginning of a longer item.
func endsItem(tokens []token, i int) bool {
	if i == len(tokens) {
		return true
	}
	t := tokens[i]
	return t.text == ")" || t.text == ";" || t.is("asc") || t.is("desc") || t.is("nulls") || t.is("qualify") || endsClause(t) || t.is("having") || t.is("window")
}

// endsClause tells the words that begin the clauses behind QUALIFY.
func endsClause(t token) bool {
	return slices.ContainsFunc([]string{"order", "limit", "offset", "fetch", "union", "intersect", "except", "for"}, t.is)
}

// opensCondition tells QUALIFY from a table or column of that name, behind which no value can stand.
func opensCondition(tokens []token, i int) bool {
	if i == 0 || i+1 == len(tokens) || tokens[i-1].is("as") || tokens[i-1].text == "." || tokens[i-1].text == "," {
		return false
	}
	switch next := tokens[i+1]; next.kind {
	case pg.Token_IDENT, pg.Token_ICONST, pg.Token_PARAM, pg.Token_NOT, pg.Token_CASE:
		return true
	default:
		return next.keyword == pg.KeywordKind_COL_NAME_KEYWORD && !next.is("values") || next.keyword == pg.KeywordKind_UNRESERVED_KEYWORD && !next.is("set")
	}
}

// endOfCondition is where the condition that begins at a token ends: at the next clause, or the end of the query.
func endOfCondition(tokens []token, i int) int {
	depth := 0
	for ; i < len(tokens); i++ {
		switch t := tokens[i]; {
		case t.text == "(" || t.text == "[":
			depth++
		case depth == 0 && (t.text == ")" || t.text == ";" || endsClause(t)):
			return i
		case t.text == ")" || t.text == "]":
			depth--
		}
	}
	return i
}

// hasWindows tells whether the query that the tokens end in has a WINDOW clause.
func hasWindows(tokens []token) bool {
	depth := 0
	for i := len(tokens) - 1; i >= 0; i-- {
		switch t := tokens[i]; {
		case t.text == ")":
			depth++
		case t.text == "(" && depth == 0, depth == 0 && t.is("select"):
			return false
		case t.text == "(":
			depth--
		case depth == 0 && t.is("window"):
			return true
		}
	}
	return false
}
