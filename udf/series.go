package udf

import (
	"bytes"
	"math"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"

	"github.com/mediaflight/mediaflight/udf/jsonb"
)

// Functions that answer with several values a row: what table functions make rows of.

var seriesFuncs = []Scalar{
	{
		Name: "series", Kind: "array", Internal: true, Args: []string{"start", "stop", "step"},
		Doc:     "The values from start up to and with stop as an array: the rows of generate_series. A step of 0 is an error. NULL if an argument is NULL.",
		Example: "series(1::bigint, 5::bigint, 2::bigint) = ARRAY[1, 3, 5]::bigint[]",
		Impls: []Impl{
			{In: []Type{int4, int4, int4}, Out: returns(listOf(int4Type)), Eval: integerSeries[int32]},
			{In: []Type{int8, int8, int8}, Out: returns(listOf(int8Type)), Eval: integerSeries[int64]},
			{In: []Type{numeric, numeric, numeric}, Out: func(in []arrow.DataType) (arrow.DataType, error) {
				common, err := CommonType(in)
				if err != nil {
					return nil, err
				}
				return listOf(common), nil
			}, Eval: decimalSeries},
			{In: []Type{timestamp, timestamp, interval}, Out: returns(listOf(timestampType)), Eval: timestampSeries},
			{In: []Type{timestamptz, timestamptz, interval}, Out: returns(listOf(timestamptzType)), Eval: timestampSeries},
		},
	},
	{
		Name: "regexp_match_all", Kind: "pattern", Internal: true, Args: []string{"text", "pattern", "flags"},
		Doc:     "The groups of a regular expression's first match, with the flag g of every match, each an array: the rows of regexp_matches. NULL if an argument is NULL.",
		Example: "cardinality(regexp_match_all('banana', 'a', 'g')) = 3",
		Impls: []Impl{
			{In: []Type{text, text}, Out: returns(listOf(listOf(textType))), Eval: regexpMatchAll},
			{In: []Type{text, text, text}, Out: returns(listOf(listOf(textType))), Eval: regexpMatchAll},
		},
	},
	{
		Name: "json_values", Kind: "json", Internal: true, Args: []string{"object"},
		Doc:     "The values of an object, in the order of json_keys. Another value is an error. NULL if it is NULL.",
		Example: `cardinality(json_values('{"a": 1, "b": 2}')) = 2`,
		Impls:   []Impl{{In: []Type{jsonValue}, Out: returns(listOf(jsonType)), Eval: jsonValues(jsonOf)}},
	},
	{
		Name: "json_values_text", Kind: "json", Internal: true, Args: []string{"object"},
		Doc:     "The values of an object as text, strings without their quotes, null as NULL. Another value is an error. NULL if it is NULL.",
		Example: `json_values_text('{"a": 1, "b": "x"}') = ARRAY['1', 'x']`,
		Impls:   []Impl{{In: []Type{jsonValue}, Out: returns(listOf(textType)), Eval: jsonValues(textOfJSON)}},
	},
}

// mapBuilt evaluates f, which appends a list's elements, for the rows without NULLs among the arguments.
func mapBuilt(call *Call, args []Arg, f func(elements array.Builder, i int) error) (arrow.Array, error) {
	n := rowsOf(call, args)
	valid := validOf(call, args, n)
	defer valid.release()
	b := array.NewBuilder(call.Mem, call.Out).(*array.ListBuilder)
	defer b.Release()
	for i := range n {
		if !valid.at(i) {
			b.AppendNull()
			continue
		}
		b.Append(true)
		if err := f(b.ValueBuilder(), i); err != nil {
			return nil, err
		}
	}
	return b.NewArray(), nil
}

func errSeriesTooLong() error {
	return &Error{State: stateProgramLimit, Msg: "a series for a row has too many values", Hint: "put generate_series of constants into FROM"}
}

func errStepZero() error { return faultf(stateInvalidParameter, "step size cannot equal zero") }

