package catalog

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// Encoded is the type of an encoded column of text or bytea: codes that number entries of a dictionary. All encoded columns
// follow it, so that whoever reads one need not tell widths of codes apart.
//
// NULL is a code's, never an entry's. The code of a NULL lies in the dictionary like any other, if that has entries. Entries
// may be equal, and there may be some that no code names. Columns that share a dictionary share its data, so that what is
// found out about its entries can be kept under that.
func Encoded(dt arrow.DataType) *arrow.DictionaryType {
	return &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Uint32, ValueType: dt}
}

// Encodes says whether columns of a type may come encoded where that is asked for.
func Encodes(dt arrow.DataType) bool { return dt.ID() == arrow.STRING || dt.ID() == arrow.BINARY }

// NewBatch makes a batch of a schema whose columns may be encoded, whether the schema says so or not: the batch's own says which
// are.
func NewBatch(schema *arrow.Schema, columns []arrow.Array, rows int64) arrow.RecordBatch {
	if !slices.ContainsFunc(columns, isEncoded) {
		return array.NewRecordBatch(schema, columns, rows)
	}
	fields := slices.Clone(schema.Fields())
	for i, c := range columns {
		if isEncoded(c) && fields[i].Type.ID() != arrow.DICTIONARY {
			fields[i].Type = Encoded(fields[i].Type)
		}
	}
	metadata := schema.Metadata()
	return array.NewRecordBatch(arrow.NewSchema(fields, &metadata), columns, rows)
}

func isEncoded(a arrow.Array) bool { return a.DataType().ID() == arrow.DICTIONARY }
