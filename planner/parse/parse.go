// Package parse turns SQL text into PostgreSQL's own syntax tree.
//
// The grammar is PostgreSQL 17's parser itself: as C code under cgo, as WebAssembly without. Its tree is used as it is, by
// package bind. What the grammar lacks (? parameters, DESCRIBE, [1, 2, 3] ...) is rewritten on the parser's own
// tokens before parsing; a Statement maps the tree's locations back to the text as the user sent it.
package parse

import (
	"strings"
	"unicode"
	"unicode/utf8"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/planner/ast"
)

// A Statement is one parsed statement.
type Statement struct {
	Node     *pg.Node
	Describe bool // DESCRIBE: the statement's columns are asked for, not its rows

	text  string // what was parsed
	edits edits  // from the user's text to text
	inner *inner // nil for what the user sent as a statement
}

// Pos maps a location in the tree to the user's text.
func (s *Statement) Pos(location int32) ast.Pos {
	if location < 0 {
		return -1
	}
	offset := s.edits.original(int(location))
	if s.inner != nil {
		return s.inner.pos(offset)
	}
	return ast.Pos(offset)
}

// Text is what PostgreSQL's parser got.
func (s *Statement) Text() string { return s.text }

// Quoted tells of each part of a name with dots, from a location on, whether it stands in double quotes: the tree does not
// keep that, and quoted names are exact.
func (s *Statement) Quoted(location int32, parts int) []bool {
	out := make([]bool, parts)
	if location < 0 || int(location) > len(s.text) {
		return out
	}
	rest := s.text[location:]
	for i := range out {
		rest = strings.TrimLeft(rest, " \t\r\n.")
		if out[i] = strings.HasPrefix(rest, `"`); out[i] {
			rest = rest[1:]
			for {
				end := strings.IndexByte(rest, '"')
				if end < 0 {
					return out
				}
				rest = rest[end+1:]
				if !strings.HasPrefix(rest, `"`) {
					break
				}
				rest = rest[1:] // a quote within the name
			}
			continue
		}
		end := strings.IndexAny(rest, " \t\r\n.")
		if end < 0 {
			return out
		}
		rest = rest[end:]
	}
	return out
}

// Find is the location of a name's first appearance as a word of its own, for statements whose tree keeps no location of it; -1
// if it is not there, because it is quoted in an odd way.
func (s *Statement) Find(name string) int32 { return s.FindAfter(name, 0) }

// FindAfter is the first appearance that does not come before a location.
func (s *Statement) FindAfter(name string, location int32) int32 {
	text, name := strings.ToLower(s.text), strings.ToLower(name)
	for from := int(max(location, 0)); name != "" && from <= len(text); {
		at := strings.Index(text[from:], name)
		if at < 0 {
			break
		}
		start, end := from+at, from+at+len(name)
		if !inWord(text[:start], utf8.DecodeLastRuneInString) && !inWord(text[end:], utf8.DecodeRuneInString) {
			if start > 0 && text[start-1] == '"' {
				start--
			}
			return int32(start)
		}
		from = end
	}
	return -1
}

// inWord tells whether the rune beside a name belongs to the same word.
func inWord(beside string, decode func(string) (rune, int)) bool {
	r, n := decode(beside)
	return n > 0 && (r == '_' || r == '$' || unicode.IsLetter(r) || unicode.IsDigit(r))
}

// Parse parses a text that holds one statement; semicolons may follow it.
func Parse(sql string) (*Statement, error) {
	if err := checkText(sql); err != nil {
		return nil, err
	}
	stmt := &Statement{text: sql}
	if needsTokens(sql) {
		tokens, err := scan(sql)
		if err != nil {
			return nil, syntaxError(sql, nil, err)
		}
		if err := checkDepth(tokens); err != nil {
			return nil, err
		}
		if stmt, err = rewrite(sql, tokens); err != nil {
			return nil, err
		}
	}
	tree, err := parseText(stmt.text)
	if err != nil {
		return nil, syntaxError(sql, stmt, err)
	}
	switch {
	case len(tree.Stmts) == 0:
		return nil, &ast.Error{Pos: 0, State: "42601", Msg: "statement is empty"}
	case len(tree.Stmts) > 1:
		second := tree.Stmts[1].StmtLocation
		for int(second) < len(stmt.text) && strings.ContainsRune(" \t\r\n", rune(stmt.text[second])) {
			second++
		}
		return nil, &ast.Error{Pos: stmt.Pos(second), State: "42601",
			Msg: "more than one statement in a request", Hint: "send the statements one by one"}
	}
	stmt.Node = tree.Stmts[0].Stmt
	return stmt, nil
}

// checkText refuses what cannot be handed to the parser: it takes C strings of UTF-8.
func checkText(sql string) error {
	if i := strings.IndexByte(sql, 0); i >= 0 {
		return &ast.Error{Pos: ast.Pos(i), State: "22021", Msg: "zero byte in the statement's text"}
	}
	if !utf8.ValidString(sql) {
		return &ast.Error{Pos: ast.Pos(invalidByte(sql)), State: "22021", Msg: "the statement's text is not valid UTF-8"}
	}
	return nil
}

func invalidByte(s string) int {
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return 0
}

// needsTokens tells whether the text may hold something to rewrite, or may be too deep. Scanning costs a quarter of
// parsing, so most statements are spared it.
func needsTokens(sql string) bool {
	if len(sql) > maxDepth || strings.ContainsAny(sql, "?[") || mayReadFile(sql) {
		return true
	}
	lower := strings.ToLower(sql)
	if strings.Contains(lower, "qualify") || strings.Contains(lower, "by all") || strings.Contains(lower, "partitioned") || strings.Contains(lower, Partitioning) || strings.Contains(lower, "exclude") || strings.Contains(lower, "replace") || namesArguments(lower) {
		return true
	}
	word := firstWord(lower)
	return word == "copy" || word == "desc" || word == "describe" || word == "show" || word == ""
}

// namesArguments tells whether a text may hold a call such as f(x => 1): <=> is an operator.
func namesArguments(sql string) bool {
	for at := 0; ; at += 2 {
		next := strings.Index(sql[at:], "=>")
		if next < 0 {
			return strings.Contains(sql, ":=")
		}
		if at += next; at == 0 || sql[at-1] != '<' {
			return true
		}
	}
}

// firstWord is the first word of a text, or nothing if a comment or anything else comes first.
func firstWord(sql string) string {
	sql = strings.TrimLeft(sql, " \t\r\n")
	end := strings.IndexFunc(sql, func(r rune) bool { return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') })
	if end < 0 {
		return sql
	}
	return sql[:end]
}
