package parse

import (
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"
)

// Expression writes an expression as text, which Parse reads again behind SELECT.
func Expression(n *pg.Node) (string, error) {
	tree, err := parseText("SELECT 1")
	if err != nil {
		return "", err
	}
	tree.Stmts[0].Stmt.GetSelectStmt().TargetList[0].GetResTarget().Val = n
	text, err := deparse(tree)
	return strings.TrimPrefix(text, "SELECT "), err
}

// Query writes a query as text of PostgreSQL's grammar.
func Query(n *pg.Node) (string, error) {
	tree, err := parseText("SELECT 1")
	if err != nil {
		return "", err
	}
	tree.Stmts[0].Stmt = n
	return deparse(tree)
}
