package udf

import (
	"errors"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
)

// typed reads a list of types: "integer, numeric(10,2), unknown".
func typed(t *testing.T, list string) []arrow.DataType {
	t.Helper()
	var types []arrow.DataType
	if list == "" {
		return nil
	}
	for _, name := range strings.Split(list, "; ") {
		if name == "unknown" {
			types = append(types, arrow.Null)
			continue
		}
		p := &exprParser{rest: name}
		types = append(types, p.typeName())
	}
	return types
}

func TestResolve(t *testing.T) {
	set := Builtin()
	for _, c := range []struct{ name, args, want string }{
		{"add", "integer; integer", "add(integer, integer) integer"},
		{"add", "smallint; bigint", "add(bigint, bigint) bigint"},
		{"add", "integer; real", "add(double precision, double precision) double precision"},
		{"add", "bigint; numeric(10,2)", "add(numeric(19,0), numeric(10,2)) numeric(22,2)"},
		{"add", "numeric(10,2); real", "add(double precision, double precision) double precision"},
		{"add", "integer; unknown", "add(integer, integer) integer"},
		{"add", "unknown; numeric(10,2)", "add(numeric(10,2), numeric(10,2)) numeric(11,2)"},
		{"add", "date; integer", "add(date, integer) date"},
		{"add", "date; interval", "add(date, interval) timestamp without time zone"},
		{"subtract", "timestamp; unknown", "subtract(timestamp without time zone, timestamp without time zone) interval"},
		{"multiply", "numeric(15,2); numeric(16,2)", "multiply(numeric(15,2), numeric(16,2)) numeric(31,4)"},
		{"multiply", "numeric(31,4); numeric(16,2)", "multiply(numeric(31,4), numeric(16,2)) numeric(38,6)"},
		{"multiply", "numeric(38,16); numeric(38,16)", "multiply(numeric(38,16), numeric(38,16)) numeric(38,20)"},
		{"divide", "numeric(15,2); numeric(15,2)", "divide(numeric(15,2), numeric(15,2)) numeric(31,16)"},
		{"equal", "integer; bigint", "equal(bigint, bigint) boolean"},
		{"equal", "integer; real", "equal(double precision, double precision) boolean"},
		{"equal", "date; timestamp", "equal(timestamp without time zone, timestamp without time zone) boolean"},
		{"equal", "unknown; unknown", "equal(text, text) boolean"},
		{"equal", "text; unknown", "equal(text, text) boolean"},
		{"equal", "integer[]; unknown", "equal(integer[], integer[]) boolean"},
		{"equal", "text; integer", "42883 operator does not exist: text = integer"},
		{"sqrt", "integer", "sqrt(double precision) double precision"},
		{"round", "integer", "round(double precision) double precision"},
		{"round", "numeric(10,2); integer", "round(numeric(10,2), integer) numeric(11,2)"},
		{"abs", "unknown", "abs(double precision) double precision"},
		{"length", "unknown", "length(text) integer"},
		{"char_length", "text", "length(text) integer"},
		{"date_trunc", "unknown; date", "date_trunc(text, timestamp with time zone) timestamp with time zone"},
		{"date_part", "unknown; date", "date_part(text, date) double precision"},
		{"coalesce", "unknown; integer; numeric(5,1)", "coalesce(numeric(11,1), numeric(11,1), numeric(11,1)) numeric(11,1)"},
		{"array_append", "integer[]; bigint", "array_append(bigint[], bigint) bigint[]"},
		{"array_append", "integer[]; unknown", "array_append(integer[], integer) integer[]"},
		{"subscript", "vector(3); integer", "subscript(real[], bigint) real"},
		{"concat_operator", "text; integer", "concat_operator(text, integer) text"},
		{"concat_operator", "integer[]; integer", "concat_operator(integer[], integer) integer[]"},
		{"l2_distance", "vector(3); unknown", "l2_distance(vector(3), vector(3)) double precision"},
		{"list_value", "integer; boolean", "42804 ARRAY types integer and boolean cannot be matched"},
		{"add", "integer; boolean", "42883 operator does not exist: integer + boolean"},
		{"add", "unknown; unknown", "42725 operator is not unique: unknown + unknown"},
		{"negate", "text", "42883 operator does not exist: - text"},
		{"lenght", "text", `42883 function lenght(text) does not exist; did you mean "length"?`},
		{"left", "text", "42883 function left(text) does not exist; there is left(text, integer)"},
		{"no_such_function_at_all", "", "42883 function no_such_function_at_all() does not exist"},
	} {
		types := typed(t, c.args)
		resolved, err := set.Resolve(c.name, types)
		got := resolvedText(resolved)
		if err != nil {
			got = faultText(err)
		}
		if !strings.HasPrefix(got, c.want) || err == nil && got != c.want {
			t.Errorf("%s(%s)\n  is  %s\n  not %s", c.name, c.args, got, c.want)
		}
		if err == nil {
			if _, err := set.Scalar(resolved.Name, resolved.Args); err != nil {
				t.Errorf("%s cannot be bound: %v", got, err)
			}
		}
	}
}

