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
// can put one node under another.
func checkDepth(tokens []token) error {
	levels := []level{{}}
	for _, t := range tokens {
		top := &levels[len(levels)-1]
		switch {
		case t.text == "(" || t.text == "[" || t.kind == pg.Token_CASE:
			top.chain++
			levels = append(levels, level{})
		case t.text == ")" || t.text == "]" || t.kind == pg.Token_END_P:
			if len(levels) > 1 {
				depth := top.depth()
				levels = levels[:len(levels)-1]
				outer := &levels[len(levels)-1]
				outer.inner = max(outer.inner, depth)
			}
		case t.text == "," || t.text == ";" || t.kind == pg.Token_AND || t.kind == pg.Token_OR:
			top.endItem()
		case t.kind == pg.Token_UNION || t.kind == pg.Token_INTERSECT || t.kind == pg.Token_EXCEPT || t.kind == pg.Token_JOIN:
			top.spine++
		case nests(t):
			top.chain++
		}
	}
	depth := 0
	for i := range levels {
		depth += levels[i].depth()
	}
	if depth > maxDepth {
		return &ast.Error{Pos: -1, State: "54001", Msg: "statement too complex: its expressions nest too deep",
			Hint: "use IN (...) instead of a long chain of operators"}
	}
	return nil
}

// A level is an open bracket, or CASE. It holds items, between commas, AND and OR: the parser makes flat lists of these.
type level struct {
	spine   int // set operations and joins, which nest across items
	chain   int // tokens of the item that nest: operators and the words that work like them
	inner   int // the deepest bracket in the item
	deepest int // of the items before
}

func (l *level) endItem() {
	l.deepest = max(l.deepest, l.chain+l.inner)
	l.chain, l.inner = 0, 0
}

func (l *level) depth() int {
	l.endItem()
	return l.spine + l.deepest
}

// nests tells whether a token can put what stands before it one level deeper.
func nests(t token) bool {
	switch t.kind {
	case pg.Token_IDENT, pg.Token_SCONST, pg.Token_ICONST, pg.Token_FCONST, pg.Token_PARAM,
		pg.Token_AS, pg.Token_FROM, pg.Token_WHEN, pg.Token_THEN, pg.Token_ELSE, pg.Token_NULL_P,
		pg.Token_TRUE_P, pg.Token_FALSE_P:
		return false
	}
	return t.text != "."
}
