package flightsrv

// keywords are the reserved words of the grammar, PostgreSQL's, that SQL:2003 does not reserve: those that tools must quote
// besides the standard's.
var keywords = []string{
	"ANALYSE", "ANALYZE", "ASC", "CONCURRENTLY", "CURRENT_CATALOG", "CURRENT_SCHEMA", "DEFERRABLE", "DESC", "DO", "FREEZE",
	"ILIKE", "INITIALLY", "ISNULL", "LIMIT", "NOTNULL", "OFFSET", "PLACING", "RETURNING", "VARIADIC", "VERBOSE",
}