func resolvedText(r Resolved) string {
	if r.Out == nil {
		return ""
	}
	names := make([]string, len(r.Args))
	for i, dt := range r.Args {
		names[i] = TypeName(dt)
	}
	return r.Name + "(" + strings.Join(names, ", ") + ") " + TypeName(r.Out)
}

func faultText(err error) string {
	var fault *Error
	if !errors.As(err, &fault) {
		return err.Error()
	}
	text := fault.State + " " + fault.Msg
	if fault.Hint != "" {
		text += "; " + fault.Hint
	}
	return text
}

func TestResolveAggregate(t *testing.T) {
	set := Builtin()
	for _, c := range []struct{ name, args, want string }{
		{"count", "", "count() bigint"},
		{"count", "text", "count(text) bigint"},
		{"count", "unknown", "count(text) bigint"},
		{"sum", "smallint", "sum(smallint) bigint"},
		{"sum", "integer", "sum(integer) bigint"},
		{"sum", "bigint", "sum(bigint) numeric(38,0)"},
		{"sum", "real", "sum(real) real"},
		{"sum", "numeric(15,2)", "sum(numeric(15,2)) numeric(38,2)"},
		{"sum", "vector(3)", "sum(vector(3)) vector(3)"},
		{"avg", "integer", "avg(integer) numeric(38,16)"},
		{"avg", "real", "avg(real) double precision"},
		{"stddev", "integer", "stddev_samp(double precision) double precision"},
		{"stddev", "numeric(10,2)", "stddev_samp(double precision) double precision"},
		{"max", "text", "max(text) text"},
		{"array_agg", "integer", "array_agg(integer) integer[]"},
		{"string_agg", "text; unknown", "string_agg(text, text) text"},
		{"sum", "text", "42883 function sum(text) does not exist"},
	} {
		resolved, err := set.ResolveAggregate(c.name, typed(t, c.args))
		got := resolvedText(resolved)
		if err != nil {
			got = faultText(err)
		}
		if !strings.HasPrefix(got, c.want) {
			t.Errorf("%s(%s)\n  is  %s\n  not %s", c.name, c.args, got, c.want)
		}
	}
}

