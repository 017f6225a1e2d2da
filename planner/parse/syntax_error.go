package parse

import (
	"strings"
	"unicode/utf8"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/planner/ast"
)

// syntaxError places the parser's error in the user's text. stmt is nil while the text is as the user sent it.
func syntaxError(sql string, stmt *Statement, err error) error {
	msg, cursor := fault(err)
	text := sql
	if stmt != nil {
		text = stmt.text
	}
	offset := byteOffset(text, cursor)
	e := &ast.Error{Pos: -1, State: "42601", Msg: msg}
	switch {
	case strings.Contains(msg, "memory exhausted"), strings.Contains(msg, "recursion depth"), strings.Contains(msg, "stack depth"):
		e.State, e.Msg = "54001", "statement too complex: its expressions nest too deep"
	case strings.Contains(msg, "not yet implemented"), strings.Contains(msg, "not supported"):
		e.State = "0A000"
	case strings.HasPrefix(msg, "frame st"), strings.HasPrefix(msg, "frame end "):
		e.State = "42P20"
	}
	if offset >= 0 {
		e.Pos = ast.Pos(offset)
		if stmt != nil {
			e.Pos = stmt.Pos(int32(offset))
		}
		e.Hint = syntaxHint(sql, int(e.Pos), msg)
	}
	return e
}

// byteOffset turns a place counted in characters from 1 into a byte offset; -1 for none.
func byteOffset(s string, cursor int) int {
	if cursor <= 0 {
		return -1
	}
	offset := 0
	for range cursor - 1 {
		_, n := utf8.DecodeRuneInString(s[offset:])
		offset += n
	}
	return offset
}

// syntaxHint guesses what was meant at a place that does not parse.
func syntaxHint(sql string, pos int, msg string) string {
	if strings.HasPrefix(msg, "LIMIT #,#") {
		return "use separate LIMIT and OFFSET clauses"
	}
	tokens, err := scan(sql)
	if err != nil {
		return ""
	}
	at := 0
	for at < len(tokens) && tokens[at].start < pos {
		at++
	}
	if at > 0 && at < len(tokens) && tokens[at-1].text == "," && tokens[at].keyword == pg.KeywordKind_RESERVED_KEYWORD {
		return "remove the comma before " + strings.ToUpper(tokens[at].text)
	}
	if at > 0 && at < len(tokens) && tokens[at-1].text == "*" && (tokens[at].is("exclude") || tokens[at].is("replace") || tokens[at].is("rename") || tokens[at].is("except")) {
		return "* has no " + strings.ToUpper(tokens[at].text) + ": name the columns, which DESCRIBE lists"
	}
	if at > 0 && at < len(tokens) && tokens[at-1].is("top") && tokens[at].kind == pg.Token_ICONST {
		return "write LIMIT " + tokens[at].text + " at the end of the query"
	}
	// A misspelled keyword parses as a name at first: select 1 form t is an alias, and the error comes one or two words later.
	for i := at; i >= 0 && i >= at-2; i-- {
		if i < len(tokens) && tokens[i].kind == pg.Token_IDENT {
			if word := ast.Nearest(tokens[i].text, keywords); word != "" && !strings.EqualFold(word, tokens[i].text) {
				return `did you mean "` + word + `"?`
			}
		}
	}
	return ""
}

// keywords are those that statements hang on.
var keywords = []string{
	"SELECT", "FROM", "WHERE", "GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET", "UNION", "INSERT", "INTO", "VALUES", "CREATE",
	"TABLE", "SCHEMA", "DROP", "EXPLAIN", "ANALYZE", "DISTINCT", "JOIN", "INNER", "LEFT", "RIGHT", "BETWEEN", "EXISTS", "DESCRIBE",
	"UPDATE", "DELETE", "COMMENT", "CASE", "WHEN", "THEN",
}
