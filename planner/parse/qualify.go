package parse

import (
	"slices"

	pg "github.com/pganalyze/pg_query_go/v6"
)

// A query is how far the tokens of one query are read. PostgreSQL's grammar does not know the word QUALIFY, so tables, columns and
// functions may be called so: it opens a condition only in the middle of a query, between a whole item and the beginning of a value.
type query struct {
	selects, from bool // SELECT was read, and FROM behind it; from ends with the query's last clause that QUALIFY may stand behind
	windows       bool // the query has a WINDOW clause
}

// pass reads a token of the query's own level.
func (q *query) pass(t token) {
	switch {
	case t.kind == pg.Token_SELECT:
		*q = query{selects: true}
	case t.kind == pg.Token_FROM:
		q.from = q.selects
	case t.kind == pg.Token_WINDOW:
		q.windows = true
	case t.text == ";" || endsClause(t):
		*q = query{}
	}
}

// opensCondition tells QUALIFY from what is only called so.
func (q *query) opensCondition(tokens []token, i int) bool {
	return q.from && endsItemBefore(tokens[:i]) && opensValue(tokens[i+1:])
}

// endsItemBefore tells whether the last token may end a table, a condition or a group.
func endsItemBefore(tokens []token) bool {
	back := func(n int) token {
		if n > len(tokens) {
			return token{}
		}
		return tokens[len(tokens)-n]
	}
	t, before := back(1), back(2)
	switch t.kind {
	case pg.Token_IDENT, pg.Token_ICONST, pg.Token_FCONST, pg.Token_SCONST, pg.Token_BCONST, pg.Token_XCONST, pg.Token_PARAM,
		pg.Token_TRUE_P, pg.Token_FALSE_P, pg.Token_NULL_P, pg.Token_ISNULL, pg.Token_NOTNULL, pg.Token_END_P,
		pg.Token_CURRENT_DATE, pg.Token_CURRENT_TIME, pg.Token_CURRENT_TIMESTAMP, pg.Token_LOCALTIME, pg.Token_LOCALTIMESTAMP:
		return true
	case pg.Token_ALL:
		return before.is("by")
	case pg.Token_ZONE:
		return before.text == "." || !back(3).is("at") // timestamp with time zone
	case pg.Token_BY, pg.Token_BETWEEN, pg.Token_ESCAPE, pg.Token_EXISTS, pg.Token_OVER:
		return before.text == "."
	}
	return t.text == ")" || t.text == "]" || t.text == "?" || before.text == "." ||
		t.keyword == pg.KeywordKind_UNRESERVED_KEYWORD || t.keyword == pg.KeywordKind_COL_NAME_KEYWORD
}

// opensValue tells whether the tokens begin with a value, where those behind an alias begin with a clause, a join or names of columns.
// One name in parentheses is a value: AS says that it is not.
func opensValue(tokens []token) bool {
	if len(tokens) == 0 {
		return false
	}
	switch t := tokens[0]; t.kind {
	case pg.Token_IDENT, pg.Token_ICONST, pg.Token_FCONST, pg.Token_SCONST, pg.Token_BCONST, pg.Token_XCONST, pg.Token_PARAM,
		pg.Token_TRUE_P, pg.Token_FALSE_P, pg.Token_NULL_P, pg.Token_NOT, pg.Token_NOT_LA, pg.Token_CASE, pg.Token_CAST, pg.Token_ARRAY,
		pg.Token_CURRENT_DATE, pg.Token_CURRENT_TIME, pg.Token_CURRENT_TIMESTAMP, pg.Token_LOCALTIME, pg.Token_LOCALTIMESTAMP, pg.Token_Op:
		return true
	default:
		switch {
		case t.text == "(":
			return !listsNames(tokens[1:])
		case t.keyword == pg.KeywordKind_TYPE_FUNC_NAME_KEYWORD:
			return len(tokens) > 1 && tokens[1].text == "(" // left(a, 1)
		}
		return t.keyword == pg.KeywordKind_UNRESERVED_KEYWORD || t.keyword == pg.KeywordKind_COL_NAME_KEYWORD ||
			slices.Contains([]string{"+", "-", "[", "?"}, t.text)
	}
}

// listsNames tells the columns of an alias, of which there are several, from a condition in parentheses.
func listsNames(tokens []token) bool {
	for i, t := range tokens {
		switch {
		case i%2 == 0 && t.kind != pg.Token_IDENT && t.keyword != pg.KeywordKind_UNRESERVED_KEYWORD && t.keyword != pg.KeywordKind_COL_NAME_KEYWORD:
			return false
		case i%2 == 1 && t.text != ",":
			return i > 1 && t.text == ")"
		}
	}
	return false
}
