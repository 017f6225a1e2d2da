package udf

import (
	"github.com/apache/arrow-go/v18/arrow"
)

func castDatetime(call *Call, a arrow.Array, to arrow.DataType) (arrow.Array, error) {
	args := []Arg{{Array: a}}
	zone := zoneOf(call.Env)
	hasZone := func(dt arrow.DataType) bool { return sameType(dt, timestamptzType) }
	switch from := a.DataType().(type) {
	case *arrow.Date32Type:
		days := columnOf[int32](args[0]).values
		return mapFixed(call, args, func(i int) (int64, error) {
			midnight, err := dateToTimestamp(days[i])
			if err == nil && hasZone(to) {
				return checkTimestamp(instantOf(midnight, zone))
			}
			return midnight, err
		})
	case *arrow.Time64Type:
		micros := columnOf[int64](args[0]).values
		return mapFixed(call, args, func(i int) (arrow.MonthDayNanoInterval, error) {
			return arrow.MonthDayNanoInterval{Nanoseconds: micros[i] * nanosPerMicro}, nil
		})
	case *arrow.MonthDayNanoIntervalType:
		values := columnOf[arrow.MonthDayNanoInterval](args[0]).values
		return mapFixed(call, args, func(i int) (int64, error) { return floorMod(values[i].Nanoseconds/nanosPerMicro, microsPerDay), nil })
	case *arrow.TimestampType:
		micros := columnOf[int64](args[0]).values
		local := func(i int) int64 {
			if hasZone(from) {
				return localMicros(micros[i], zone)
			}
			return micros[i]
		}
		switch to.(type) {
		case *arrow.Date32Type:
			return mapFixed(call, args, func(i int) (int32, error) { return int32(floorDiv(local(i), microsPerDay)), nil })
		case *arrow.Time64Type:
			return mapFixed(call, args, func(i int) (int64, error) { return floorMod(local(i), microsPerDay), nil })
		}
		return mapFixed(call, args, func(i int) (int64, error) {
			if hasZone(from) {
				return local(i), nil
			}
			return checkTimestamp(instantOf(micros[i], zone))
		})
	}
	return nil, faultf(stateCannotCoerce, "cannot cast type %s to %s", plainName(a.DataType()), plainName(to))
}
