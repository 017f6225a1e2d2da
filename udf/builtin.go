package udf

import "slices"

// Builtin is the table of all functions: the families below, each in files of its own name.
func Builtin() *Set {
	return NewSet(
		slices.Concat(
			comparisonFuncs,
			logicFuncs,
			conditionalFuncs,
			arithmeticFuncs,
			bitwiseFuncs,
			likeFuncs,
			regexpFuncs,
			textCaseFuncs,
			textLengthFuncs,
			textPartFuncs,
			textSearchFuncs,
			textBuildFuncs,
			textFormatFuncs,
			textEncodeFuncs,
			listFuncs,
			listSearchFuncs,
			listMathFuncs,
			nestedFuncs,
			vectorFuncs,
		),
		aggregateFuncs,
	)
}
