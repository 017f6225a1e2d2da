package exec

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/mediaflight/mediaflight/exec/ann"
	"github.com/mediaflight/mediaflight/exec/eval"
	"github.com/mediaflight/mediaflight/udf"
)

// A bound is what a distance must not be above: it then is no NULL either, and NaN, which is above all numbers, only if nan
// is set. No distance is within NaN.
type bound struct {
	max float64
	nan bool
}

func (b *bound) keeps(n ann.Neighbor) bool {
	return b == nil || !n.Null && (n.Distance <= b.max || b.nan && math.IsNaN(n.Distance))
}

// A distanceLimit is the condition that a distance is below a value, or not above it.
type distanceLimit struct {
	max    eval.Expr
	strict bool
}

// limitOf finds the limit of a distance among conditions, and says which one it is: distance < r. Column is the vectors' and
// query what they are compared with; isLimit says which expressions may stand for r. It is -1 if there is none.
func limitOf(conditions []eval.Expr, metric *udf.Metric, column int, query eval.Expr, isLimit func(eval.Expr) bool) (*distanceLimit, int) {
	at := slices.IndexFunc(conditions, func(e eval.Expr) bool { return limitIn(e, metric, column, query, isLimit) != nil })
	if at < 0 {
		return nil, -1
	}
	return limitIn(conditions[at], metric, column, query, isLimit), at
}

func limitIn(e eval.Expr, metric *udf.Metric, column int, query eval.Expr, isLimit func(eval.Expr) bool) *distanceLimit {
	f, ok := e.(*eval.Function)
	if !ok || len(f.Args()) != 2 {
		return nil
	}
	d, r := f.Args()[0], f.Args()[1]
	switch f.Name() {
	case "lt", "lte":
	case "gt", "gte":
		d, r = r, d
	default:
		return nil
	}
	call, ok := d.(*eval.Function)
	if !ok || call.Name() != metric.Name || !isLimit(r) || r.Type().ID() != arrow.FLOAT64 {
		return nil
	}
	x, y := call.Args()[0], call.Args()[1]
	if c := vectorColumn(x); c == nil || c.Index != column {
		x, y = y, x
	}
	if c := vectorColumn(x); c == nil || c.Index != column || !eval.Same(y, query) {
		return nil
	}
	return &distanceLimit{r, f.Name() == "lt" || f.Name() == "gt"}
}

// bounds computes the limit for each row of an input.
func (l *distanceLimit) bounds(ctx context.Context, in eval.Input) ([]*bound, error) {
	value, err := l.max.Eval(ctx, in)
	if err != nil {
		return nil, err
	}
	defer value.Release()
	limits := value.Array.(*array.Float64)
	out := make([]*bound, in.Rows)
	for i := range out {
		row := value.Row(i)
		if limits.IsNull(row) {
			out[i] = &bound{max: math.NaN()}
		} else {
			out[i] = l.bound(limits.Value(row))
		}
	}
	return out, nil
}

// bound says "below" as "not above the number before".
func (l *distanceLimit) bound(limit float64) *bound {
	switch {
	case math.IsNaN(limit):
		return &bound{max: math.Inf(1), nan: !l.strict}
	case l.strict && math.IsInf(limit, -1):
		return &bound{max: math.NaN()}
	case l.strict:
		limit = math.Nextafter(limit, math.Inf(-1))
	}
	return &bound{max: limit}
}

func (l *distanceLimit) String() string {
	if l.strict {
		return fmt.Sprintf("below %s", l.max)
	}
	return fmt.Sprintf("up to %s", l.max)
}
