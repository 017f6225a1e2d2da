package udf

import (
	"fmt"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"go.yaml.in/yaml/v3"

	"github.com/mediaflight/mediaflight/udf/substrait"
)

// The Substrait extension is the table of functions for other planners: what plans may call, by names and types that
// they know.

type extensionFile struct {
	URN        string              `yaml:"urn"`
	Types      []extensionType     `yaml:"types"`
	Scalars    []extensionFunction `yaml:"scalar_functions"`
	Aggregates []extensionFunction `yaml:"aggregate_functions"`
}

type extensionType struct {
	Name       string               `yaml:"name"`
	Parameters []extensionParameter `yaml:"parameters,omitempty"`
	Variadic   bool                 `yaml:"variadic,omitempty"`
}

type extensionParameter struct {
	Name string `yaml:"name"`
	Type string `yaml:"type"`
	Min  int    `yaml:"min,omitempty"`
	Max  int    `yaml:"max,omitempty"`
}

type extensionFunction struct {
	Name        string          `yaml:"name"`
	Description string          `yaml:"description"`
	Impls       []extensionImpl `yaml:"impls"`
}

type extensionImpl struct {
	Args          []extensionArg     `yaml:"args"`
	Variadic      *extensionVariadic `yaml:"variadic,omitempty"`
	Nullability   string             `yaml:"nullability"`
	Deterministic *bool              `yaml:"deterministic,omitempty"`
	Return        string             `yaml:"return"`
}

type extensionArg struct {
	Name  string `yaml:"name"`
	Value string `yaml:"value"`
}

type extensionVariadic struct {
	Min         int    `yaml:"min"`
	Consistency string `yaml:"parameterConsistency,omitempty"`
}

// ExtensionYAML is the Substrait simple extension file of a table of functions.
func ExtensionYAML(set *Set) ([]byte, error) {
	file := extensionFile{URN: substrait.URN, Types: []extensionType{
		{Name: substrait.Vector, Parameters: []extensionParameter{{Name: "n", Type: "integer", Min: 1, Max: maxDimensions}}},
		{Name: substrait.NamedStruct, Parameters: []extensionParameter{{Name: "name", Type: "string"}, {Name: "type", Type: "dataType"}}, Variadic: true},
		{Name: substrait.Unknown},
		{Name: substrait.ArrowType, Parameters: []extensionParameter{{Name: "schema", Type: "string"}}},
	}}
	for _, f := range set.Scalars() {
		out := extensionFunction{Name: f.Name, Description: f.Doc}
		for _, impl := range f.Impls {
			spelled, err := spellImpl(f.Name, f.Args, impl.In, impl.Out)
			if err != nil {
				return nil, err
			}
			if impl.Variadic {
				spelled.Variadic = variadic(impl.In)
			}
			if f.Volatile {
				spelled.Deterministic = new(bool)
			}
			out.Impls = append(out.Impls, spelled)
		}
		file.Scalars = append(file.Scalars, out)
	}
	for _, f := range set.Aggregates() {
		out := extensionFunction{Name: f.Name, Description: f.Doc}
		for _, impl := range f.Impls {
			spelled, err := spellImpl(f.Name, f.Args, impl.In, impl.Out)
			if err != nil {
				return nil, err
			}
			out.Impls = append(out.Impls, spelled)
		}
		file.Aggregates = append(file.Aggregates, out)
	}
	return yaml.Marshal(file)
}

func variadic(in []Type) *extensionVariadic {
	v := &extensionVariadic{Min: 1}
	if in[len(in)-1].alone {
		v.Consistency = "INCONSISTENT"
	}
	return v
}

func spellImpl(function string, names []string, in []Type, out func([]arrow.DataType) (arrow.DataType, error)) (extensionImpl, error) {
	impl := extensionImpl{Args: []extensionArg{}, Nullability: "DECLARED_OUTPUT"}
	types := make([]arrow.DataType, len(in))
	for i := range in {
		value, sample := spellPattern(&in[i], i+1)
		name := fmt.Sprintf("arg%d", i+1)
		if i < len(names) && names[i] != "..." {
			name = names[i]
		}
		impl.Args = append(impl.Args, extensionArg{Name: name, Value: value})
		types[i] = sample
	}
	result, err := out(types)
	if err != nil {
		return impl, fmt.Errorf("%s: %w", function, err)
	}
	impl.Return = spellResult(function, len(in), types, result)
	return impl, nil
}

// A marker stands for a variable among Arrow's types while results are spelled.
func marker(n int) arrow.DataType { return &arrow.FixedSizeBinaryType{ByteWidth: 1000 + n} }

// Numbers of the variables any1, any2 ... for what stands for one type throughout a signature; those above are for
// arguments that stand alone.
const (
	elementMarker = 1
	keyMarker     = 2
	aloneMarker   = 2
)

// spellPattern is the type of the n-th argument, counted from 1, and a type that stands for it.
func spellPattern(t *Type, n int) (string, arrow.DataType) {
	switch t.binds {
	case element, widest:
		return spellSample(marker(elementMarker), 0), marker(elementMarker)
	case elementsOf:
		dt := listOf(marker(elementMarker))
		return spellSample(dt, 0), dt
	case keyOf:
		return spellSample(marker(keyMarker), 0), marker(keyMarker)
	case mapOf:
		dt := arrow.MapOf(marker(keyMarker), marker(elementMarker))
		return spellSample(dt, 0), dt
	}
	if dt := sampleOf(t); dt != nil {
		return spellSample(dt, n), dt
	}
	dt := marker(aloneMarker + n)
	if strings.HasSuffix(t.Name, "[]") {
		list := listOf(dt)
		return spellSample(list, 0), list
	}
	return spellSample(dt, 0), dt
}

