package catalog

import "context"

// A Bounder is a snapshot that knows between which values a column lies, for planning.
type Bounder interface {
	// Bounds are the least and the greatest value of a column of integers, dates, times, timestamps (in the type's own units) or
	// decimals (without the point). Rows that have been deleted may count, too. ok is false where the bounds are not known.
	Bounds(ctx context.Context, column int) (low, high int64, ok bool)
}
