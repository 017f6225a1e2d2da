package udf

import "slices"

// Builtin is the table of all functions: the families below, each in files of its own name.
func Builtin() *Set {
	return NewSet(
		slices.Concat(
			comparisonFuncs,
			logicFuncs,
			conditionalFuncs,
			nullCountFuncs,
			arithmeticFuncs,
			bitwiseFuncs,
			mathFuncs,
			mathRealFuncs,
			mathDegreesFuncs,
			sampleFuncs,
			likeFuncs,
			regexpFuncs,
			similarFuncs,
			textCaseFuncs,
			textLengthFuncs,
			textPartFuncs,
			textSearchFuncs,
			textBuildFuncs,
			textFormatFuncs,
			textEncodeFuncs,
			textUnicodeFuncs,
			bytesFuncs,
			datetimeMakeFuncs,
			datetimeFieldFuncs,
			datetimeTruncFuncs,
			datetimeConvertFuncs,
			datetimeFormatFuncs,
			overlapsFuncs,
			listFuncs,
			arrayShapeFuncs,
			listSearchFuncs,
			quantifiedFuncs,
			listMathFuncs,
			seriesFuncs,
			nestedFuncs,
			vectorFuncs,
			jsonFuncs,
			jsonMakeFuncs,
			jsonChangeFuncs,
			jsonSearchFuncs,
			sessionFuncs,
		),
		slices.Concat(aggregateFuncs, regressionAggregates, quantileAggregates, sketchAggregates, extremeAggregates, jsonAggregates),
		windowFuncs...,
	)
}
