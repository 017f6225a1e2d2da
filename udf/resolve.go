package udf

import (
	"fmt"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
)

// Resolve finds the overload of a scalar function for arguments of these types; arrow.Null is an untyped literal or
// parameter. An overload of just these types wins; else the one that the cheapest implicit casts lead to (castCost); else
// the call is ambiguous. As in PostgreSQL, of two arguments an untyped one is first taken to be of the other's type, and text is
// what an untyped one prefers to be.
func (s *Set) Resolve(name string, args []arrow.DataType) (Resolved, error) {
	f := s.scalars[name]
	if f == nil {
		return Resolved{}, s.unknown(name, args)
	}
	i, targets, err := choose(f.signatures(), args)
	if err != nil {
		return Resolved{}, f.ambiguous(name, args)
	}
	if i < 0 {
		return Resolved{}, f.mismatch(name, args)
	}
	out, err := f.Impls[i].Out(targets)
	if err != nil {
		return Resolved{}, inFunction(f.Name, err)
	}
	return Resolved{Name: f.Name, Args: targets, Out: out, Volatile: f.Volatile}, nil
}

// ResolveAggregate finds the overload of an aggregate, by the same rules.
func (s *Set) ResolveAggregate(name string, args []arrow.DataType) (Resolved, error) {
	f := s.aggregates[name]
	if f == nil {
		return Resolved{}, s.unknown(name, args)
	}
	i, targets, err := choose(f.signatures(), args)
	if err != nil {
		return Resolved{}, f.ambiguous(name, args)
	}
	if i < 0 {
		return Resolved{}, f.mismatch(name, args)
	}
	out, err := f.Impls[i].Out(targets)
	if err != nil {
		return Resolved{}, inFunction(f.Name, err)
	}
	return Resolved{Name: f.Name, Args: targets, Out: out}, nil
}

// A signature is what an overload takes.
type signature struct {
	in       []Type
	variadic bool
}

func (f *Scalar) signatures() []signature {
	list := make([]signature, len(f.Impls))
	for i, impl := range f.Impls {
		list[i] = signature{impl.In, impl.Variadic}
	}
	return list
}

func (f *Aggregate) signatures() []signature {
	list := make([]signature, len(f.Impls))
	for i, impl := range f.Impls {
		list[i] = signature{impl.In, false}
	}
	return list
}

// errAmbiguous is choose's answer when several overloads fit equally well.
var errAmbiguous = fmt.Errorf("ambiguous")

// choose picks a signature and the types that the arguments are to be cast to; -1 if none fits.
func choose(signatures []signature, args []arrow.DataType) (int, []arrow.DataType, error) {
	if twin := likeTheOther(args); twin != nil {
		for i, s := range signatures {
			if slices.ContainsFunc(s.in, func(t Type) bool { return t.alone }) {
				continue
			}
			if m := fit(s.in, s.variadic, twin); m != nil && m.exact {
				return i, twin, nil
			}
		}
	}
	best, ties := -1, false
	var chosen *fitting
	for i, s := range signatures {
		m := fit(s.in, s.variadic, args)
		switch {
		case m == nil:
		case m.exact:
			return i, m.types, nil
		case chosen == nil || m.cost < chosen.cost:
			best, chosen, ties = i, m, false
		case m.cost == chosen.cost && !slices.EqualFunc(m.types, chosen.types, sameType):
			ties = true
		}
	}
	if ties {
		return 0, nil, errAmbiguous
	}
	if best < 0 {
		return -1, nil, nil
	}
	return best, chosen.types, nil
}

// likeTheOther gives the untyped one of two arguments the type of the other; nil if that is not the case.
func likeTheOther(args []arrow.DataType) []arrow.DataType {
	if len(args) != 2 || (args[0].ID() == arrow.NULL) == (args[1].ID() == arrow.NULL) {
		return nil
	}
	if args[0].ID() == arrow.NULL {
		return []arrow.DataType{args[1], args[1]}
	}
	return []arrow.DataType{args[0], args[0]}
}

