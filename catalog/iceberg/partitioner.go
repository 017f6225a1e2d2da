package iceberg

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/extensions"
	"github.com/apache/iceberg-go"
	"github.com/apache/iceberg-go/table"

	"github.com/mediaflight/mediaflight/catalog"
)

// A partitioner finds out which partitions of a table rows are of.
type partitioner struct {
	spec    iceberg.PartitionSpec
	schema  *iceberg.Schema
	sources []partitionSource
}

// A partitionSource is the column that a partition field is computed from.
type partitionSource struct {
	fieldID   int
	column    int
	transform iceberg.Transform
}

// A partition is the values of a table's partition fields that its rows have, by the ids of the fields; NULLs are left out.
type partition struct {
	key    string // that no other partition has
	values map[int]any
}

// newPartitioner refuses fields whose values we cannot compute. Those that were dropped are NULL in all partitions.
func newPartitioner(meta table.Metadata) (*partitioner, error) {
	p := &partitioner{spec: meta.PartitionSpec(), schema: meta.CurrentSchema()}
	for _, f := range p.spec.Fields() {
		if _, dropped := f.Transform.(iceberg.VoidTransform); dropped {
			continue
		}
		source := partitionSource{fieldID: f.FieldID, column: -1, transform: f.Transform}
		for i, c := range p.schema.Fields() {
			if c.ID == f.SourceID() && f.Transform.CanTransform(c.Type) {
				source.column = i
			}
		}
		if _, unknown := f.Transform.(iceberg.UnknownTransform); unknown || source.column < 0 || len(f.SourceIDs) != 1 {
			return nil, &catalog.Error{State: "0A000", Msg: fmt.Sprintf("writing to tables partitioned by %s is not supported: field %q", f.Transform, f.Name),
				Hint: "partition by columns, not by fields of structs, and by Iceberg's own transforms"}
		}
		p.sources = append(p.sources, source)
	}
	return p, nil
}

// split finds the partitions that the rows of a batch are of, in the order in which they come first, and the rows of each. Of rows
// that are all of one partition it makes no list.
func (p *partitioner) split(batch arrow.RecordBatch) (of []partition, rows [][]int32, err error) {
	if len(p.sources) == 0 {
		return []partition{{}}, [][]int32{nil}, nil
	}
	readers := make([]func(row int) iceberg.Literal, len(p.sources))
	for i, s := range p.sources {
		if readers[i], err = literals(batch.Column(s.column)); err != nil {
			return nil, nil, err
		}
	}
	known := map[string]int{}
	results := make([]iceberg.Optional[iceberg.Literal], len(p.sources))
	var key []byte
	for row := range int(batch.NumRows()) {
		key = key[:0]
		for i, s := range p.sources {
			results[i] = iceberg.Optional[iceberg.Literal]{}
			if batch.Column(s.column).IsValid(row) {
				results[i] = s.transform.Apply(iceberg.Optional[iceberg.Literal]{Valid: true, Val: readers[i](row)})
			}
			if key, err = appendKey(key, results[i]); err != nil {
				return nil, nil, err
			}
		}
		at, ok := known[string(key)]
		if !ok {
			at = len(of)
			known[string(key)] = at
			of, rows = append(of, p.partition(string(key), results)), append(rows, nil)
		}
		rows[at] = append(rows[at], int32(row))
	}
	if len(rows) == 1 {
		rows[0] = nil
	}
	return of, rows, nil
}

func (p *partitioner) partition(key string, results []iceberg.Optional[iceberg.Literal]) partition {
	values := make(map[int]any, len(results))
	for i, r := range results {
		if !r.Valid {
			continue
		}
		value := r.Val.Any()
		switch v := value.(type) { // which lie in the batch
		case string:
			value = strings.Clone(v)
		case []byte:
			value = bytes.Clone(v)
		}
		values[p.sources[i].fieldID] = value
	}
	return partition{key, values}
}

// appendKey appends a value so that different lists of values come to different keys.
func appendKey(key []byte, value iceberg.Optional[iceberg.Literal]) ([]byte, error) {
	if !value.Valid {
		return append(key, 0), nil
	}
	b, err := value.Val.MarshalBinary()
	n := uint32(len(b))
	key = append(key, 1, byte(n), byte(n>>8), byte(n>>16), byte(n>>24))
	return append(key, b...), err
}

// folder is the path of a partition's files below those of the table. It is for people, as readers go by the manifests: what paths do
// not take, on any system and by any way to escape it, is left out, and files of two partitions may lie in one folder.
func (p *partitioner) folder(of partition) string {
	var path strings.Builder
	for _, f := range p.spec.Fields() {
		value := "null"
		if v, ok := of.values[f.FieldID]; ok {
			column, _ := p.schema.FindTypeByID(f.SourceID())
			value = f.Transform.ToHumanStrType(f.Transform.ResultType(column), v)
		}
		path.WriteString(folderName(f.Name) + "=" + folderName(value) + "/")
	}
	return path.String()
}

func folderName(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '_':
			return r
		case r == '.':
			return '-'
		}
		return '_'
	}, text)
	return text[:min(len(text), 64)]
}

// literals reads the values of a column that are not NULL as Iceberg's.
func literals(column arrow.Array) (func(row int) iceberg.Literal, error) {
	switch c := column.(type) {
	case *array.Boolean:
		return func(row int) iceberg.Literal { return iceberg.BoolLiteral(c.Value(row)) }, nil
	case *array.Int32:
		return func(row int) iceberg.Literal { return iceberg.Int32Literal(c.Value(row)) }, nil
	case *array.Int64:
		return func(row int) iceberg.Literal { return iceberg.Int64Literal(c.Value(row)) }, nil
	case *array.Float32:
		return func(row int) iceberg.Literal { return iceberg.Float32Literal(c.Value(row)) }, nil
	case *array.Float64:
		return func(row int) iceberg.Literal { return iceberg.Float64Literal(c.Value(row)) }, nil
	case *array.Decimal128:
		scale := int(c.DataType().(*arrow.Decimal128Type).Scale)
		return func(row int) iceberg.Literal { return iceberg.DecimalLiteral{Val: c.Value(row), Scale: scale} }, nil
	case *array.String:
		return func(row int) iceberg.Literal { return iceberg.StringLiteral(c.Value(row)) }, nil
	case *array.Binary:
		return func(row int) iceberg.Literal { return iceberg.BinaryLiteral(c.Value(row)) }, nil
	case *array.FixedSizeBinary:
		return func(row int) iceberg.Literal { return iceberg.FixedLiteral(c.Value(row)) }, nil
	case *array.Date32:
		return func(row int) iceberg.Literal { return iceberg.DateLiteral(c.Value(row)) }, nil
	case *array.Time64:
		return func(row int) iceberg.Literal { return iceberg.TimeLiteral(c.Value(row)) }, nil
	case *array.Timestamp:
		return func(row int) iceberg.Literal { return iceberg.TimestampLiteral(c.Value(row)) }, nil
	case *extensions.UUIDArray:
		return func(row int) iceberg.Literal { return iceberg.UUIDLiteral(c.Value(row)) }, nil
	}
	return nil, &catalog.Error{State: "0A000", Msg: fmt.Sprintf("writing to tables partitioned by a column of type %s is not supported", column.DataType())}
}
