package udf

import (
	"testing"

	"github.com/apache/arrow-go/v18/arrow/memory"
)

// TestExamples evaluates the example of every function.
func TestExamples(t *testing.T) {
	set := Builtin()
	for _, f := range set.Scalars() {
		t.Run(f.Name, func(t *testing.T) { holds(t, f.Example) })
		if f.Doc == "" || f.Kind == "" || len(f.Impls) == 0 {
			t.Errorf("%s lacks documentation or overloads", f.Name)
		}
	}
	for _, f := range set.Aggregates() {
		t.Run(f.Name, func(t *testing.T) { holds(t, f.Example) })
		if f.Doc == "" || len(f.Impls) == 0 {
			t.Errorf("%s lacks documentation or overloads", f.Name)
		}
	}
}

// holds evaluates a boolean expression, which must be true.
func holds(t *testing.T, source string) {
	t.Helper()
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	got, err := valueOf(mem, source)
	if err != nil {
		t.Errorf("%s: %v", source, err)
		return
	}
	if got != "true" {
		t.Errorf("%s is %s", source, got)
	}
}
