package bind

import (
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/planner/plan"
)

// tableAt binds
//
//	table_at('table', snapshot)
//
// which is the table as it was at one of its snapshots. Elsewhere in the statement the table is what it is now.
func (s *binding) tableAt(call *pg.FuncCall) (plan.Node, error) {
	a, err := s.tableArguments(call, "table_at", 2, "table", "snapshot")
	if err != nil {
		return nil, err
	}
	now, err := a.table()
	if err != nil {
		return nil, err
	}
	then := *now
	if err := a.snapshot(&then); err != nil {
		return nil, err
	}
	return s.scan(&then, then.name.Table), nil
}
