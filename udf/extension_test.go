package udf

import (
	"bytes"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/substrait-io/substrait-go/v8/extensions"
	"github.com/substrait-io/substrait-go/v8/types"

	"github.com/mediaflight/mediaflight/udf/substrait"
)

// TestExtension has substrait-go read the extension file, and holds the formulas of numeric results to the Go ones.
func TestExtension(t *testing.T) {
	set := Builtin()
	file, err := ExtensionYAML(set)
	if err != nil {
		t.Fatal(err)
	}
	// substrait-go v8.1 has the type, but its parser does not read it.
	file = bytes.ReplaceAll(file, []byte("interval_compound"), []byte("interval_day"))
	var collection extensions.Collection
	if err := collection.Load("mediaflight_functions.yaml", bytes.NewReader(file)); err != nil {
		t.Fatal(err)
	}
	known := make(map[string]bool)
	for _, f := range collection.GetAllScalarFunctions() {
		known[f.Name()] = true
	}
	for _, f := range collection.GetAllAggregateFunctions() {
		known[f.Name()] = true
	}
	for _, f := range set.Scalars() {
		if !known[f.Name] {
			t.Errorf("%s is missing", f.Name)
		}
	}
	for _, f := range set.Aggregates() {
		if !known[f.Name] {
			t.Errorf("%s is missing", f.Name)
		}
	}
	for _, name := range []string{"add", "subtract", "multiply", "divide", "modulus", "div"} {
		f, ok := collection.GetScalarFunc(extensions.ID{URN: substrait.URN, Name: name + ":dec_dec"})
		if !ok {
			t.Errorf("%s of two numerics is missing", name)
			continue
		}
		for _, c := range [][2]*arrow.Decimal128Type{
			{numericType(10, 2), numericType(10, 2)}, {numericType(38, 16), numericType(38, 16)}, {numericType(31, 4), numericType(16, 2)}, {numericType(5, 0), numericType(38, 20)},
		} {
			resolved, err := set.Resolve(name, []arrow.DataType{c[0], c[1]})
			if err != nil {
				t.Fatal(err)
			}
			got, err := f.ResolveType([]types.Type{decimalOf(c[0]), decimalOf(c[1])}, extensions.NewSet())
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			want := decimalOf(resolved.Out.(*arrow.Decimal128Type))
			if d, ok := got.(*types.DecimalType); !ok || d.Precision != want.Precision || d.Scale != want.Scale {
				t.Errorf("%s(%v, %v): %v, not %v", name, c[0], c[1], got, want)
			}
		}
	}
}

func decimalOf(dt *arrow.Decimal128Type) *types.DecimalType {
	return &types.DecimalType{Precision: dt.Precision, Scale: dt.Scale, Nullability: types.NullabilityNullable}
}
