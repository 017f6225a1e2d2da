package bind

import (
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/planner/ast"
	"github.com/mediaflight/mediaflight/planner/plan"
)

// like binds LIKE and ILIKE. ESCAPE with a constant becomes a pattern escaped by backslashes.
func (s *binding) like(x *exprs, n *pg.A_Expr, name string) (plan.Expr, error) {
	value, err := s.expr(x, n.Lexpr)
	if err != nil {
		return nil, err
	}
	escape := n.Rexpr.GetFuncCall()
	if !isLikeEscape(escape) {
		pattern, err := s.expr(x, n.Rexpr)
		if err != nil {
			return nil, err
		}
		return s.operate(name, value, pattern, s.pos(n.Location))
	}
	pattern, with := escape.Args[0].GetAConst().GetSval(), escape.Args[1].GetAConst().GetSval()
	if pattern == nil || with == nil {
		return nil, missing(s.pos(n.Location), "ESCAPE with a pattern that is not constant", `escape with \, which needs no ESCAPE`)
	}
	escaped, err := backslashed(pattern.GetSval(), with.GetSval(), s.where(escape.Args[1]))
	if err != nil {
		return nil, err
	}
	return s.operate(name, value, &unknown{escaped, s.where(escape.Args[0])}, s.pos(n.Location))
}

func isLikeEscape(f *pg.FuncCall) bool {
	return f != nil && len(f.Args) == 2 && len(f.Funcname) == 2 && f.Funcname[1].GetString_().GetSval() == "like_escape" &&
		f.Funcname[0].GetString_().GetSval() == "pg_catalog"
}

// backslashed rewrites a LIKE pattern with another escape character to one with a backslash.
func backslashed(pattern, escape string, pos ast.Pos) (string, error) {
	if len([]rune(escape)) > 1 {
		return "", hint(fault(pos, "22025", "invalid escape string"), "the escape string must be empty or one character")
	}
	if escape == `\` {
		return pattern, nil
	}
	var b strings.Builder
	escaped := false
	for _, r := range pattern {
		switch {
		case !escaped && string(r) == escape:
			escaped = true
			continue
		case r == '\\':
			b.WriteString(`\\`)
		case escaped:
			b.WriteString(`\` + string(r))
		default:
			b.WriteRune(r)
		}
		escaped = false
	}
	if escaped {
		return "", fault(pos, "22025", "LIKE pattern must not end with escape character")
	}
	return b.String(), nil
}

// similar binds SIMILAR TO, whose pattern the grammar wraps up with its escape character.
func (s *binding) similar(x *exprs, n *pg.A_Expr, name string) (plan.Expr, error) {
	e, err := s.call(x, "similar_to", append([]*pg.Node{n.Lexpr}, n.Rexpr.GetFuncCall().GetArgs()...), n.Location)
	if err != nil || name != "!~" {
		return e, err
	}
	return logical("not", e), nil
}
