//go:build !cgo

package parse

import (
	"errors"

	pg "github.com/pganalyze/pg_query_go/v6"
	wasm "github.com/wasilibs/go-pgquery"
	"github.com/wasilibs/go-pgquery/parser"
)

// maxDepth bounds how deep a statement's tree may be, as in the C build, whose stack is larger than the one that the parser
// has as WebAssembly. An overflow there is a panic, and leaves the module's memory as it was in the middle of the parse.
const maxDepth = 500

func parseText(sql string) (*pg.ParseResult, error) { return wasm.Parse(sql) }
func scanText(sql string) (*pg.ScanResult, error)   { return wasm.Scan(sql) }

func deparse(tree *pg.ParseResult) (string, error) { return wasm.Deparse(tree) }

// fault takes the parser's error apart: its message, and the place as characters from 1, 0 where it has none.
func fault(err error) (msg string, cursor int) {
	var e *parser.Error
	if errors.As(err, &e) {
		return e.Message, e.Cursorpos
	}
	return err.Error(), 0
}