// A fitting says how arguments fit a signature.
type fitting struct {
	types []arrow.DataType // what they are to be cast to
	cost  int
	exact bool // nothing is to be cast
}

// fit is nil if the arguments do not fit.
func fit(in []Type, variadic bool, args []arrow.DataType) *fitting {
	if len(args) < len(in) || len(args) > len(in) && !variadic {
		return nil
	}
	bound, ok := bind(in, args)
	if !ok {
		return nil
	}
	m := &fitting{types: make([]arrow.DataType, len(args)), exact: true}
	for i, arg := range args {
		target, cost, ok := patternAt(in, i).target(arg, bound)
		if !ok {
			return nil
		}
		m.types[i] = target
		m.cost += cost
		m.exact = m.exact && sameType(arg, target)
	}
	return m
}

// patternAt is the pattern of the i-th argument: the last one repeats.
func patternAt(in []Type, i int) *Type { return &in[min(i, len(in)-1)] }

// A binding is what the variables of a signature stand for in one call.
type binding struct {
	element, key arrow.DataType
}

func bind(in []Type, args []arrow.DataType) (binding, bool) {
	var elements, keys []arrow.DataType
	isWidest := false
	for i, arg := range args {
		switch patternAt(in, i).binds {
		case widest:
			isWidest = true
			elements = append(elements, arg)
		case element:
			elements = append(elements, arg)
		case elementsOf:
			if arg.ID() == arrow.NULL {
				continue
			}
			elem := elementType(arg)
			if elem == nil {
				return binding{}, false
			}
			elements = append(elements, elem)
		case keyOf:
			keys = append(keys, arg)
		case mapOf:
			if m, ok := arg.(*arrow.MapType); ok {
				keys = append(keys, m.KeyType())
			}
		}
	}
	elem, err := CommonType(elements)
	if err != nil {
		return binding{}, false
	}
	if isWidest && elem.ID() == arrow.FLOAT32 && slices.ContainsFunc(elements, func(dt arrow.DataType) bool { return isInteger(dt) || isNumeric(dt) }) {
		elem = float8Type
	}
	key, err := CommonType(keys)
	if err != nil {
		return binding{}, false
	}
	return binding{elem, key}, true
}

// target is the type that an argument is cast to for a pattern, and what that costs.
func (t *Type) target(arg arrow.DataType, bound binding) (dt arrow.DataType, cost int, ok bool) {
	switch t.binds {
	case element, widest:
		dt = bound.element
	case keyOf:
		dt = bound.key
	case elementsOf:
		dt = listOf(bound.element)
		if sameType(arg, dt) {
			dt = arg
		}
	case mapOf:
		m, ok := arg.(*arrow.MapType)
		if !ok {
			return nil, 0, false
		}
		dt = m
		if !sameType(m.KeyType(), bound.key) {
			dt = arrow.MapOf(bound.key, m.ItemType())
		}
	default:
		return t.plainTarget(arg)
	}
	if !t.Match(dt) || !CanCast(arg, dt, Implicit) {
		return nil, 0, false
	}
	return dt, castCost(arg, dt), true
}

func (t *Type) plainTarget(arg arrow.DataType) (dt arrow.DataType, cost int, ok bool) {
	switch {
	case t.Match(arg):
		return arg, 0, true
	case arg.ID() == arrow.NULL:
		return t.literal, t.weight, t.literal != nil
	case t.cast == nil:
		return nil, 0, false
	}
	dt = t.cast(arg)
	if dt == nil || !CanCast(arg, dt, Implicit) {
		return nil, 0, false
	}
	return dt, castCost(arg, dt), true
}

