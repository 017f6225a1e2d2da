package bind

import (
	"fmt"
	"reflect"
	"strings"
	"unicode"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/planner/ast"
)

// unsupported answers for the statements of PostgreSQL that are not here, with what to do instead.
func (s *binding) unsupported(n any) error {
	location, what, instead := int32(0), "", ""
	switch n := n.(type) {
	case *pg.Node_MergeStmt:
		location, what, instead = n.MergeStmt.Relation.GetLocation(), "MERGE", "write the merged rows to a new table with CREATE TABLE ... AS SELECT"
	case *pg.Node_TransactionStmt:
		what, instead = transactionWords(n.TransactionStmt.Kind), "leave it out: every statement commits on its own"
	case *pg.Node_AlterTableStmt:
		location, what = n.AlterTableStmt.Relation.GetLocation(), "ALTER "+objectWords(n.AlterTableStmt.Objtype)
		if n.AlterTableStmt.Objtype == pg.ObjectType_OBJECT_INDEX {
			instead = otherIndex
		}
	case *pg.Node_AlterObjectSchemaStmt:
		what = "SET SCHEMA of " + objectWords(n.AlterObjectSchemaStmt.ObjectType)
	case *pg.Node_RenameStmt:
		location, what = n.RenameStmt.Relation.GetLocation(), "RENAME of "+objectWords(n.RenameStmt.RenameType)
		if n.RenameStmt.RenameType == pg.ObjectType_OBJECT_INDEX {
			what, instead = "ALTER INDEX", otherIndex
		}
	case *pg.Node_DeclareCursorStmt, *pg.Node_FetchStmt, *pg.Node_ClosePortalStmt:
		what, instead = "DECLARE CURSOR", "results are streams already: read as much as is needed"
	case *pg.Node_GrantStmt, *pg.Node_GrantRoleStmt, *pg.Node_CreateRoleStmt, *pg.Node_DropRoleStmt:
		what, instead = "access control in SQL", "leave it out: there are no users yet"
	case *pg.Node_VacuumStmt:
		what, instead = "VACUUM and ANALYZE", "leave it out: statistics are written with the files"
	case *pg.Node_CreateSeqStmt, *pg.Node_AlterSeqStmt:
		what, instead = "CREATE SEQUENCE", "number the rows with row_number() OVER (), or take gen_random_uuid()"
	case *pg.Node_CreateTrigStmt, *pg.Node_RuleStmt:
		what, instead = "a trigger or rule", "change the tables in the statements themselves"
	case *pg.Node_CreateDomainStmt, *pg.Node_CreateEnumStmt, *pg.Node_CompositeTypeStmt, *pg.Node_CreateRangeStmt:
		what, instead = "CREATE TYPE and CREATE DOMAIN", "use the built-in types"
	case *pg.Node_DoStmt, *pg.Node_CallStmt:
		what, instead = "procedural code", "send the statements one by one"
	case *pg.Node_LockStmt:
		what, instead = "LOCK", "leave it out: readers never wait, and writers are told of conflicts"
	case *pg.Node_ListenStmt, *pg.Node_NotifyStmt, *pg.Node_UnlistenStmt:
		what, instead = "LISTEN and NOTIFY", "ask again from time to time"
	case *pg.Node_CreatedbStmt, *pg.Node_DropdbStmt:
		what, instead = "CREATE DATABASE", "there is one database: create a schema in it"
	default:
		what = words(n)
	}
	return &ast.Error{Pos: s.pos(location), State: "0A000", Msg: fmt.Sprintf("%s is not supported yet", what), Hint: instead}
}

// otherIndex is what to do instead of changing an index.
const otherIndex = "create another index and drop this one"

// objectWords turns OBJECT_MATVIEW into MATVIEW.
func objectWords(kind pg.ObjectType) string {
	return strings.ReplaceAll(strings.TrimPrefix(kind.String(), "OBJECT_"), "_", " ")
}

// transactionWords turns TRANS_STMT_ROLLBACK_TO into ROLLBACK TO.
func transactionWords(kind pg.TransactionStmtKind) string {
	if kind == pg.TransactionStmtKind_TRANS_STMT_START {
		return "START TRANSACTION"
	}
	return strings.ReplaceAll(strings.TrimPrefix(kind.String(), "TRANS_STMT_"), "_", " ")
}

// words turns a node's type into what its statement is called: Node_CreateSeqStmt into CREATE SEQ.
func words(n any) string {
	name := strings.TrimSuffix(strings.TrimPrefix(reflect.TypeOf(n).Elem().Name(), "Node_"), "Stmt")
	var b strings.Builder
	for i, r := range name {
		if i > 0 && unicode.IsUpper(r) {
			b.WriteByte(' ')
		}
		b.WriteRune(unicode.ToUpper(r))
	}
	return b.String()
}
