package writer

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// rowGroupBytes ends a row group early. Columns lie one behind the other, so all rows of a row group wait in memory:
// vectors as they came, other columns counted twice because they are encoded into memory before they are copied.
const rowGroupBytes = 64 << 20

// pending are the rows of the row group that is being filled.
type pending struct {
	columns [][]arrow.Array
	rows    int
	bytes   int64
}

func (p *pending) add(batch arrow.RecordBatch, mem memory.Allocator) error {
	for i, values := range batch.Columns() {
		kept, err := keep(values, mem)
		if err != nil {
			return err
		}
		p.columns[i] = append(p.columns[i], kept)
	}
	p.rows += int(batch.NumRows())
	p.bytes += batchBytes(batch)
	return nil
}

func (p *pending) release() {
	for i, values := range p.columns {
		releaseAll(values)
		p.columns[i] = nil
	}
	p.rows, p.bytes = 0, 0
}

// keep retains the values, or copies them where they are a small part of the memory they would hold on to.
func keep(values arrow.Array, mem memory.Allocator) (arrow.Array, error) {
	const small = 64 << 10
	if heldBytes(values.Data()) > 2*arrayBytes(values)+small {
		return array.Concatenate([]arrow.Array{values}, mem)
	}
	values.Retain()
	return values, nil
}

// heldBytes is the size of the buffers behind the values.
func heldBytes(data arrow.ArrayData) int64 {
	var bytes int64
	for _, b := range data.Buffers() {
		if b != nil {
			bytes += int64(b.Len())
		}
	}
	for _, child := range data.Children() {
		bytes += heldBytes(child)
	}
	return bytes
}

// batchBytes is what a batch counts for in rowGroupBytes.
func batchBytes(batch arrow.RecordBatch) int64 {
	var bytes int64
	for _, values := range batch.Columns() {
		if isVector(values.DataType()) {
			bytes += arrayBytes(values)
		} else {
			bytes += 2 * arrayBytes(values)
		}
	}
	return bytes
}

// arrayBytes is the size of the values themselves.
func arrayBytes(values arrow.Array) int64 {
	bytes := int64(values.Len())/8 + 1
	switch values := values.(type) {
	case *array.Struct:
		for i := range values.NumField() {
			bytes += arrayBytes(values.Field(i))
		}
	case array.ListLike:
		children := elements(values)
		defer children.Release()
		bytes += arrayBytes(children) + 4*int64(values.Len())
	case array.BinaryLike:
		bytes += int64(len(values.ValueBytes())) + 4*int64(values.Len())
	case array.ExtensionArray:
		bytes += arrayBytes(values.Storage())
	default:
		if fixed, ok := values.DataType().(arrow.FixedWidthDataType); ok {
			bytes += int64(values.Len()) * int64(fixed.BitWidth()) / 8
		}
	}
	return bytes
}
