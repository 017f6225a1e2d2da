package flightsrv

import (
	"cmp"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	pb "github.com/apache/arrow-go/v18/arrow/flight/gen/flight"

	"github.com/mediaflight/mediaflight/udf"
)

// An info is one fact about the server, as SqlInfo tells it. Its value is a string, bool, int64, int32, []string or
// map[int32][]int32: the six kinds of the specification's union.
type info struct {
	code  pb.SqlInfo
	value any
}

// sqlInfo is all facts in the order of their codes.
type sqlInfo []info

// sqlInfoOf gathers the facts. All codes of the specification are there: drivers fail on one that is missing. Codes of our
// own would break JDBC, which knows the specification's only.
//
// Where the drivers differ from the specification's text, the drivers have it, because they fail on what the text says. JDBC
// casts the default isolation to a Long; ODBC reads that, the cases of identifiers and the order of NULLs as int64; both take
// the level of outer joins for a set. Arrow's own servers send them so too.
func sqlInfoOf(c Config) sqlInfo {
	functions := functionNames(c.Functions)
	version := cmp.Or(c.Version, "0.0.0-dev")
	facts := sqlInfo{
		{pb.SqlInfo_FLIGHT_SQL_SERVER_NAME, "Mediaflight"},
		{pb.SqlInfo_FLIGHT_SQL_SERVER_VERSION, version},
		{pb.SqlInfo_FLIGHT_SQL_SERVER_ARROW_VERSION, arrow.PkgVersion},
		{pb.SqlInfo_FLIGHT_SQL_SERVER_READ_ONLY, false},
		{pb.SqlInfo_FLIGHT_SQL_SERVER_SQL, true},
		{pb.SqlInfo_FLIGHT_SQL_SERVER_SUBSTRAIT, true},
		{pb.SqlInfo_FLIGHT_SQL_SERVER_SUBSTRAIT_MIN_VERSION, substraitMin},
		{pb.SqlInfo_FLIGHT_SQL_SERVER_SUBSTRAIT_MAX_VERSION, substraitMax},
		{pb.SqlInfo_FLIGHT_SQL_SERVER_TRANSACTION, int32(pb.SqlSupportedTransaction_SQL_SUPPORTED_TRANSACTION_NONE)},
		{pb.SqlInfo_FLIGHT_SQL_SERVER_CANCEL, true},
		{pb.SqlInfo_FLIGHT_SQL_SERVER_BULK_INGESTION, true},
		{pb.SqlInfo_FLIGHT_SQL_SERVER_INGEST_TRANSACTIONS_SUPPORTED, false},
		{pb.SqlInfo_FLIGHT_SQL_SERVER_STATEMENT_TIMEOUT, int32(min(c.PreparedIdle.Milliseconds(), 1<<31-1))},
		{pb.SqlInfo_FLIGHT_SQL_SERVER_TRANSACTION_TIMEOUT, int32(0)},

		{pb.SqlInfo_SQL_DDL_CATALOG, false},
		{pb.SqlInfo_SQL_DDL_SCHEMA, true},
		{pb.SqlInfo_SQL_DDL_TABLE, true},
		{pb.SqlInfo_SQL_IDENTIFIER_CASE, int64(pb.SqlSupportedCaseSensitivity_SQL_CASE_SENSITIVITY_LOWERCASE)},
		{pb.SqlInfo_SQL_IDENTIFIER_QUOTE_CHAR, `"`},
		{pb.SqlInfo_SQL_QUOTED_IDENTIFIER_CASE, int64(pb.SqlSupportedCaseSensitivity_SQL_CASE_SENSITIVITY_CASE_INSENSITIVE)},
		{pb.SqlInfo_SQL_ALL_TABLES_ARE_SELECTABLE, true},
		{pb.SqlInfo_SQL_NULL_ORDERING, int64(pb.SqlNullOrdering_SQL_NULLS_SORTED_HIGH)},
		{pb.SqlInfo_SQL_KEYWORDS, keywords},
		{pb.SqlInfo_SQL_NUMERIC_FUNCTIONS, functions["numeric"]},
		{pb.SqlInfo_SQL_STRING_FUNCTIONS, functions["string"]},
		{pb.SqlInfo_SQL_SYSTEM_FUNCTIONS, functions["system"]},
		{pb.SqlInfo_SQL_DATETIME_FUNCTIONS, functions["datetime"]},
		{pb.SqlInfo_SQL_SEARCH_STRING_ESCAPE, `\`},
		{pb.SqlInfo_SQL_EXTRA_NAME_CHARACTERS, "$"},
		{pb.SqlInfo_SQL_SUPPORTS_COLUMN_ALIASING, true},
		{pb.SqlInfo_SQL_NULL_PLUS_NULL_IS_NULL, true},
		{pb.SqlInfo_SQL_SUPPORTS_CONVERT, conversions()},
		{pb.SqlInfo_SQL_SUPPORTS_TABLE_CORRELATION_NAMES, true},
		{pb.SqlInfo_SQL_SUPPORTS_DIFFERENT_TABLE_CORRELATION_NAMES, false},
		{pb.SqlInfo_SQL_SUPPORTS_EXPRESSIONS_IN_ORDER_BY, true},
		{pb.SqlInfo_SQL_SUPPORTS_ORDER_BY_UNRELATED, true},
		{pb.SqlInfo_SQL_SUPPORTED_GROUP_BY, mask(pb.SqlSupportedGroupBy_SQL_GROUP_BY_UNRELATED, pb.SqlSupportedGroupBy_SQL_GROUP_BY_BEYOND_SELECT)},
		{pb.SqlInfo_SQL_SUPPORTS_LIKE_ESCAPE_CLAUSE, true},
		{pb.SqlInfo_SQL_SUPPORTS_NON_NULLABLE_COLUMNS, true},
		{pb.SqlInfo_SQL_SUPPORTED_GRAMMAR, mask(pb.SupportedSqlGrammar_SQL_MINIMUM_GRAMMAR, pb.SupportedSqlGrammar_SQL_CORE_GRAMMAR)},
		{pb.SqlInfo_SQL_ANSI92_SUPPORTED_LEVEL, mask(pb.SupportedAnsi92SqlGrammarLevel_ANSI92_ENTRY_SQL)},
		{pb.SqlInfo_SQL_SUPPORTS_INTEGRITY_ENHANCEMENT_FACILITY, false},
		{pb.SqlInfo_SQL_OUTER_JOINS_SUPPORT_LEVEL, mask(pb.SqlOuterJoinsSupportLevel_SQL_LIMITED_OUTER_JOINS,
			pb.SqlOuterJoinsSupportLevel_SQL_FULL_OUTER_JOINS)},
		{pb.SqlInfo_SQL_SCHEMA_TERM, "schema"},
		{pb.SqlInfo_SQL_PROCEDURE_TERM, "procedure"},
		{pb.SqlInfo_SQL_CATALOG_TERM, "database"},
		{pb.SqlInfo_SQL_CATALOG_AT_START, true},
		{pb.SqlInfo_SQL_SCHEMAS_SUPPORTED_ACTIONS, int32(0)},
		{pb.SqlInfo_SQL_CATALOGS_SUPPORTED_ACTIONS, int32(0)},
		{pb.SqlInfo_SQL_SUPPORTED_POSITIONED_COMMANDS, int32(0)},
		{pb.SqlInfo_SQL_SELECT_FOR_UPDATE_SUPPORTED, false},
		{pb.SqlInfo_SQL_STORED_PROCEDURES_SUPPORTED, false},
		{pb.SqlInfo_SQL_SUPPORTED_SUBQUERIES, mask(pb.SqlSupportedSubqueries_SQL_SUBQUERIES_IN_COMPARISONS,
			pb.SqlSupportedSubqueries_SQL_SUBQUERIES_IN_EXISTS, pb.SqlSupportedSubqueries_SQL_SUBQUERIES_IN_INS)},
		{pb.SqlInfo_SQL_CORRELATED_SUBQUERIES_SUPPORTED, false},
		{pb.SqlInfo_SQL_SUPPORTED_UNIONS, mask(pb.SqlSupportedUnions_SQL_UNION, pb.SqlSupportedUnions_SQL_UNION_ALL)},
	}
	for code := pb.SqlInfo_SQL_MAX_BINARY_LITERAL_LENGTH; code <= pb.SqlInfo_SQL_MAX_USERNAME_LENGTH; code++ {
		if code == pb.SqlInfo_SQL_MAX_ROW_SIZE_INCLUDES_BLOBS {
			facts = append(facts, info{code, true})
			continue
		}
		facts = append(facts, info{code, int64(0)}) // no limit
	}
	none := mask(pb.SqlSupportedResultSetConcurrency_SQL_RESULT_SET_CONCURRENCY_UNSPECIFIED)
	return append(facts, sqlInfo{
		{pb.SqlInfo_SQL_DEFAULT_TRANSACTION_ISOLATION, int64(pb.SqlTransactionIsolationLevel_SQL_TRANSACTION_NONE)},
		{pb.SqlInfo_SQL_TRANSACTIONS_SUPPORTED, false},
		{pb.SqlInfo_SQL_SUPPORTED_TRANSACTIONS_ISOLATION_LEVELS, mask(pb.SqlTransactionIsolationLevel_SQL_TRANSACTION_NONE)},
		{pb.SqlInfo_SQL_DATA_DEFINITION_CAUSES_TRANSACTION_COMMIT, false},
		{pb.SqlInfo_SQL_DATA_DEFINITIONS_IN_TRANSACTIONS_IGNORED, false},
		{pb.SqlInfo_SQL_SUPPORTED_RESULT_SET_TYPES, mask(pb.SqlSupportedResultSetType_SQL_RESULT_SET_TYPE_FORWARD_ONLY)},
		{pb.SqlInfo_SQL_SUPPORTED_CONCURRENCIES_FOR_RESULT_SET_UNSPECIFIED, none},
		{pb.SqlInfo_SQL_SUPPORTED_CONCURRENCIES_FOR_RESULT_SET_FORWARD_ONLY, mask(pb.SqlSupportedResultSetConcurrency_SQL_RESULT_SET_CONCURRENCY_READ_ONLY)},
		{pb.SqlInfo_SQL_SUPPORTED_CONCURRENCIES_FOR_RESULT_SET_SCROLL_SENSITIVE, none},
		{pb.SqlInfo_SQL_SUPPORTED_CONCURRENCIES_FOR_RESULT_SET_SCROLL_INSENSITIVE, none},
		{pb.SqlInfo_SQL_BATCH_UPDATES_SUPPORTED, true},
		{pb.SqlInfo_SQL_SAVEPOINTS_SUPPORTED, false},
		{pb.SqlInfo_SQL_NAMED_PARAMETERS_SUPPORTED, false},
		{pb.SqlInfo_SQL_LOCATORS_UPDATE_COPY, false},
		{pb.SqlInfo_SQL_STORED_FUNCTIONS_USING_CALL_SYNTAX_SUPPORTED, false},
	}...)
}

// Versions of Substrait whose plans are understood: the one that the planner writes.
const (
	substraitMin = "0.85.0"
	substraitMax = "0.85.0"
)

// mask is a set of an enumeration's values.
func mask[E ~int32](values ...E) int32 {
	var m int32
	for _, v := range values {
		m |= 1 << v
	}
	return m
}

// conversions tells which types CAST converts, in the enumeration that JDBC has for them.
func conversions() map[int32][]int32 {
	out := map[int32][]int32{}
	for _, from := range xdbcTypes {
		for _, to := range xdbcTypes {
			if from.convert < 0 || to.convert < 0 || !udf.CanCast(from.arrow, to.arrow, udf.Explicit) {
				continue
			}
			if !slices.Contains(out[from.convert], to.convert) {
				out[from.convert] = append(out[from.convert], to.convert)
			}
		}
	}
	return out
}

// infoKinds are the chapters of the manual whose functions the specification lists as other than numeric. Distances of
// vectors and the like, for which it has no list, are with the numeric ones: tools offer these lists for completion.
var infoKinds = map[string]string{
	"text": "string", "pattern": "string",
	"datetime": "datetime",
	"system":   "system", "session": "system", "conditional": "system",
}

// functionNames sorts the functions that users call by name into the specification's four lists.
func functionNames(set *udf.Set) map[string][]string {
	out := map[string][]string{"numeric": {}, "string": {}, "system": {}, "datetime": {}}
	for _, f := range set.Scalars() {
		if f.Internal {
			continue
		}
		kind := cmp.Or(infoKinds[f.Kind], "numeric")
		out[kind] = append(out[kind], f.Name)
		out[kind] = append(out[kind], f.Aliases...)
	}
	for _, names := range out {
		slices.Sort(names)
	}
	return out
}
