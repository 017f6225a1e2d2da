package udf

import "slices"

// Builtin is the table of all functions: the families below, each in files of its own name.
func Builtin() *Set {
	return NewSet(
		slices.Concat(
			comparisonFuncs,
			logicFuncs,
			arithmeticFuncs,
			bitwiseFuncs,
		),
		nil,
	)
}