// symbols spells the operators that functions stand for.
var symbols = map[string]string{
	"add": "+", "subtract": "-", "multiply": "*", "divide": "/", "modulus": "%", "negate": "-",
	"equal": "=", "not_equal": "<>", "lt": "<", "lte": "<=", "gt": ">", "gte": ">=",
	"is_distinct_from": "IS DISTINCT FROM", "is_not_distinct_from": "IS NOT DISTINCT FROM",
	"like": "~~", "ilike": "~~*", "text_concat": "||", "regexp_match_operator": "~",
	"bitwise_and": "&", "bitwise_or": "|", "bitwise_xor": "#", "bitwise_not": "~", "shift_left": "<<", "shift_right": ">>",
}

func (s *Set) unknown(name string, args []arrow.DataType) error {
	return &Error{Function: name, State: stateUndefinedFunction, Msg: fmt.Sprintf("function %s does not exist", callText(name, args)), Hint: didYouMean(name, s.names())}
}

func (f *Scalar) mismatch(name string, args []arrow.DataType) error {
	e := &Error{Function: f.Name, State: stateUndefinedFunction}
	if symbol := symbols[f.Name]; symbol != "" && f.Internal {
		e.Msg = "operator does not exist: " + operationText(symbol, args)
		e.Hint = "no operator matches the given name and argument types; you might need to add explicit type casts"
		return e
	}
	if construct := constructs[f.Name]; construct != "" {
		if _, err := CommonType(args); err != nil {
			e.State, e.Msg = stateDatatypeMismatch, construct+" "+err.Error()
			return e
		}
	}
	e.Msg = fmt.Sprintf("function %s does not exist", callText(name, args))
	e.Hint = takes(f.Name, f.signatures())
	return e
}

// constructs are functions that SQL has a syntax for, whose arguments need a common type.
var constructs = map[string]string{"list_value": "ARRAY", "coalesce": "COALESCE", "greatest": "GREATEST", "least": "LEAST"}

func (f *Aggregate) mismatch(name string, args []arrow.DataType) error {
	return &Error{Function: f.Name, State: stateUndefinedFunction, Msg: fmt.Sprintf("function %s does not exist", callText(name, args)), Hint: takes(f.Name, f.signatures())}
}

func (f *Scalar) ambiguous(name string, args []arrow.DataType) error {
	e := &Error{Function: f.Name, State: stateAmbiguousFunction, Hint: "could not choose a best candidate; you might need to add explicit type casts"}
	if symbol := symbols[f.Name]; symbol != "" && f.Internal {
		e.Msg = "operator is not unique: " + operationText(symbol, args)
	} else {
		e.Msg = fmt.Sprintf("function %s is not unique", callText(name, args))
	}
	return e
}

func (f *Aggregate) ambiguous(name string, args []arrow.DataType) error {
	return &Error{Function: f.Name, State: stateAmbiguousFunction, Msg: fmt.Sprintf("function %s is not unique", callText(name, args)), Hint: "could not choose a best candidate; you might need to add explicit type casts"}
}

func callText(name string, args []arrow.DataType) string {
	names := make([]string, len(args))
	for i, dt := range args {
		names[i] = plainName(dt)
	}
	return name + "(" + strings.Join(names, ", ") + ")"
}

func operationText(symbol string, args []arrow.DataType) string {
	if len(args) == 1 {
		return symbol + " " + plainName(args[0])
	}
	names := make([]string, len(args))
	for i, dt := range args {
		names[i] = plainName(dt)
	}
	return strings.Join(names, " "+symbol+" ")
}

// takes is a hint that lists a function's signatures, the first few of them.
func takes(name string, signatures []signature) string {
	const shown = 4
	var list []string
	for i, s := range signatures {
		if i == shown {
			list = append(list, "...")
			break
		}
		list = append(list, s.spell(name))
	}
	return "there is " + strings.Join(list, ", ")
}

func (s signature) spell(name string) string {
	types := make([]string, len(s.in))
	for i, t := range s.in {
		types[i] = t.Name
	}
	if s.variadic {
		types = append(types, "...")
	}
	return name + "(" + strings.Join(types, ", ") + ")"
}
