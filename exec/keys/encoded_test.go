package keys

import (
	"fmt"
	"math/rand"
	"slices"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/exec/encodedtest"
)

// randomColumns has batches of columns of the types, of few values each.
func randomColumns(r *rand.Rand, types []arrow.DataType, rows int) []arrow.Array {
	columns := make([]arrow.Array, len(types))
	for i, dt := range types {
		b := array.NewBuilder(memory.DefaultAllocator, dt)
		for range rows {
			v := r.Intn(12)
			switch b := b.(type) {
			case *array.StringBuilder:
				b.Append([]string{"", "a", "a\x00", "longer than the others by far"}[v%4] + fmt.Sprint(v/8))
			case *array.BinaryBuilder:
				b.Append([]byte{byte(v)})
			case *array.Uint32Builder:
				b.Append(uint32(v))
			case *array.Int64Builder:
				b.Append(int64(v))
			case *array.BooleanBuilder:
				b.Append(v%2 == 0)
			}
			if v == 0 && dt.ID() != arrow.UINT32 {
				b.AppendNull()
			}
		}
		columns[i] = array.NewSlice(b.NewArray(), 0, int64(rows))
	}
	return columns
}

// Codes, of whatever dictionaries, have the numbers that their texts have, in tables of text and of codes, and sort as these.
func TestEncodedKeys(t *testing.T) {
	text, bytea, group, bigint, boolean := arrow.BinaryTypes.String, arrow.BinaryTypes.Binary, arrow.PrimitiveTypes.Uint32, arrow.PrimitiveTypes.Int64, arrow.FixedWidthTypes.Boolean
	for _, types := range [][]arrow.DataType{{text}, {bytea}, {text, text}, {group, text}, {text, bigint}, {text, boolean, bytea}, {text, text, text}} {
		t.Run(fmt.Sprint(types), func(t *testing.T) {
			mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
			defer mem.AssertSize(t, 0)
			r := rand.New(rand.NewSource(1))
			encoder := encodedtest.Encoder{Mem: mem}
			defer encoder.Release()
			plain, err := NewTable(types)
			if err != nil {
				t.Fatal(err)
			}
			coded, _ := NewTable(types)
			mixed, _ := NewTable(types)
			var s1, s2, s3 Scratch
			orders := make([]Order, len(types))
			sorter, err := NewEncoder(types, orders)
			if err != nil {
				t.Fatal(err)
			}
			for batch := range 20 {
				const n = 40
				columns := randomColumns(r, types, n)
				codes := make([]arrow.Array, len(columns))
				for i, c := range columns {
					codes[i] = c
					if isText(c.DataType()) {
						codes[i] = encoder.Column(i, c)
						defer codes[i].Release()
					}
				}
				either := slices.Clone(columns)
				either[batch%len(either)] = codes[batch%len(either)]
				var ids [3][n]uint32
				fresh1 := plain.Insert(&s1, columns, n, ids[0][:], nil)
				fresh2 := coded.Insert(&s2, codes, n, ids[1][:], nil)
				fresh3 := mixed.Insert(&s3, either, n, ids[2][:], nil)
				if ids[0] != ids[1] || ids[0] != ids[2] || !slices.Equal(fresh1, fresh2) || !slices.Equal(fresh1, fresh3) {
					t.Fatalf("numbers of text, of codes and of either:\n%v %v\n%v %v\n%v %v", ids[0], fresh1, ids[1], fresh2, ids[2], fresh3)
				}
				var a, b Rows
				sorter.Encode(columns, n, &a)
				sorter.Encode(codes, n, &b)
				if !slices.Equal(a.Bytes, b.Bytes) || !slices.Equal(a.Ends, b.Ends) {
					t.Fatal("keys of codes sort otherwise than those of text")
				}
			}
			// Half of what is looked for is not there.
			few, _ := NewTable(types)
			var s Scratch
			few.Insert(&s, randomColumns(r, types, 4), 4, make([]uint32, 4), nil)
			var find1, find2 Scratch
			for range 5 {
				const n = 40
				columns := randomColumns(r, types, n)
				codes := slices.Clone(columns)
				for i, c := range columns {
					if isText(c.DataType()) {
						codes[i] = encoder.Column(i, c)
						defer codes[i].Release()
					}
				}
				var ids [2][n]uint32
				few.Find(&find1, columns, n, ids[0][:])
				few.Find(&find2, codes, n, ids[1][:])
				if ids[0] != ids[1] {
					t.Fatalf("found by text and by codes:\n%v\n%v", ids[0], ids[1])
				}
			}
		})
	}
}
