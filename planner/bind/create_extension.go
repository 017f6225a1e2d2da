package bind

import (
	"fmt"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/planner/plan"
)

// createExtension accepts CREATE EXTENSION vector, with which scripts for pgvector begin: what it adds is there already.
func (s *binding) createExtension(n *pg.CreateExtensionStmt) (*Statement, error) {
	if n.Extname != "vector" {
		return nil, missing(s.pos(s.stmt.Find(n.Extname)), fmt.Sprintf("extension %q", n.Extname), "vectors, their distances and indexes need none")
	}
	return &Statement{Tag: "CREATE EXTENSION", Command: plan.Nothing{Notice: `what extension "vector" has is built in`}}, nil
}