func TestCommonType(t *testing.T) {
	for _, c := range []struct{ types, want string }{
		{"integer; integer", "integer"},
		{"smallint; bigint; integer", "bigint"},
		{"integer; numeric(5,2)", "numeric(12,2)"},
		{"numeric(5,2); numeric(8,4)", "numeric(8,4)"},
		{"integer; real", "real"},
		{"real; double precision", "double precision"},
		{"unknown; unknown", "text"},
		{"unknown; date", "date"},
		{"date; timestamp", "timestamp without time zone"},
		{"timestamp; timestamp with time zone", "timestamp with time zone"},
		{"vector(3); vector(3)", "vector(3)"},
		{"vector(3); real[]", "real[]"},
		{"vector(3); vector(4)", "real[]"},
		{"integer[]; bigint[]", "bigint[]"},
		{"text; integer", "42804 types text and integer cannot be matched"},
		{"boolean; integer", "42804 types boolean and integer cannot be matched"},
		{"date; time", "42804 types date and time without time zone cannot be matched"},
	} {
		dt, err := CommonType(typed(t, c.types))
		got := ""
		if err != nil {
			got = faultText(err)
		} else {
			got = TypeName(dt)
		}
		if got != c.want {
			t.Errorf("%s: %s, not %s", c.types, got, c.want)
		}
	}
}

func TestCanCast(t *testing.T) {
	for _, c := range []struct {
		from, to string
		want     string // implicit, assignment, explicit or never
	}{
		{"integer", "bigint", "implicit"},
		{"bigint", "integer", "assignment"},
		{"integer", "numeric(5,2)", "implicit"},
		{"numeric(5,2)", "integer", "assignment"},
		{"numeric(5,2)", "double precision", "implicit"},
		{"double precision", "real", "assignment"},
		{"integer", "boolean", "explicit"},
		{"integer", "text", "assignment"},
		{"text", "integer", "explicit"},
		{"date", "timestamp with time zone", "implicit"},
		{"timestamp", "date", "assignment"},
		{"timestamp with time zone", "timestamp", "assignment"},
		{"time", "interval", "implicit"},
		{"boolean", "date", "never"},
		{"integer", "date", "never"},
		{"bytea", "uuid", "explicit"},
		{"integer[]", "bigint[]", "implicit"},
		{"double precision[]", "vector(3)", "assignment"},
		{"vector(3)", "real[]", "implicit"},
		{"text", "vector(3)", "explicit"},
		{"unknown", "vector(3)", "implicit"},
	} {
		from, to := typed(t, c.from)[0], typed(t, c.to)[0]
		got := "never"
		for kind, name := range []string{"implicit", "assignment", "explicit"} {
			if CanCast(from, to, CastKind(kind)) {
				got = name
				break
			}
		}
		if got != c.want {
			t.Errorf("%s to %s: %s, not %s", c.from, c.to, got, c.want)
		}
	}
}

func TestTypeNamed(t *testing.T) {
	for _, c := range []struct {
		name string
		mods []int
		want string
	}{
		{"int8", nil, "bigint"},
		{"double precision", nil, "double precision"},
		{"float", []int{24}, "real"},
		{"float", []int{25}, "double precision"},
		{"float", []int{54}, "22023 precision for type float must be less than 54 bits"},
		{"numeric", []int{10, 2}, "numeric(10,2)"},
		{"decimal", []int{10}, "numeric(10,0)"},
		{"numeric", nil, "numeric(38,16)"},
		{"numeric", []int{39}, "22023 NUMERIC precision 39 must be between 1 and 38"},
		{"numeric", []int{5, 6}, "22023 NUMERIC scale 6 must be between 0 and precision 5"},
		{"vector", []int{384}, "vector(384)"},
		{"vector", nil, "real[]"},
		{"vector", []int{0}, "22023 dimensions for type vector must be at least 1"},
		{"vector", []int{1 << 20}, "22023 dimensions for type vector cannot exceed 65536"},
		{"varchar", []int{10}, "text"},
		{"text[]", nil, "text[]"},
		{"int4[][]", nil, "integer[][]"},
		{"timestamptz", nil, "timestamp with time zone"},
		{"uuid", nil, "uuid"},
		{"intger", nil, `42704 type "intger" does not exist; did you mean "integer"?`},
	} {
		dt, err := TypeNamed(c.name, c.mods)
		got := ""
		if err != nil {
			got = faultText(err)
		} else {
			got = TypeName(dt)
		}
		if got != c.want {
			t.Errorf("%s%v: %s, not %s", c.name, c.mods, got, c.want)
		}
	}
}
