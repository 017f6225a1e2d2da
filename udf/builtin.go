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
			mathFuncs,
			mathRealFuncs,
			likeFuncs,
			regexpFuncs,
			textCaseFuncs,
			textLengthFuncs,
			textPartFuncs,
			textSearchFuncs,
			textBuildFuncs,
			textFormatFuncs,
			textEncodeFuncs,
			datetimeMakeFuncs,
			datetimeFieldFuncs,
			datetimeTruncFuncs,
			datetimeConvertFuncs,
			datetimeFormatFuncs,
			listFuncs,
			listSearchFuncs,
			quantifiedFuncs,
			listMathFuncs,
			nestedFuncs,
			vectorFuncs,
			jsonFuncs,
			jsonMakeFuncs,
			jsonChangeFuncs,
			jsonSearchFuncs,
			sessionFuncs,
		),
		slices.Concat(aggregateFuncs, regressionAggregates, quantileAggregates, sketchAggregates, extremeAggregates, jsonAggregates),
	)
}
