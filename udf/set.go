package udf

import (
	"maps"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
)

// A Set is the table of functions that a server has. It does not change and may be used at once.
type Set struct {
	scalars    map[string]*Scalar // by name and by alias
	aggregates map[string]*Aggregate
	windows    map[string]*Window
}

// A Resolved is the overload that fits a call's arguments.
type Resolved struct {
	Name     string           // canonical, aliases resolved
	Args     []arrow.DataType // what each argument must be cast to; equal to its type where nothing is to be done
	Out      arrow.DataType
	Volatile bool
}

// A ScalarFunc is a scalar function bound to argument types, ready to run. It may be used at once.
type ScalarFunc struct {
	Name     string
	Out      arrow.DataType
	Volatile bool
	Nulls    bool
	Eval     Eval
}

// An AggregateFunc is an aggregate bound to argument types.
type AggregateFunc struct {
	Name string
	In   []arrow.DataType
	Out  arrow.DataType
	Impl *AggregateImpl
}

// NewSet makes a table of the functions given. Two of one name are a bug.
func NewSet(scalars []Scalar, aggregates []Aggregate, windows ...Window) *Set {
	s := &Set{scalars: make(map[string]*Scalar), aggregates: make(map[string]*Aggregate), windows: make(map[string]*Window)}
	for i := range windows {
		s.windows[windows[i].Name] = &windows[i]
	}
	for i := range scalars {
		f := &scalars[i]
		for _, name := range append([]string{f.Name}, f.Aliases...) {
			if s.scalars[name] != nil {
				panic("two functions are called " + name)
			}
			s.scalars[name] = f
		}
	}
	for i := range aggregates {
		f := &aggregates[i]
		for _, name := range append([]string{f.Name}, f.Aliases...) {
			if s.aggregates[name] != nil || s.scalars[name] != nil {
				panic("two functions are called " + name)
			}
			s.aggregates[name] = f
		}
	}
	return s
}

// IsScalar reports whether a scalar function has this name or alias.
func (s *Set) IsScalar(name string) bool { return s.scalars[name] != nil }

// IsVolatile reports whether a scalar function gives something else each time it is called.
func (s *Set) IsVolatile(name string) bool { return s.scalars[name] != nil && s.scalars[name].Volatile }

// IsAggregate reports whether an aggregate has this name or alias.
func (s *Set) IsAggregate(name string) bool { return s.aggregates[name] != nil }

// Scalars lists the scalar functions by name.
func (s *Set) Scalars() []Scalar {
	var list []Scalar
	for name, f := range s.scalars {
		if name == f.Name {
			list = append(list, *f)
		}
	}
	slices.SortFunc(list, func(a, b Scalar) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// Aggregates lists the aggregates by name.
func (s *Set) Aggregates() []Aggregate {
	var list []Aggregate
	for name, f := range s.aggregates {
		if name == f.Name {
			list = append(list, *f)
		}
	}
	slices.SortFunc(list, func(a, b Aggregate) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// names lists what users can call, for hints.
func (s *Set) names() []string {
	names := slices.Concat(slices.Collect(maps.Keys(s.aggregates)), slices.Collect(maps.Keys(s.windows)))
	for name, f := range s.scalars {
		if !f.Internal {
			names = append(names, name)
		}
	}
	return names
}

// Scalar binds a scalar function to the exact types of its arguments.
func (s *Set) Scalar(name string, in []arrow.DataType) (*ScalarFunc, error) {
	f := s.scalars[name]
	if f == nil {
		return nil, s.unknown(name, in)
	}
	for i := range f.Impls {
		impl := &f.Impls[i]
		match := fit(impl.In, impl.Variadic, in)
		if match == nil || !match.exact {
			continue
		}
		out, err := impl.Out(in)
		if err != nil {
			return nil, inFunction(f.Name, err)
		}
		return &ScalarFunc{Name: f.Name, Out: out, Volatile: f.Volatile, Nulls: impl.Nulls, Eval: named(f.Name, impl.Eval)}, nil
	}
	return nil, f.mismatch(name, in)
}

// named names the function in its errors.
func named(name string, eval Eval) Eval {
	return func(call *Call, args []Arg) (arrow.Array, error) {
		a, err := eval(call, args)
		if err != nil {
			return nil, inFunction(name, err)
		}
		return a, nil
	}
}

// Aggregate binds an aggregate to the exact types of its arguments.
func (s *Set) Aggregate(name string, in []arrow.DataType) (*AggregateFunc, error) {
	f := s.aggregates[name]
	if f == nil {
		return nil, s.unknown(name, in)
	}
	for i := range f.Impls {
		impl := &f.Impls[i]
		match := fit(impl.In, false, in)
		if match == nil || !match.exact {
			continue
		}
		out, err := impl.Out(in)
		if err != nil {
			return nil, inFunction(f.Name, err)
		}
		return &AggregateFunc{Name: f.Name, In: slices.Clone(in), Out: out, Impl: impl}, nil
	}
	return nil, f.mismatch(name, in)
}
