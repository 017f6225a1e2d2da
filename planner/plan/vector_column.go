package plan

import "github.com/apache/arrow-go/v18/arrow"

// VectorColumn is the column that an argument of a distance is, nil if it is something else: a column of vectors, or of lists, as
// other engines write vectors. A list of integers, in which vectors of bytes are, is one behind the cast that the function needs.
func VectorColumn(e Expr) *Ref {
	ref, ok := e.(*Ref)
	if cast, isCast := e.(*Cast); isCast && isList(cast.Type(), arrow.FLOAT32) {
		if ref, ok = cast.Arg.(*Ref); ok && !isList(ref.Column.Type, arrow.INT32) {
			return nil
		}
	}
	if !ok || ref.Column.Type.ID() != arrow.FIXED_SIZE_LIST && ref.Column.Type.ID() != arrow.LIST {
		return nil
	}
	return ref
}

func isList(t arrow.DataType, of arrow.Type) bool {
	list, ok := t.(*arrow.ListType)
	return ok && list.Elem().ID() == of
}
