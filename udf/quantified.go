package udf

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
)

// quantifiedFuncs are value op ANY (array) and value op ALL (array) for the operators other than =. ALL of a comparison is left
// out: it denies ANY of the opposite one.
var quantifiedFuncs = []Scalar{
	compareAny("not_equal", "differs from", "not_equal_any(2, ARRAY[2, 3]) = true"),
	compareAny("lt", "sorts before", "lt_any(2, ARRAY[1, 3]) = true"),
	compareAny("lte", "sorts before or equals", "lte_any(2, ARRAY[1, 2]) = true"),
	compareAny("gt", "sorts after", "gt_any(2, ARRAY[1, 3]) = true"),
	compareAny("gte", "sorts after or equals", "gte_any(2, ARRAY[3, 4]) = false"),
	matchAny("like_any", "LIKE", likeEval, "like_any('sunset', ARRAY['moon%', 'sun%']) = true"),
	matchAll("like_all", "LIKE", likeEval, "like_all('sunset', ARRAY['%set', 'sun%']) = true"),
	matchAny("ilike_any", "ILIKE", ilikeEval, "ilike_any('Sunset', ARRAY['moon%', 'sun%']) = true"),
	matchAll("ilike_all", "ILIKE", ilikeEval, "ilike_all('Sunset', ARRAY['%SET', 'moon%']) = false"),
	matchAny("regexp_any", "~", regexpTestEval, "regexp_any('sunset', ARRAY['^moon', '^sun']) = true"),
	matchAll("regexp_all", "~", regexpTestEval, "regexp_all('sunset', ARRAY['set$', '^moon']) = false"),
}

func compareAny(name, relation, example string) Scalar {
	operator := comparisonFuncs[slices.IndexFunc(comparisonFuncs, func(f Scalar) bool { return f.Name == name })].Impls[0]
	return Scalar{
		Name: name + "_any", Kind: "comparison", Internal: true, Args: []string{"value", "array"}, Example: example,
		Doc:   "Whether the value " + relation + " an element. NULL if the array is, false if it is empty; else NULL if no element makes it true and one that is NULL might.",
		Impls: []Impl{{In: []Type{operator.In[0], anyarray}, Out: returns(boolType), Nulls: true, Eval: quantified(operator.Eval, true)}},
	}
}

func matchAny(name, operator string, eval Eval, example string) Scalar {
	return Scalar{
		Name: name, Kind: "pattern", Internal: true, Args: []string{"text", "patterns"}, Example: example,
		Doc:   "Whether text " + operator + " pattern is true for one of the patterns. NULL if the array is, false if it is empty; else NULL if no pattern makes it true and one that is NULL might.",
		Impls: []Impl{{In: []Type{text, texts}, Out: returns(boolType), Nulls: true, Eval: quantified(eval, true)}},
	}
}

func matchAll(name, operator string, eval Eval, example string) Scalar {
	return Scalar{
		Name: name, Kind: "pattern", Internal: true, Args: []string{"text", "patterns"}, Example: example,
		Doc:   "Whether text " + operator + " pattern is true for all patterns. NULL if the array is, true if it is empty; else NULL if no pattern makes it false and one that is NULL might.",
		Impls: []Impl{{In: []Type{text, texts}, Out: returns(boolType), Nulls: true, Eval: quantified(eval, false)}},
	}
}

var texts = one("text[]", listOf(textType), 1)

// pairsAtOnce is how many pairs of a value and an element are compared at once, about.
const pairsAtOnce = 1 << 14

// quantified evaluates an operator between values and all elements of their arrays. The answer is the deciding one if an element
// gives it: true for ANY, false for ALL.
func quantified(operator Eval, decides bool) Eval {
	return func(call *Call, args []Arg) (arrow.Array, error) {
		lists, valid := listsOf(args[1]), validOf(call, args[1:], rowsOf(call, args))
		answers := make([]verdict, valid.n)
		var pairs pairing
		for i := range valid.n {
			if !valid.at(i) {
				continue
			}
			for from, to := lists.at(i); from < to; from++ {
				pairs.add(i, args[0].Row(i), from)
			}
			if len(pairs.rows) >= pairsAtOnce {
				if err := pairs.judge(call, operator, args[0], lists.elements, decides, answers); err != nil {
					return nil, err
				}
			}
		}
		if err := pairs.judge(call, operator, args[0], lists.elements, decides, answers); err != nil {
			return nil, err
		}
		return mapBoolValid(call, valid, func(i int) (bool, error) {
			switch answers[i] {
			case settled:
				return decides, nil
			case unsure:
				return false, errNull
			}
			return !decides, nil
		})
	}
}

// A verdict is what the elements seen so far say about a row.
type verdict byte

const (
	open   verdict = iota // none gave the deciding answer
	unsure                // none did, but one gave NULL
	settled
)

// A pairing is pairs of a value and an element, and the rows that they are of.
type pairing struct{ rows, values, elements []int }

func (p *pairing) add(row, value, element int) {
	p.rows, p.values, p.elements = append(p.rows, row), append(p.values, value), append(p.elements, element)
}

// judge evaluates the operator on the pairs and takes the answers down, then forgets the pairs.
func (p *pairing) judge(call *Call, operator Eval, values, elements arrow.Array, decides bool, answers []verdict) error {
	left, err := take(call.Mem, values, p.values)
	if err != nil {
		return err
	}
	defer left.Release()
	right, err := take(call.Mem, elements, p.elements)
	if err != nil {
		return err
	}
	defer right.Release()
	result, err := operator(&Call{Mem: call.Mem, Rows: len(p.rows), Out: boolType, Env: call.Env}, []Arg{{Array: left}, {Array: right}})
	if err != nil {
		return err
	}
	defer result.Release()
	holds := boolsOf(Arg{Array: result})
	for i, row := range p.rows {
		switch {
		case result.IsNull(i):
			answers[row] = max(answers[row], unsure)
		case holds.at(i) == decides:
			answers[row] = settled
		}
	}
	p.rows, p.values, p.elements = p.rows[:0], p.values[:0], p.elements[:0]
	return nil
}
