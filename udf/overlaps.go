package udf

import "github.com/apache/arrow-go/v18/arrow"

var overlapsFuncs = []Scalar{
	{
		Name: "overlaps", Kind: "datetime", Args: []string{"start", "end", "start", "end"},
		Doc: "Whether two periods have a time in common, as (a, b) OVERLAPS (c, d) writes it. A period's bounds may come in any order; it begins at the earlier one and lies before the later one, unless both are the same. " +
			"NULL if the answer depends on a bound that is NULL.",
		Example: "overlaps('2024-01-01'::date, '2024-02-01'::date, '2024-01-31'::date, '2024-03-01'::date) = true",
		Impls: []Impl{
			{In: []Type{timestamp, timestamp, timestamp, timestamp}, Nulls: true, Out: returns(boolType), Eval: overlapsEval},
			{In: []Type{timestamptz, timestamptz, timestamptz, timestamptz}, Nulls: true, Out: returns(boolType), Eval: overlapsEval},
			{In: []Type{clock, clock, clock, clock}, Nulls: true, Out: returns(boolType), Eval: overlapsEval},
		},
	},
}

// A bound of a period may be unknown.
type bound struct {
	at   int64
	null bool
}

func overlapsEval(call *Call, args []Arg) (arrow.Array, error) {
	columns := make([]column[int64], len(args))
	for k, a := range args {
		columns[k] = columnOf[int64](a)
	}
	at := func(k, i int) bound {
		if isNullAt(args[k], i) {
			return bound{null: true}
		}
		return bound{at: columns[k].at(i)}
	}
	return mapBoolValid(call, allValid(call.Mem, rowsOf(call, args)), func(i int) (bool, error) {
		return overlap(at(0, i), at(1, i), at(2, i), at(3, i))
	})
}

// overlap compares periods by the rules of the standard (SQL:2016, 8.16) that PostgreSQL follows. Of a bound that is unknown the
// known one may be either.
func overlap(start1, end1, start2, end2 bound) (bool, error) {
	known := func(a, b bound) (bound, bound, bool) {
		switch {
		case a.null && b.null:
			return a, b, false
		case a.null || !b.null && a.at > b.at:
			return b, a, true
		}
		return a, b, true
	}
	start1, end1, ok1 := known(start1, end1)
	start2, end2, ok2 := known(start2, end2)
	if !ok1 || !ok2 {
		return false, errNull
	}
	if start1.at > start2.at {
		start1, end1, start2, end2 = start2, end2, start1, end1
	}
	switch {
	case start1.at == start2.at:
		// Both begin together: they have that time in common unless what is unknown says otherwise.
		if end1.null || end2.null {
			return false, errNull
		}
		return true, nil
	case end1.null:
		return false, errNull
	case start2.at < end1.at:
		return true, nil
	case end2.null:
		return false, errNull
	}
	return false, nil
}