// sampleOf is a type that a pattern of known types matches; nil for patterns of any type.
func sampleOf(t *Type) arrow.DataType {
	if t.alone || t.Name == orderedvalue.Name || t.Name == arrayOfAny.Name {
		return nil
	}
	for _, dt := range []arrow.DataType{
		boolType, int2Type, int4Type, int8Type, float4Type, float8Type, numericType(12, 2), textType, byteaType, dateType, timeType, timestampType, timestamptzType,
		intervalType, uuidType, substrait.VectorOf(3), listOf(int2Type), listOf(int4Type), listOf(int8Type), listOf(float4Type), listOf(float8Type), listOf(numericType(12, 2)), listOf(textType),
	} {
		if t.Match(dt) {
			return dt
		}
	}
	return nil
}

// spellSample spells a type in Substrait's syntax; a numeric's parameters are variables of the n-th argument.
func spellSample(dt arrow.DataType, n int) string {
	switch dt := dt.(type) {
	case *arrow.FixedSizeBinaryType:
		return fmt.Sprintf("any%d", dt.ByteWidth-1000)
	case *arrow.BooleanType:
		return "boolean"
	case *arrow.Int16Type:
		return "i16"
	case *arrow.Int32Type:
		return "i32"
	case *arrow.Int64Type:
		return "i64"
	case *arrow.Float32Type:
		return "fp32"
	case *arrow.Float64Type:
		return "fp64"
	case *arrow.Decimal128Type:
		if n > 0 {
			return fmt.Sprintf("decimal<P%d,S%d>", n, n)
		}
		return fmt.Sprintf("decimal<%d,%d>", dt.Precision, dt.Scale)
	case *arrow.StringType:
		return "string"
	case *arrow.BinaryType:
		return "binary"
	case *arrow.Date32Type:
		return "date"
	case *arrow.Time64Type:
		return "precision_time<6>"
	case *arrow.TimestampType:
		if dt.TimeZone == "" {
			return "precision_timestamp<6>"
		}
		return "precision_timestamp_tz<6>"
	case *arrow.MonthDayNanoIntervalType:
		return "interval_compound<9>"
	case *arrow.ListType:
		return "list<" + spellSample(dt.Elem(), n) + ">"
	case *arrow.MapType:
		return "map<" + spellSample(dt.KeyType(), n) + "," + spellSample(dt.ItemType(), n) + ">"
	case *arrow.FixedSizeListType:
		return "u!" + substrait.Vector
	case *arrow.StructType:
		return "u!" + substrait.NamedStruct
	}
	return "uuid"
}

// spellResult spells the type of a result; that of numerics by its formula, where it is not an argument's.
func spellResult(function string, arity int, in []arrow.DataType, out arrow.DataType) string {
	if !isNumeric(out) {
		return nullable(spellSample(out, 0))
	}
	for _, dt := range in {
		if isNumeric(dt) || isNumeric(elementTypeOr(dt)) {
			return numericResult(function, arity)
		}
	}
	return nullable(spellSample(out, 0))
}

// nullable marks a type as one whose values may be NULL: list?<i32>.
func nullable(spelled string) string {
	if at := strings.IndexByte(spelled, '<'); at >= 0 {
		return spelled[:at] + "?" + spelled[at:]
	}
	return spelled + "?"
}

func elementTypeOr(dt arrow.DataType) arrow.DataType {
	if elem := elementType(dt); elem != nil {
		return elem
	}
	return dt
}

// numericResult is the formula of a numeric result's type: sumType, productType and so on for other planners.
func numericResult(function string, arity int) string {
	switch function {
	case "add", "subtract":
		return "scale = max(S1, S2)\nprec = min(max(P1 - S1, P2 - S2) + scale + 1, 38)\nDECIMAL?<prec, scale>"
	case "multiply":
		return "scale = min(S1 + S2, max(max(S1, S2), 20))\nprec = min(P1 + P2, 38)\nDECIMAL?<prec, scale>"
	case "divide":
		return "scale = max(max(S1, S2), 16)\nprec = min(P1 - S1 + S2 + scale, 38)\nDECIMAL?<prec, scale>"
	case "modulus":
		return "scale = max(S1, S2)\nprec = min(max(P1 - S1, P2 - S2) + scale, 38)\nDECIMAL?<prec, scale>"
	case "div":
		return "prec = min(P1 - S1 + S2, 38)\nDECIMAL?<prec, 0>"
	case "sum", "list_sum":
		return "DECIMAL?<38, S1>"
	case "avg", "list_avg":
		return "scale = max(S1, 16)\nDECIMAL?<38, scale>"
	case "ceil", "floor", "sign":
		return "prec = min(P1 - S1 + 1, 38)\nDECIMAL?<prec, 0>"
	case "round":
		if arity == 2 {
			return "prec = min(P1 + 1, 38)\nDECIMAL?<prec, S1>"
		}
		return "prec = min(P1 - S1 + 1, 38)\nDECIMAL?<prec, 0>"
	case "trunc":
		if arity == 1 {
			return "prec = min(P1 - S1 + 1, 38)\nDECIMAL?<prec, 0>"
		}
	}
	return "decimal?<P1,S1>"
}
