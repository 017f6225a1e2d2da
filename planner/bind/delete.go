package bind

import (
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/planner/plan"
)

// delete binds DELETE.
func (s *binding) delete(n *pg.DeleteStmt) (*Statement, error) {
	e, err := s.with(n.WithClause, env{})
	if err != nil {
		return nil, err
	}
	t, err := s.target(n.Relation, "delete from")
	if err != nil {
		return nil, err
	}
	rows, sc, err := s.matched(t, n.UsingClause, n.WhereClause, e)
	if err != nil {
		return nil, err
	}
	w := &plan.Write{Kind: plan.Delete, Table: t.name, Target: t.snapshot.Schema(), Snapshot: t.snapshot.ID()}
	node, err := s.write(w, rows, []plan.Column{t.address}, n.ReturningList, sc, e)
	if err != nil {
		return nil, err
	}
	return &Statement{Tag: "DELETE", Plan: node}, nil
}

// truncate binds TRUNCATE, which counts no rows.
func (s *binding) truncate(n *pg.TruncateStmt) (*Statement, error) {
	cmd := plan.Truncate{}
	for _, relation := range n.Relations {
		ref := relation.GetRangeVar()
		pinned := s.tables
		t, err := s.table(ref)
		s.tables = pinned
		if err != nil {
			return nil, err
		}
		if err := s.mustBeTable(t, "truncate", s.pos(ref.Location)); err != nil {
			return nil, err
		}
		cmd.Tables = append(cmd.Tables, t.name)
	}
	return &Statement{Tag: "TRUNCATE TABLE", Command: cmd}, nil
}
