package bind

import (
	"errors"
	"fmt"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/planner/ast"
	"github.com/mediaflight/mediaflight/planner/parse"
	"github.com/mediaflight/mediaflight/udf"
)

// fault is an error at a place in the statement.
func fault(at ast.Pos, state, format string, args ...any) *ast.Error {
	return &ast.Error{Pos: at, State: state, Msg: fmt.Sprintf(format, args...)}
}

// hint adds a hint to an error.
func hint(e *ast.Error, format string, args ...any) error {
	e.Hint = fmt.Sprintf(format, args...)
	return e
}

// missing is what the language has and we have not.
func missing(at ast.Pos, what, instead string) error {
	return &ast.Error{Pos: at, State: "0A000", Msg: what + " is not supported yet", Hint: instead}
}

// at gives an error of the catalog or of a function its place. Other errors pass.
func at(pos ast.Pos, err error) error {
	var placed *ast.Error
	var function *udf.Error
	var object *catalog.Error
	switch {
	case err == nil, errors.As(err, &placed):
		return err
	case errors.As(err, &function):
		return &ast.Error{Pos: pos, State: function.State, Msg: function.Error(), Hint: function.Hint}
	case errors.As(err, &object):
		return &ast.Error{Pos: pos, State: object.State, Msg: object.Error(), Hint: object.Hint}
	}
	return err
}

// state is an error's SQLSTATE, empty where it has none.
func state(err error) string {
	var e interface{ SQLState() string }
	if errors.As(err, &e) {
		return e.SQLState()
	}
	return ""
}

// where is the place of a node.
func (s *binding) where(n *pg.Node) ast.Pos { return s.pos(parse.Location(n)) }
