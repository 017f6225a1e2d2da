package udf

import (
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
)

var regexpPlaceFuncs = []Scalar{
	{
		Name: "regexp_instr", Kind: "pattern", Args: []string{"text", "pattern", "start", "n", "end", "flags", "group"},
		Doc: "The place, counted in characters from 1, where the n-th match of a regular expression from a place on starts, or the place behind it if end is 1; 0 if there is none. " +
			"With a group, of that part of the match. NULL if an argument is NULL.",
		Example: "regexp_instr('number of your street, town zip, FR', '[^,]+', 1, 2) = 23",
		Impls: []Impl{
			{In: []Type{text, text}, Out: returns(int4Type), Eval: regexpInstrEval},
			{In: []Type{text, text, int4}, Out: returns(int4Type), Eval: regexpInstrEval},
			{In: []Type{text, text, int4, int4}, Out: returns(int4Type), Eval: regexpInstrEval},
			{In: []Type{text, text, int4, int4, int4}, Out: returns(int4Type), Eval: regexpInstrEval},
			{In: []Type{text, text, int4, int4, int4, text}, Out: returns(int4Type), Eval: regexpInstrEval},
			{In: []Type{text, text, int4, int4, int4, text, int4}, Out: returns(int4Type), Eval: regexpInstrEval},
		},
	},
}

func regexpInstrEval(call *Call, args []Arg) (arrow.Array, error) {
	s, matches, ends := textOf(args[0]), nthMatchesOf(args, 5, 6), integersOf(args, 4, 0)
	return mapFixed(call, args, func(i int) (int32, error) {
		end := ends(i)
		if end != 0 && end != 1 {
			return 0, faultf(stateInvalidParameter, `invalid value for parameter "endoption": %d`, end)
		}
		text := s.at(i)
		match, err := matches.at(i, text)
		if match == nil || err != nil {
			return 0, err
		}
		return int32(utf8.RuneCount(text[:match[end]])) + 1, nil
	})
}

func regexpSubstrEval(call *Call, args []Arg) (arrow.Array, error) {
	s, matches := textOf(args[0]), nthMatchesOf(args, 4, 5)
	return mapText(call, args, func(dst []byte, i int) ([]byte, error) {
		text := s.at(i)
		match, err := matches.at(i, text)
		switch {
		case err != nil:
			return dst, err
		case match == nil:
			return dst, errNull
		}
		return append(dst, text[match[0]:match[1]]...), nil
	})
}

// integersOf reads an argument that may be left out.
func integersOf(args []Arg, at int, otherwise int) func(i int) int {
	if at >= len(args) {
		return func(int) int { return otherwise }
	}
	values := columnOf[int32](args[at])
	return func(i int) int { return int(values.at(i)) }
}

// nthMatches are the matches that arguments ask for: text, pattern, start and n, and where they are given flags and a group.
type nthMatches struct {
	patterns              regexps
	starts, counts, group func(i int) int
}

func nthMatchesOf(args []Arg, flagsAt, groupAt int) nthMatches {
	return nthMatches{regexpsOf(args, flagsAt, ""), integersOf(args, 2, 1), integersOf(args, 3, 1), integersOf(args, groupAt, 0)}
}

// at is where a match, or its group, starts and ends; nil if there is none.
func (m *nthMatches) at(i int, text []byte) ([]int, error) {
	start, n, group := m.starts(i), m.counts(i), m.group(i)
	switch {
	case start < 1:
		return nil, faultf(stateInvalidParameter, `invalid value for parameter "start": %d`, start)
	case n < 1:
		return nil, faultf(stateInvalidParameter, `invalid value for parameter "n": %d`, n)
	case group < 0:
		return nil, faultf(stateInvalidParameter, `invalid value for parameter "subexpr": %d`, group)
	}
	re, err := m.patterns.at(i)
	if err != nil || group > re.NumSubexp() {
		return nil, err
	}
	from := 0
	for skipped := 1; skipped < start && from < len(text); skipped++ {
		_, size := utf8.DecodeRune(text[from:])
		from += size
	}
	found := re.FindAllSubmatchIndex(text[from:], n)
	if len(found) < n || found[n-1][2*group] < 0 {
		return nil, nil
	}
	return []int{from + found[n-1][2*group], from + found[n-1][2*group+1]}, nil
}
