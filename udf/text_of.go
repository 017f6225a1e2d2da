package udf

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/mediaflight/mediaflight/udf/jsonb"
)

// TextOf appends the text of rows that are not NULL as PostgreSQL writes it to files: that of FormatValue, but t and f for booleans.
func TextOf(a arrow.Array, env *Env) func(dst []byte, row int) []byte { return itemFormatter(a, env) }

// JSONOf appends rows as JSON, as to_jsonb makes it of them.
func JSONOf(a arrow.Array, env *Env) func(dst []byte, row int) ([]byte, error) {
	read := jsonReader(a, env)
	return func(dst []byte, row int) ([]byte, error) {
		v, err := read(row)
		if err != nil {
			return dst, err
		}
		return jsonb.Append(dst, v), nil
	}
}
