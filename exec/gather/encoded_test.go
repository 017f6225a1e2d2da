package gather

import (
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/exec/encodedtest"
)

func TestEncoded(t *testing.T) {
	for _, json := range []string{
		`["a", "", null, "long enough to be copied otherwise", "e", "seventeen bytes..", "a"]`,
		`["a", "b", "a", "b", "a", "b", "c"]`,
		`[null, null, null, null, null, null, null]`,
	} {
		for _, dt := range []arrow.DataType{arrow.BinaryTypes.String, arrow.BinaryTypes.Binary} {
			if dt.ID() == arrow.BINARY && json[1] == '"' {
				json = `["YQ==", "", null, "YWJj", "YWJj", "YQ==", "YQ=="]`
			}
			t.Run(dt.String()+json, func(t *testing.T) {
				mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
				defer mem.AssertSize(t, 0)
				a := slice(t, mem, dt, json, 0)
				defer a.Release()
				encoder := encodedtest.Encoder{Mem: mem}
				defer encoder.Release()
				coded := encoder.Column(0, a)
				defer coded.Release()

				plain := Plain(mem, coded)
				defer plain.Release()
				if !array.Equal(plain, a) {
					t.Errorf("got %s, want %s", plain, a)
				}
				rows := []uint32{6, 0, 2, 2, 4, 1}
				some := Rows(mem, coded, rows)
				defer some.Release()
				if some.DataType().ID() != arrow.DICTIONARY || some.Data().Dictionary() != coded.Data().Dictionary() {
					t.Errorf("rows of codes are of type %s, by a dictionary of their own", some.DataType())
				}
				check(t, some, len(rows), func(i int) (arrow.Array, int) { return coded, int(rows[i]) })
				text := Plain(mem, some)
				defer text.Release()
				check(t, text, len(rows), func(i int) (arrow.Array, int) { return a, int(rows[i]) })

				none := array.MakeArrayOfNull(mem, dt, 1)
				defer none.Release()
				chunks := []arrow.Array{a, coded, none, some}
				refs := []Ref{At(1, 3), At(0, 0), At(2, 0), At(3, 2), At(3, 0), At(1, 6), At(0, 5)}
				got := Chunks(mem, dt, chunks, refs)
				defer got.Release()
				plains := []arrow.Array{a, plain, none, text}
				check(t, got, len(refs), func(i int) (arrow.Array, int) { return plains[refs[i]>>32], int(uint32(refs[i])) })
				if !arrow.TypeEqual(got.DataType(), dt) {
					t.Errorf("got %s", got.DataType())
				}
			})
		}
	}
}

// A dictionary may have no entries, if all rows are NULL.
func TestEmptyDictionary(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
	defer mem.AssertSize(t, 0)
	a := array.MakeArrayOfNull(mem, arrow.BinaryTypes.String, 3)
	defer a.Release()
	encoder := encodedtest.Encoder{Mem: mem}
	defer encoder.Release()
	coded := encoder.Column(0, a)
	defer coded.Release()
	if n := coded.(*array.Dictionary).Dictionary().Len(); n != 0 {
		t.Fatalf("%d entries", n)
	}
	plain := Plain(mem, coded)
	defer plain.Release()
	if plain.NullN() != 3 {
		t.Errorf("got %s", plain)
	}
	got := Chunks(mem, arrow.BinaryTypes.String, []arrow.Array{coded}, []Ref{0, 2})
	defer got.Release()
	if got.NullN() != 2 {
		t.Errorf("got %s", got)
	}
}
