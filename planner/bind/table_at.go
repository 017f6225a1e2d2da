package bind

import (
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/planner/plan"
)

// tableAt binds
//
//	table_at('table', snapshot)
//
// which is the table as it was at one of its snapshots.
func (s *binding) tableAt(call *pg.FuncCall) (plan.Node, error) {
	a, err := s.tableArguments(call, "table_at", 2, "table", "snapshot")
	if err != nil {
		return nil, err
	}
	t, err := a.table()
	if err != nil {
		return nil, err
	}
	if t, err = a.at(t); err != nil {
		return nil, err
	}
	return s.scan(t, t.name.Table), nil
}
