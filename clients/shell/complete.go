package shell

import (
	"context"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow/array"
)

// A vocabulary is what can be completed: keywords, and the names of schemas, tables, columns and functions.
type vocabulary []string

var keywords = strings.Fields(`ADD ALL ALTER AND ANALYZE AS ASC BETWEEN BY CASE CAST COLUMN COMMENT CONSTRAINT CREATE CROSS DEFAULT DELETE DESC DESCRIBE DISTINCT DROP ELSE END
	EXISTS EXPLAIN FALSE FROM FULL GROUP HAVING ILIKE IN INDEX INDEXES INNER INSERT INTO IS JOIN LATERAL LEFT LIKE LIMIT NOT NULL NULLS
	OFFSET ON OR ORDER OUTER REINDEX RENAME RESET RETURNING RIGHT SCHEMA SELECT SET SHOW TABLE THEN TO TRUE TRUNCATE TYPE UNION UPDATE USING VALUES WHEN WHERE WITH
	GENERATE_SERIES MAX_MARGINAL_RELEVANCE NEAR_DUPLICATES UNNEST VECTOR_RECALL VECTOR_SEARCH`)

// names has one column: every name that a statement may hold.
const names = `SELECT table_schema || '.' || table_name FROM information_schema.tables
	UNION SELECT table_name FROM information_schema.tables
	UNION SELECT column_name FROM information_schema.columns
	UNION SELECT index_name FROM mediaflight.index_stats
	UNION SELECT name FROM mediaflight.settings
	UNION SELECT name FROM mediaflight.functions`

// vocabulary asks the server for names; without an answer there are keywords still.
func (s *Shell) vocabulary(ctx context.Context) vocabulary {
	words := vocabulary(slices.Clone(keywords))
	result, err := s.Conn.Run(ctx, names)
	if err != nil || result.Schema == nil {
		return words
	}
	for batch, err := range result.Rows {
		if err != nil {
			break
		}
		if column, ok := batch.Column(0).(*array.String); ok {
			for i := range column.Len() {
				words = append(words, strings.Clone(column.Value(i)))
			}
		}
	}
	slices.Sort(words)
	return slices.Compact(words)
}

// matching lists the words that begin with prefix, whatever the case; keywords take the case of what was typed.
func (v vocabulary) matching(prefix string) []string {
	if prefix == "" {
		return nil
	}
	lower := prefix == strings.ToLower(prefix)
	var found []string
	for _, word := range v {
		if len(word) < len(prefix) || !strings.EqualFold(word[:len(prefix)], prefix) {
			continue
		}
		if lower && slices.Contains(keywords, word) {
			word = strings.ToLower(word)
		}
		found = append(found, word)
	}
	return found
}

// wordBefore is the name that ends at the cursor.
func wordBefore(text []rune, cursor int) string {
	start := min(cursor, len(text))
	for start > 0 && (text[start-1] == '.' || text[start-1] >= 0x80 || isWord(byte(text[start-1]))) {
		start--
	}
	return string(text[start:min(cursor, len(text))])
}
