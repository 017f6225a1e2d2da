package parse

import (
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/planner/ast"
)

// A token is a token of PostgreSQL's lexer, with its text.
type token struct {
	kind       pg.Token
	keyword    pg.KeywordKind
	start, end int
	text       string
}

// is compares a token with a word, whether the lexer knows it as a keyword or not.
func (t token) is(word string) bool { return strings.EqualFold(t.text, word) }

// scan splits a text into tokens, comments left out.
func scan(sql string) ([]token, error) {
	result, err := scanText(sql)
	if err != nil {
		return nil, err
	}
	tokens := make([]token, 0, len(result.Tokens))
	for _, t := range result.Tokens {
		if t.Token == pg.Token_SQL_COMMENT || t.Token == pg.Token_C_COMMENT {
			continue
		}
		start, end := int(t.Start), int(t.End)
		tokens = append(tokens, token{t.Token, t.KeywordKind, start, end, sql[start:end]})
	}
	return tokens, nil
}

// checkDepth refuses a statement whose tree could be deeper than maxDepth. It counts, bracket by bracket, the tokens that
// can put one node under another: operators and the words that work like them, in a chain up to the next comma.
func checkDepth(tokens []token) error {
	levels := []level{{}}
	for _, t := range tokens {
		top := &levels[len(levels)-1]
		switch {
		case t.text == "(" || t.text == "[":
			top.chain++
			levels = append(levels, level{})
		case t.text == ")" || t.text == "]":
			if len(levels) > 1 {
				top.endItem()
				levels = levels[:len(levels)-1]
				outer := &levels[len(levels)-1]
				outer.inner = max(outer.inner, top.deepest)
			}
		case t.text == "," || t.text == ";":
			top.endItem()
		case nests(t):
			top.chain++
		}
	}
	depth := 0
	for i := range levels {
		levels[i].endItem()
		depth += levels[i].deepest
	}
	if depth > maxDepth {
		return &ast.Error{Pos: -1, State: "54001", Msg: "statement too complex: its expressions nest too deep",
			Hint: "use IN (...) instead of a long chain of operators"}
	}
	return nil
}

// A level is an open bracket, holding items between commas.
type level struct {
	chain   int // tokens of the item that nest
	inner   int // the deepest bracket in the item
	deepest int // of the items before
}

func (l *level) endItem() {
	l.deepest = max(l.deepest, l.chain+l.inner)
	l.chain, l.inner = 0, 0
}

// nests tells whether a token can put what stands before it one level deeper. AND and OR do not: the parser makes one
// flat list of them.
func nests(t token) bool {
	switch t.kind {
	case pg.Token_IDENT, pg.Token_SCONST, pg.Token_ICONST, pg.Token_FCONST, pg.Token_PARAM, pg.Token_AND, pg.Token_OR,
		pg.Token_AS, pg.Token_FROM, pg.Token_WHEN, pg.Token_THEN, pg.Token_ELSE, pg.Token_END_P, pg.Token_NULL_P,
		pg.Token_TRUE_P, pg.Token_FALSE_P:
		return false
	}
	return t.text != "."
}
