package udf

import (
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
)

// Trigonometry in degrees, exact for the multiples of 30 and 45 degrees whose results are. The tangent of 180 degrees is 0, not -0: adding 0 sees to that.

var mathDegreesFuncs = []Scalar{
	{Name: "sind", Kind: "math", Args: []string{"degrees"}, Doc: "The sine of an angle in degrees. NULL if the angle is NULL.", Example: "sind(30) = 0.5", Impls: realFunction(sineOfDegrees, checkAngle)},
	{Name: "cosd", Kind: "math", Args: []string{"degrees"}, Doc: "The cosine of an angle in degrees. NULL if the angle is NULL.", Example: "cosd(60) = 0.5", Impls: realFunction(cosineOfDegrees, checkAngle)},
	{Name: "tand", Kind: "math", Args: []string{"degrees"}, Doc: "The tangent of an angle in degrees; infinite for 90. NULL if the angle is NULL.", Example: "tand(45) = 1", Impls: realFunction(func(v float64) float64 { return sineOfDegrees(v)/cosineOfDegrees(v) + 0 }, checkAngle)},
	{Name: "cotd", Kind: "math", Args: []string{"degrees"}, Doc: "The cotangent of an angle in degrees; infinite for 0. NULL if the angle is NULL.", Example: "cotd(45) = 1", Impls: realFunction(func(v float64) float64 { return cosineOfDegrees(v)/sineOfDegrees(v) + 0 }, checkAngle)},
	{Name: "asind", Kind: "math", Args: []string{"number"}, Doc: "The angle whose sine is the number, in degrees. Outside of -1 to 1: an error. NULL if the number is NULL.", Example: "asind(0.5) = 30", Impls: realFunction(degreesOf(math.Asin), checkUnit)},
	{Name: "acosd", Kind: "math", Args: []string{"number"}, Doc: "The angle whose cosine is the number, in degrees. Outside of -1 to 1: an error. NULL if the number is NULL.", Example: "acosd(0.5) = 60", Impls: realFunction(degreesOf(math.Acos), checkUnit)},
	{Name: "atand", Kind: "math", Args: []string{"number"}, Doc: "The angle whose tangent is the number, in degrees. NULL if the number is NULL.", Example: "atand(1) = 45", Impls: realFunction(degreesOf(math.Atan), nil)},
	{
		Name: "atan2d", Kind: "math", Args: []string{"y", "x"},
		Doc:     "The angle of the point x, y, in degrees. NULL if either is NULL.",
		Example: "atan2d(1, 1) = 45",
		Impls:   []Impl{{In: []Type{float8, float8}, Out: returns(float8Type), Eval: realPairs(func(y, x float64) float64 { return wholeDegrees(math.Atan2(y, x)) }, nil)}},
	},
	{
		Name: "erf", Kind: "math", Args: []string{"number"},
		Doc:     "The error function. NULL if the number is NULL.",
		Example: "round(erf(1), 10) = 0.8427007929",
		Impls:   realFunction(math.Erf, nil),
	},
	{
		Name: "erfc", Kind: "math", Args: []string{"number"},
		Doc:     "1 minus the error function, without the loss of digits. NULL if the number is NULL.",
		Example: "round(erfc(1), 10) = 0.1572992071",
		Impls:   realFunction(math.Erfc, nil),
	},
	{
		Name: "scale", Kind: "math", Args: []string{"number"},
		Doc:     "The number of digits that a numeric's type has behind the point. NULL if it is NULL.",
		Example: "scale(8.4100) = 4",
		Impls: []Impl{{In: []Type{numeric}, Out: returns(int4Type), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
			digits := args[0].DataType().(*arrow.Decimal128Type).Scale
			return mapFixed(call, args, func(int) (int32, error) { return digits, nil })
		}}},
	},
	{
		Name: "min_scale", Kind: "math", Args: []string{"number"},
		Doc:     "The number of digits behind the point that a numeric needs. NULL if it is NULL.",
		Example: "min_scale(8.4100) = 2",
		Impls: []Impl{{In: []Type{numeric}, Out: returns(int4Type), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
			values := columnOf[decimal128.Num](args[0])
			digits := args[0].DataType().(*arrow.Decimal128Type).Scale
			return mapFixed(call, args, func(i int) (int32, error) {
				needed := digits
				for v := values.at(i); needed > 0; needed-- {
					whole, rest := truncateDecimal(v, 1)
					if rest {
						break
					}
					v = whole
				}
				return needed, nil
			})
		}}},
	},
}

// sineOfDegrees reduces an angle to -90 to 90 degrees; what it answers for 30 and 90 is exact.
func sineOfDegrees(v float64) float64 {
	v = math.Remainder(v, 360) // -180 to 180, exactly
	switch {
	case v > 90:
		v = 180 - v
	case v < -90:
		v = -180 - v
	}
	switch math.Abs(v) {
	case 30:
		return math.Copysign(0.5, v)
	case 90:
		return math.Copysign(1, v)
	}
	return math.Sin(v * (math.Pi / 180))
}

func cosineOfDegrees(v float64) float64 {
	v = math.Abs(math.Remainder(v, 360)) // 0 to 180
	switch {
	case v > 90:
		return -cosineOfDegrees(180 - v)
	case v == 90:
		return 0
	case v == 60:
		return 0.5
	case v == 45:
		return sineOfDegrees(45)
	}
	return math.Cos(v * (math.Pi / 180))
}

func degreesOf(f func(float64) float64) func(float64) float64 {
	return func(v float64) float64 { return wholeDegrees(f(v)) }
}

// wholeDegrees is an angle in degrees; one that is whole but for its last digits is whole.
func wholeDegrees(radians float64) float64 {
	v := radians * (180 / math.Pi)
	if whole := math.Round(v); math.Abs(v-whole) < 1e-13 {
		return whole
	}
	return v
}
