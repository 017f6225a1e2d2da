//go:build cgo

package parse

import (
	"errors"

	pg "github.com/pganalyze/pg_query_go/v6"
	"github.com/pganalyze/pg_query_go/v6/parser"
)

// maxDepth bounds how deep a statement's tree may be. The C parser builds and writes its tree recursively on a thread's
// stack: 20,000 levels of 1+1+1... overflow it, which ends the process. The tree's decoder gives up near 3,000.
const maxDepth = 2000

func parseText(sql string) (*pg.ParseResult, error) { return pg.Parse(sql) }
func scanText(sql string) (*pg.ScanResult, error)   { return pg.Scan(sql) }

func deparse(tree *pg.ParseResult) (string, error) { return pg.Deparse(tree) }

// fault takes the parser's error apart: its message, and the place as characters from 1, 0 where it has none.
func fault(err error) (msg string, cursor int) {
	var e *parser.Error
	if errors.As(err, &e) {
		return e.Message, e.Cursorpos
	}
	return err.Error(), 0
}
