package bind

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/planner/parse"
	"github.com/mediaflight/mediaflight/planner/plan"
	"github.com/mediaflight/mediaflight/udf"
)

// prepare binds PREPARE name [(types)] AS statement. The statement is bound to see that it is right, and for the types of its parameters
// that it does not state.
func (s *binding) prepare(n *pg.PrepareStmt) (*Statement, error) {
	pos := s.pos(s.stmt.Find(n.Name))
	switch n.Query.GetNode().(type) {
	case *pg.Node_SelectStmt, *pg.Node_InsertStmt, *pg.Node_UpdateStmt, *pg.Node_DeleteStmt:
	default:
		return nil, missing(pos, "PREPARE of this statement", "prepare a SELECT, INSERT, UPDATE or DELETE")
	}
	s.params = nil
	for _, t := range n.Argtypes {
		dt, err := s.typeName(t.GetTypeName())
		if err != nil {
			return nil, err
		}
		s.params = append(s.params, dt)
	}
	if _, err := s.statement(n.Query); err != nil {
		return nil, err
	}
	cmd := plan.Prepare{Name: n.Name, Types: slices.Clone(s.params)}
	for i, t := range cmd.Types {
		if t == nil {
			cmd.Types[i] = arrow.BinaryTypes.String
		}
	}
	s.params, s.tables = nil, nil // PREPARE itself has neither
	var err error
	cmd.SQL, err = parse.Query(n.Query)
	return &Statement{Tag: "PREPARE", Command: cmd}, err
}

// execute binds EXECUTE name(values): the prepared statement with the values in the places of its parameters.
func (s *binding) execute(n *pg.ExecuteStmt) (*Statement, error) {
	pos := s.pos(s.stmt.Find(n.Name))
	var found plan.Prepare
	ok := false
	if s.Prepared != nil {
		found, ok = s.Prepared(n.Name)
	}
	if !ok {
		return nil, hint(fault(pos, "26000", "prepared statement %q does not exist", n.Name), "PREPARE makes one, for the session")
	}
	s.transient = true
	if len(n.Params) != len(found.Types) {
		return nil, fault(pos, "42601", "wrong number of parameters for prepared statement %q: expected %d, got %d", n.Name, len(found.Types), len(n.Params))
	}
	args, err := s.list(&exprs{clause: "EXECUTE"}, n.Params)
	if err != nil {
		return nil, err
	}
	for i, arg := range args {
		if args[i], err = s.coerce(arg, found.Types[i], udf.Assignment); err != nil {
			return nil, err
		}
	}
	stmt, err := parse.Parse(found.SQL)
	if err != nil {
		return nil, err
	}
	s.arguments = &args
	defer func() { s.arguments = nil }()
	var out *Statement
	err = s.within(stmt, func() error {
		out, err = s.statement(stmt.Node)
		return err
	})
	return out, err
}

func (s *binding) deallocate(n *pg.DeallocateStmt) *Statement {
	return &Statement{Tag: "DEALLOCATE", Command: plan.Deallocate{Name: n.Name}}
}

func (s *binding) discard(n *pg.DiscardStmt) *Statement {
	all := n.Target == pg.DiscardMode_DISCARD_ALL
	return &Statement{Tag: "DISCARD", Command: plan.Discard{All: all, Temporary: all || n.Target == pg.DiscardMode_DISCARD_TEMP}}
}
