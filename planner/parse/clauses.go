package parse

import "slices"

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
	levels := []query{{}}
	for i, t := range tokens {
		q := &levels[len(levels)-1]
		switch {
		case t.text == "(" || t.text == "[":
			levels = append(levels, query{})
		case (t.text == ")" || t.text == "]") && len(levels) > 1:
			levels = levels[:len(levels)-1]
		case t.is("all") && i > 1 && tokens[i-1].is("by") && (tokens[i-2].is("group") || tokens[i-2].is("order")) && endsItem(tokens, i+1):
			es = append(es, edit{t.start, t.end, `"` + AllColumns + `"`})
		case t.is("qualify") && q.opensCondition(tokens, i):
			open := "WINDOW"
			if q.windows {
				open = ","
			}
			last := tokens[endOfCondition(tokens, i+1)-1]
			es = append(es, edit{t.start, t.end, open + " " + Qualify + " AS (PARTITION BY"}, edit{last.end, last.end, ")"})
			q.from = false
		default:
			q.pass(t)
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
	return t.text == ")" || t.text == ";" || t.is("asc") || t.is("desc") || t.is("nulls") || t.is("qualify") || endsQuery(t) || t.is("having") || t.is("window")
}

// endsClause tells the words that begin the clauses behind QUALIFY.
func endsClause(t token) bool {
	return slices.ContainsFunc([]string{"order", "limit", "offset", "fetch", "union", "intersect", "except", "for"}, t.is)
}

// endsQuery tells the words that may follow a query's last condition: those clauses, and what INSERT has behind its query.
func endsQuery(t token) bool { return endsClause(t) || t.is("returning") || t.is("on") }

// endOfCondition is where the condition that begins at a token ends: at the next clause, or the end of the query.
func endOfCondition(tokens []token, i int) int {
	depth := 0
	for ; i < len(tokens); i++ {
		switch t := tokens[i]; {
		case t.text == "(" || t.text == "[":
			depth++
		case depth == 0 && (t.text == ")" || t.text == ";" || endsQuery(t)):
			return i
		case t.text == ")" || t.text == "]":
			depth--
		}
	}
	return i
}
