package catalog

import (
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

func TestCheckLengths(t *testing.T) {
	def := Definition{Schema: arrow.NewSchema([]arrow.Field{
		{Name: "free", Type: arrow.BinaryTypes.String, Nullable: true},
		{Name: "code", Type: arrow.BinaryTypes.String, Nullable: true},
	}, nil), Properties: map[string]string{LengthProperty("code"): "3", LengthProperty("gone"): "1"}}
	for _, c := range []struct{ code, want string }{
		{"", ""},
		{"abc", ""},
		{"größe"[:4], ""}, // four bytes, three characters
		{"日本語", ""},
		{"abcd", `value too long for column "code" of type varchar(3): 4 characters`},
		{"日本語テ", `value too long for column "code" of type varchar(3): 4 characters`},
	} {
		b := array.NewRecordBuilder(memory.DefaultAllocator, def.Schema)
		b.Field(0).(*array.StringBuilder).AppendValues([]string{strings.Repeat("x", 10), ""}, nil)
		b.Field(1).AppendNull()
		b.Field(1).(*array.StringBuilder).Append(c.code)
		got := ""
		if err := def.CheckLengths(b.NewRecordBatch()); err != nil {
			got = err.Error()
			if err.(*Error).State != "22001" {
				t.Errorf("%q: state %s", c.code, err.(*Error).State)
			}
		}
		if got != c.want {
			t.Errorf("%q: %q, want %q", c.code, got, c.want)
		}
	}
}
