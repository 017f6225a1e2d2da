package udf

import (
	"errors"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/udf/substrait"
)

// FuzzCast reads any text as every type: an answer or an error with a state, and what was read reads back as itself from
// its own text.
func FuzzCast(f *testing.F) {
	for _, s := range append([]string{
		"1", "-1.5e3", "NaN", "true", "2024-02-29 12:30:15.5+02", "Jan 5, 2024", "1 year 2 mons -3 days 04:05:06", "P1Y2M3DT4H5M6S", "1-2", "@ 3 days ago",
		"{1,NULL,\"a\\\"b\"}", "{{1},{2}}", "[1,2,3]", "\\x0aff", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "12:30 PM", "epoch", "0x1F", "1_000", "99999999999999999999999999999999999999",
	}, sampleTexts...) {
		f.Add(s)
	}
	types := []arrow.DataType{
		boolType, int2Type, int4Type, int8Type, float4Type, float8Type, numericType(38, 10), byteaType, dateType, timeType, timestampType, timestamptzType, intervalType, uuidType, jsonType,
		listOf(int4Type), listOf(textType), listOf(listOf(float4Type)), listOf(dateType), substrait.VectorOf(3),
	}
	f.Fuzz(func(t *testing.T, s string) {
		mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
		defer mem.AssertSize(t, 0)
		for _, dt := range types {
			read := castOne(t, mem, s, dt)
			if read == nil {
				continue
			}
			again := castOne(t, mem, FormatValue(read, 0, testEnv), dt)
			if again == nil {
				t.Errorf("%q as %s is %q, which cannot be read", s, dt, FormatValue(read, 0, testEnv))
			} else {
				if got, want := FormatValue(again, 0, testEnv), FormatValue(read, 0, testEnv); got != want {
					t.Errorf("%q as %s is %q, which reads as %q", s, dt, want, got)
				}
				again.Release()
			}
			read.Release()
		}
	})
}

// castOne is nil if the text is an error.
func castOne(t *testing.T, mem memory.Allocator, s string, to arrow.DataType) arrow.Array {
	t.Helper()
	b := array.NewStringBuilder(mem)
	defer b.Release()
	b.Append(s)
	texts := b.NewArray()
	defer texts.Release()
	a, err := Cast(&Call{Mem: mem, Env: testEnv}, texts, to)
	if err == nil {
		return a
	}
	var fault *Error
	if !errors.As(err, &fault) || len(fault.State) != 5 {
		t.Errorf("%q as %s: %v", s, to, err)
	}
	return nil
}
