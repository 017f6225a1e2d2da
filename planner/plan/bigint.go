package plan

import "github.com/apache/arrow-go/v18/arrow/array"

// Bigint is the value of a bigint constant that is not NULL, such as most counts of LIMIT.
func Bigint(e Expr) (int64, bool) {
	l, ok := e.(*Literal)
	if !ok || l.Value.IsNull(0) {
		return 0, false
	}
	v, ok := l.Value.(*array.Int64)
	if !ok {
		return 0, false
	}
	return v.Value(0), true
}
