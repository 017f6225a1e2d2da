package parse

import (
	"errors"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/planner/ast"
)

// An inner says of a statement that it was made from a text constant of another one.
type inner struct {
	outer  *Statement
	at     int32 // of the constant in the outer statement
	prefix int   // what was put before the constant's text
}

// Condition parses a condition that stands in a text constant of the statement. Its places are those in the statement that the user sent.
func (s *Statement) Condition(text string, location int32) (*Statement, *pg.Node, error) {
	stmt, err := s.inside("SELECT WHERE ", text, location)
	if err != nil {
		return nil, nil, err
	}
	sel := stmt.Node.GetSelectStmt()
	cond := sel.GetWhereClause()
	more := sel.GetGroupClause() != nil || sel.GetHavingClause() != nil || sel.GetWindowClause() != nil || sel.GetSortClause() != nil ||
		sel.GetLimitCount() != nil || sel.GetLimitOffset() != nil || sel.GetLockingClause() != nil
	if cond == nil || more {
		return nil, nil, &ast.Error{Pos: stmt.Pos(int32(stmt.inner.prefix)), State: "42601", Msg: "not a condition: " + text,
			Hint: "write what would stand behind WHERE"}
	}
	return stmt, cond, nil
}

// Table parses the name of a table that stands in a text constant of the statement.
func (s *Statement) Table(text string, location int32) (*Statement, *pg.RangeVar, error) {
	stmt, err := s.inside("SELECT FROM ", text, location)
	if err != nil {
		return nil, nil, err
	}
	sel := stmt.Node.GetSelectStmt()
	if from := sel.GetFromClause(); len(from) == 1 && sel.GetWhereClause() == nil && sel.GetSortClause() == nil {
		if table := from[0].GetRangeVar(); table != nil && table.Alias == nil {
			return stmt, table, nil
		}
	}
	return nil, nil, &ast.Error{Pos: s.Pos(location), State: "42602", Msg: "not the name of a table: " + text}
}

func (s *Statement) inside(prefix, text string, location int32) (*Statement, error) {
	in := &inner{outer: s, at: location, prefix: len(prefix)}
	stmt, err := Parse(prefix + text)
	var bad *ast.Error
	switch {
	case errors.As(err, &bad):
		moved := *bad
		moved.Pos = in.pos(int(bad.Pos))
		return nil, &moved
	case err != nil:
		return nil, err
	}
	for _, e := range stmt.edits {
		if strings.HasPrefix(e.text, " $") {
			return nil, &ast.Error{Pos: in.pos(e.start), State: "42601", Msg: "a parameter written as ? inside of a text constant", Hint: "write $n"}
		}
	}
	stmt.inner = in
	return stmt, nil
}

// pos maps a place in the inner text, prefix included, to the text that the user sent.
func (in *inner) pos(offset int) ast.Pos {
	start := in.outer.Pos(in.at)
	if in.at < 0 || offset < in.prefix {
		return start
	}
	raw := in.outer.text[in.at:]
	at, content := 1, offset-in.prefix // behind the quote
	if !strings.HasPrefix(raw, "'") {
		end := strings.Index(raw[1:], "$")
		if !strings.HasPrefix(raw, "$") || end < 0 {
			return start // E'...' and its like, whose text is longer than what it means
		}
		return in.outer.Pos(in.at + int32(end+2+content))
	}
	for ; content > 0 && at < len(raw); content-- {
		if strings.HasPrefix(raw[at:], "''") {
			at++
		}
		at++
	}
	return in.outer.Pos(in.at + int32(at))
}
