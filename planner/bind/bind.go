// Package bind gives a parsed statement its meaning: names become columns of tables pinned at a snapshot, operators and
// functions become overloads of the function table with every cast in place, and what is wrong becomes an error with a place
// in the text.
//
// It reads PostgreSQL's syntax tree and writes nodes of package plan, or a command where no plan is needed.
package bind

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/planner/ast"
	"github.com/mediaflight/mediaflight/planner/parse"
	"github.com/mediaflight/mediaflight/planner/plan"
	"github.com/mediaflight/mediaflight/udf"
)

// A Binder binds statements. It may be used at once.
type Binder struct {
	Catalog   catalog.Catalog
	Files     catalog.FileReader // nil where no files are read
	Functions *udf.Set
	Schema    string                                 // where unqualified names are looked up first
	Temporary bool                                   // temporary tables come before that
	Prepared  func(name string) (plan.Prepare, bool) // statements that the session has named; nil for none
	Env       udf.Env                                // for constants that depend on the session
	Params    []arrow.DataType                       // of $1, $2 ... as far as they are known; nil entries are inferred
	Recall    float64                                // that searches by a vector index are to reach; 0 lets none be used
}

// A Statement is a bound statement: a plan or a command.
type Statement struct {
	Tag     string
	Plan    plan.Node
	Command plan.Command
	Explain *plan.Explain
	Copy    *catalog.FileTarget // where the rows go, instead of to the client
	Rows    *arrow.Schema       // what a command answers with; nil where it answers with a count
	Params  []arrow.DataType    // of $1, $2 ...
	Tables  []plan.TableID      // in the order in which they were met
	Ordered bool
	// Transient statements depend on more than the catalog and the session's settings, such as files: the same text may mean another
	// plan the next time.
	Transient bool
	// Temporary statements make a temporary table by a plan.
	Temporary bool
}

// Bind binds one statement.
func (b *Binder) Bind(ctx context.Context, stmt *parse.Statement) (*Statement, error) {
	s := &binding{Binder: b, ctx: ctx, stmt: stmt, params: append([]arrow.DataType(nil), b.Params...)}
	out, err := s.statement(stmt.Node)
	if err != nil {
		return nil, err
	}
	if out.Plan, err = s.inlineKept(out.Plan); err != nil {
		return nil, err
	}
	out.Params, out.Transient = s.params, s.transient
	for i, t := range out.Params {
		if t == nil {
			out.Params[i] = arrow.BinaryTypes.String
		}
	}
	for _, t := range s.tables {
		out.Tables = append(out.Tables, plan.TableID{Name: t.name, Snapshot: t.snapshot.ID()})
	}
	return out, nil
}

// A binding is the state of binding one statement.
type binding struct {
	*Binder
	ctx       context.Context
	stmt      *parse.Statement
	params    []arrow.DataType
	tables    []*table // pinned so far
	lastID    int
	lastTable int // of recursions
	scans     int
	kept      int            // queries whose rows are computed once
	views     []catalog.Name // whose queries are being bound, one inside the other
	calls     []string       // of functions that users have created, one inside the other
	creating  string         // the function that is being created
	// arguments are what $1, $2 ... mean in the function that is being bound; nil outside of functions.
	arguments     *[]plan.Expr
	argumentScope *scope // the same by their names
	// written takes down what the query of a CREATE VIEW means; nil in other statements.
	written *writtenQuery
	// transient says that the statement reads what the catalog knows nothing of.
	transient bool
}

// statement binds a statement of any kind.
func (s *binding) statement(n *pg.Node) (*Statement, error) {
	switch n := n.GetNode().(type) {
	case *pg.Node_SelectStmt:
		return s.queryStatement(n.SelectStmt)
	case *pg.Node_InsertStmt:
		return s.insert(n.InsertStmt)
	case *pg.Node_UpdateStmt:
		return s.update(n.UpdateStmt)
	case *pg.Node_DeleteStmt:
		return s.delete(n.DeleteStmt)
	case *pg.Node_TruncateStmt:
		return s.truncate(n.TruncateStmt)
	case *pg.Node_CreateTableAsStmt:
		return s.createTableAs(n.CreateTableAsStmt)
	case *pg.Node_PrepareStmt:
		return s.prepare(n.PrepareStmt)
	case *pg.Node_ExecuteStmt:
		return s.execute(n.ExecuteStmt)
	case *pg.Node_DeallocateStmt:
		return s.deallocate(n.DeallocateStmt), nil
	case *pg.Node_DiscardStmt:
		return s.discard(n.DiscardStmt), nil
	case *pg.Node_CopyStmt:
		return s.copyFile(n.CopyStmt)
	case *pg.Node_ExplainStmt:
		return s.explain(n.ExplainStmt)
	case *pg.Node_CreateSchemaStmt:
		return s.createSchema(n.CreateSchemaStmt)
	case *pg.Node_CreateFunctionStmt:
		return s.createFunction(n.CreateFunctionStmt)
	case *pg.Node_ViewStmt:
		return s.createView(n.ViewStmt)
	case *pg.Node_CreateStmt:
		return s.createTable(n.CreateStmt)
	case *pg.Node_CreateExtensionStmt:
		return s.createExtension(n.CreateExtensionStmt)
	case *pg.Node_IndexStmt:
		return s.createIndex(n.IndexStmt)
	case *pg.Node_ReindexStmt:
		return s.reindex(n.ReindexStmt)
	case *pg.Node_AlterTableStmt:
		return s.alterTable(n.AlterTableStmt)
	case *pg.Node_RenameStmt:
		return s.rename(n.RenameStmt)
	case *pg.Node_AlterObjectSchemaStmt:
		return s.setSchema(n.AlterObjectSchemaStmt)
	case *pg.Node_DropStmt:
		return s.drop(n.DropStmt)
	case *pg.Node_CommentStmt:
		return s.comment(n.CommentStmt)
	case *pg.Node_VariableSetStmt:
		return s.set(n.VariableSetStmt)
	case *pg.Node_VariableShowStmt:
		return s.show(n.VariableShowStmt)
	}
	return nil, s.unsupported(n.GetNode())
}

// queryStatement binds a query that is the whole statement.
func (s *binding) queryStatement(n *pg.SelectStmt) (*Statement, error) {
	q, err := s.query(n, env{})
	if err != nil {
		return nil, err
	}
	node := s.settle(q.node)
	if s.stmt.Describe {
		return &Statement{Tag: "DESCRIBE", Plan: s.describe(node), Ordered: true}, nil
	}
	return &Statement{Tag: "SELECT", Plan: node, Ordered: q.ordered}, nil
}

// newColumn makes a column with an ID of its own.
func (s *binding) newColumn(name string, t arrow.DataType, nullable bool) plan.Column {
	s.lastID++
	return plan.Column{ID: s.lastID, Name: name, Type: t, Nullable: nullable}
}

func (s *binding) pos(location int32) ast.Pos { return s.stmt.Pos(location) }
