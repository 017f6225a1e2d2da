package exec

import (
	"context"
	"math"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/exec/eval"
)

// GenerateSeries yields start, start+step ... up to stop, both ends included.
type GenerateSeries struct {
	Args []eval.Expr // constants: start, stop and, unless it is 1, step
	Rows int
	Mem  memory.Allocator
	// Location is where a day begins, for timestamps with time zone.
	Location *time.Location

	schema *arrow.Schema
}

// seriesSchema is the schema of a series, or nil if there is none of such arguments.
func seriesSchema(args []eval.Expr) *arrow.Schema {
	if len(args) < 2 || len(args) > 3 || !arrow.TypeEqual(args[0].Type(), args[1].Type()) {
		return nil
	}
	dt := args[0].Type()
	step := dt
	switch dt.ID() {
	case arrow.INT32, arrow.INT64, arrow.DECIMAL128:
	case arrow.TIMESTAMP:
		if len(args) != 3 {
			return nil
		}
		step = arrow.FixedWidthTypes.MonthDayNanoInterval
	default:
		return nil
	}
	if len(args) == 3 && !arrow.TypeEqual(args[2].Type(), step) {
		return nil
	}
	return arrow.NewSchema([]arrow.Field{{Name: "generate_series", Type: dt, Nullable: true}}, nil)
}

func (g *GenerateSeries) Schema() *arrow.Schema { return g.schema }
func (g *GenerateSeries) Inputs() []Operator    { return nil }
func (g *GenerateSeries) String() string        { return "generate_series " + texts(g.Args) }

func (g *GenerateSeries) Run(ctx context.Context) Batches {
	return func(yield func(arrow.RecordBatch, error) bool) {
		args := make([]arrow.Array, 0, 3)
		defer func() { releaseAll(args) }()
		for _, e := range g.Args {
			a, err := eval.Value(ctx, e)
			if err != nil {
				yield(nil, err)
				return
			}
			args = append(args, a)
			if a.NullN() > 0 {
				return
			}
		}
		next, err := g.series(args)
		for err == nil {
			b := array.NewBuilder(g.Mem, g.schema.Field(0).Type)
			for b.Len() < g.Rows && next(b) {
			}
			rows := b.NewArray()
			b.Release()
			batch := array.NewRecordBatch(g.schema, []arrow.Array{rows}, int64(rows.Len()))
			rows.Release()
			if batch.NumRows() == 0 {
				batch.Release()
				return
			}
			if !emit(yield, batch) {
				return
			}
			err = ctx.Err()
		}
		yield(nil, err)
	}
}

// series returns a function that appends the next value, or is false behind the last one.
func (g *GenerateSeries) series(args []arrow.Array) (func(b array.Builder) bool, error) {
	switch start := args[0].(type) {
	case *array.Int32:
		step := int64(1)
		if len(args) == 3 {
			step = int64(args[2].(*array.Int32).Value(0))
		}
		next, err := integers(int64(start.Value(0)), int64(args[1].(*array.Int32).Value(0)), step)
		return func(b array.Builder) bool {
			v, ok := next()
			if ok {
				b.(*array.Int32Builder).Append(int32(v))
			}
			return ok
		}, err
	case *array.Int64:
		step := int64(1)
		if len(args) == 3 {
			step = args[2].(*array.Int64).Value(0)
		}
		next, err := integers(start.Value(0), args[1].(*array.Int64).Value(0), step)
		return func(b array.Builder) bool {
			v, ok := next()
			if ok {
				b.(*array.Int64Builder).Append(v)
			}
			return ok
		}, err
	case *array.Decimal128:
		return decimals(start, args)
	case *array.Timestamp:
		return g.timestamps(start, args)
	}
	return nil, unsupported("generate_series of %s", args[0].DataType())
}

func integers(v, stop, step int64) (func() (int64, bool), error) {
	if step == 0 {
		return nil, stepIsZero()
	}
	more := true
	return func() (int64, bool) {
		if !more || step > 0 && v > stop || step < 0 && v < stop {
			return 0, false
		}
		now := v
		if step > 0 && v > math.MaxInt64-step || step < 0 && v < math.MinInt64-step {
			more = false // the next one is beyond the type
		}
		v += step
		return now, true
	}, nil
}

func decimals(start *array.Decimal128, args []arrow.Array) (func(b array.Builder) bool, error) {
	v, stop := start.Value(0), args[1].(*array.Decimal128).Value(0)
	step := decimal128.GetScaleMultiplier(int(start.DataType().(*arrow.Decimal128Type).Scale))
	if len(args) == 3 {
		step = args[2].(*array.Decimal128).Value(0)
	}
	up := step.Sign()
	if up == 0 {
		return nil, stepIsZero()
	}
	return func(b array.Builder) bool {
		if v.Cmp(stop)*up > 0 {
			return false
		}
		b.(*array.Decimal128Builder).Append(v)
		v = v.Add(step)
		return true
	}, nil
}

func (g *GenerateSeries) timestamps(start *array.Timestamp, args []arrow.Array) (func(b array.Builder) bool, error) {
	stop := args[1].(*array.Timestamp).Value(0)
	step := args[2].(*array.MonthDayNanoInterval).Value(0)
	up := intervalSign(step)
	if up == 0 {
		return nil, stepIsZero()
	}
	zone := time.UTC
	if start.DataType().(*arrow.TimestampType).TimeZone != "" && g.Location != nil {
		zone = g.Location
	}
	v, more := start.Value(0), true
	return func(b array.Builder) bool {
		if !more || up > 0 && v > stop || up < 0 && v < stop {
			return false
		}
		b.(*array.TimestampBuilder).Append(v)
		next := arrow.Timestamp(addInterval(time.UnixMicro(int64(v)).In(zone), step).UnixMicro())
		more = up > 0 && next > v || up < 0 && next < v
		v = next
		return true
	}, nil
}

// intervalSign is the sign of an interval whose months have 30 days, as in comparisons.
func intervalSign(v arrow.MonthDayNanoInterval) int {
	const day = 24 * time.Hour
	days := int64(v.Months)*30 + int64(v.Days) + v.Nanoseconds/int64(day)
	switch rest := v.Nanoseconds % int64(day); {
	case days > 0 || days == 0 && rest > 0:
		return 1
	case days < 0 || rest < 0:
		return -1
	}
	return 0
}

// addInterval adds months, cutting the day to the month's length as PostgreSQL does, then days, then time.
func addInterval(t time.Time, v arrow.MonthDayNanoInterval) time.Time {
	if v.Months != 0 {
		first := time.Date(t.Year(), t.Month()+time.Month(v.Months), 1, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), t.Location())
		last := first.AddDate(0, 1, -1).Day()
		t = first.AddDate(0, 0, min(t.Day(), last)-1)
	}
	return t.AddDate(0, 0, int(v.Days)).Add(time.Duration(v.Nanoseconds))
}

func stepIsZero() *Error {
	return &Error{Operator: "generate_series", State: stateStepZero, Msg: "step size cannot equal zero"}
}
