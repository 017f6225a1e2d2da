package catalog

import "context"

// A Bounder is a snapshot that knows between which values a column lies, for planning.
type Bounder interface {
	// Bounds are the least and the greatest value of a column of integers, dates, times, timestamps (in the type's own units) or
	// decimals (without the point). Rows that have been deleted may count, too. ok is false where the bounds are not known.
	Bounds(ctx context.Context, column int) (low, high int64, ok bool)
	// Summary is what the rows of the snapshot have in a column, and false where that is not known exactly.
	Summary(ctx context.Context, column int) (ColumnSummary, bool)
	// Distinct guesses how many different values a column has, and is false where nothing is known of them.
	Distinct(ctx context.Context, column int) (float64, bool)
}

// A ColumnSummary tells of all values of a column.
type ColumnSummary struct {
	Nulls     int64
	Low, High int64 // as of Bounds
	Bounded   bool  // Low and High are known: not for other types, nor where all is NULL
}