func integerSeries[T int32 | int64](call *Call, args []Arg) (arrow.Array, error) {
	starts, stops, steps := columnOf[T](args[0]), columnOf[T](args[1]), columnOf[T](args[2])
	return mapBuilt(call, args, func(elements array.Builder, i int) error {
		v, stop, step := int64(starts.at(i)), int64(stops.at(i)), int64(steps.at(i))
		if step == 0 {
			return errStepZero()
		}
		for count := 0; step > 0 && v <= stop || step < 0 && v >= stop; count++ {
			if count == maxRange {
				return errSeriesTooLong()
			}
			switch b := elements.(type) {
			case *array.Int32Builder:
				b.Append(int32(v))
			case *array.Int64Builder:
				b.Append(v)
			}
			if step > 0 && v > math.MaxInt64-step || step < 0 && v < math.MinInt64-step {
				return nil
			}
			v += step
		}
		return nil
	})
}

func decimalSeries(call *Call, args []Arg) (arrow.Array, error) {
	to := elementType(call.Out)
	columns := make([]column[decimal128.Num], len(args))
	for k, a := range args {
		same, err := Cast(call, a.Array, to)
		if err != nil {
			return nil, err
		}
		defer same.Release()
		columns[k] = columnOf[decimal128.Num](Arg{same, a.Const})
	}
	return mapBuilt(call, args, func(elements array.Builder, i int) error {
		v, stop, step := columns[0].at(i), columns[1].at(i), columns[2].at(i)
		up := step.Sign()
		if up == 0 {
			return errStepZero()
		}
		for count := 0; v.Cmp(stop)*up <= 0; count++ {
			if count == maxRange {
				return errSeriesTooLong()
			}
			elements.(*array.Decimal128Builder).Append(v)
			next := v.Add(step)
			if next.Cmp(v)*up < 0 { // beyond what 128 bits hold, and so beyond the end
				break
			}
			v = next
		}
		return nil
	})
}

func timestampSeries(call *Call, args []Arg) (arrow.Array, error) {
	starts, stops, steps := columnOf[int64](args[0]), columnOf[int64](args[1]), columnOf[arrow.MonthDayNanoInterval](args[2])
	zone := time.UTC
	if elementType(call.Out).(*arrow.TimestampType).TimeZone != "" {
		zone = zoneOf(call.Env)
	}
	return mapBuilt(call, args, func(elements array.Builder, i int) error {
		v, stop, step := starts.at(i), stops.at(i), steps.at(i)
		up := compareIntervals(step, arrow.MonthDayNanoInterval{})
		if up == 0 {
			return errStepZero()
		}
		for count := 0; up > 0 && v <= stop || up < 0 && v >= stop; count++ {
			if count == maxRange {
				return errSeriesTooLong()
			}
			elements.(*array.TimestampBuilder).Append(arrow.Timestamp(v))
			var err error
			if v, err = addIntervalIn(zone, v, step); err != nil {
				return err
			}
		}
		return nil
	})
}

func regexpMatchAll(call *Call, args []Arg) (arrow.Array, error) {
	s, patterns := textOf(args[0]), regexpsOf(args, 2, "g")
	return mapBuilt(call, args, func(elements array.Builder, i int) error {
		re, err := patterns.at(i)
		if err != nil {
			return err
		}
		limit := 1
		if len(args) > 2 && bytes.IndexByte(textOf(args[2]).at(i), 'g') >= 0 {
			limit = -1
		}
		matches := elements.(*array.ListBuilder)
		for _, match := range re.FindAllSubmatchIndex(s.at(i), limit) {
			if len(match) > 2 {
				match = match[2:]
			}
			matches.Append(true)
			groups := matches.ValueBuilder().(*array.StringBuilder)
			for k := 0; k < len(match); k += 2 {
				if match[k] < 0 {
					groups.AppendNull()
				} else {
					groups.BinaryBuilder.Append(s.at(i)[match[k]:match[k+1]])
				}
			}
		}
		return nil
	})
}

func jsonValues(write func(dst []byte, v any) ([]byte, error)) Eval {
	return func(call *Call, args []Arg) (arrow.Array, error) {
		values := jsonColumn{textOf(args[0])}
		return mapLists(call, args, func(i int, item func(func(dst []byte) ([]byte, error)) error) error {
			object, err := values.object(i, "json_values")
			if err != nil {
				return err
			}
			for _, key := range jsonb.Keys(object) {
				if err := item(func(dst []byte) ([]byte, error) { return write(dst, object[key]) }); err != nil {
					return err
				}
			}
			return nil
		})
	}
}
