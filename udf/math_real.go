package udf

import (
	"math"
	"math/rand/v2"
	"sync/atomic"

	"github.com/apache/arrow-go/v18/arrow"
)

// Functions of real numbers are computed in double precision; numerics are cast to it.

var mathRealFuncs = []Scalar{
	{
		Name: "sqrt", Kind: "math", Args: []string{"number"},
		Doc:     "The square root. Of a negative number: an error. NULL if it is NULL.",
		Example: "sqrt(2.25) = 1.5",
		Impls: realFunction(math.Sqrt, func(v float64) error {
			if v < 0 {
				return faultf(statePower, "cannot take square root of a negative number")
			}
			return nil
		}),
	},
	{Name: "cbrt", Kind: "math", Args: []string{"number"}, Doc: "The cube root. NULL if the number is NULL.", Example: "cbrt(27) = 3", Impls: realFunction(math.Cbrt, nil)},
	{Name: "exp", Kind: "math", Args: []string{"number"}, Doc: "e raised to a power. A result beyond the range of numbers is an error. NULL if the number is NULL.", Example: "exp(0) = 1", Impls: realFunction(math.Exp, nil)},
	{Name: "ln", Kind: "math", Args: []string{"number"}, Doc: "The natural logarithm. Of zero or a negative number: an error. NULL if it is NULL.", Example: "ln(1) = 0", Impls: realFunction(math.Log, checkLogarithm)},
	{Name: "log2", Kind: "math", Args: []string{"number"}, Doc: "The logarithm to the base 2. Of zero or a negative number: an error. NULL if it is NULL.", Example: "log2(8) = 3", Impls: realFunction(math.Log2, checkLogarithm)},
	{
		Name: "log", Aliases: []string{"log10"}, Kind: "math", Args: []string{"base", "number"},
		Doc:     "The logarithm to the base 10, or to a base given first. Of zero or a negative number: an error. NULL if an argument is NULL.",
		Example: "log(2, 64) = 6",
		Impls: append(realFunction(math.Log10, checkLogarithm), Impl{In: []Type{float8, float8}, Out: returns(float8Type),
			Eval: realPairs(func(base, v float64) float64 { return math.Log2(v) / math.Log2(base) }, func(base, v float64) error {
				if err := checkLogarithm(base); err != nil {
					return err
				}
				if base == 1 {
					return errDivisionByZero()
				}
				return checkLogarithm(v)
			})}),
	},
	{
		Name: "power", Aliases: []string{"pow"}, Kind: "math", Args: []string{"a", "b"},
		Doc:     "a raised to the power of b, as a ^ b. Zero to a negative power and a negative number to a fraction are errors. NULL if either is NULL.",
		Example: "power(2, 10) = 1024",
		Impls: []Impl{{In: []Type{float8, float8}, Out: returns(float8Type), Eval: realPairs(math.Pow, func(a, b float64) error {
			switch {
			case a == 0 && b < 0:
				return faultf(statePower, "zero raised to a negative power is undefined")
			case a < 0 && b != math.Trunc(b) && b == b && !math.IsInf(b, 0):
				return faultf(statePower, "a negative number raised to a non-integer power yields a complex result")
			}
			return nil
		})}},
	},
	{Name: "degrees", Kind: "math", Args: []string{"radians"}, Doc: "Radians in degrees. NULL if the angle is NULL.", Example: "degrees(pi()) = 180", Impls: realFunction(func(v float64) float64 { return v * (180 / math.Pi) }, nil)},
	{Name: "radians", Kind: "math", Args: []string{"degrees"}, Doc: "Degrees in radians. NULL if the angle is NULL.", Example: "radians(180) = pi()", Impls: realFunction(func(v float64) float64 { return v * (math.Pi / 180) }, nil)},
	{Name: "sin", Kind: "math", Args: []string{"radians"}, Doc: "The sine. NULL if the angle is NULL.", Example: "sin(0) = 0", Impls: realFunction(math.Sin, checkAngle)},
	{Name: "cos", Kind: "math", Args: []string{"radians"}, Doc: "The cosine. NULL if the angle is NULL.", Example: "cos(0) = 1", Impls: realFunction(math.Cos, checkAngle)},
	{Name: "tan", Kind: "math", Args: []string{"radians"}, Doc: "The tangent. NULL if the angle is NULL.", Example: "tan(0) = 0", Impls: realFunction(math.Tan, checkAngle)},
	{Name: "cot", Kind: "math", Args: []string{"radians"}, Doc: "The cotangent; infinite for 0. NULL if the angle is NULL.", Example: "round(cot(0.5), 4) = 1.8305", Impls: realFunction(func(v float64) float64 { return 1 / math.Tan(v) }, checkAngle)},
	{Name: "asin", Kind: "math", Args: []string{"number"}, Doc: "The angle whose sine is the number, in radians. Outside of -1 to 1: an error. NULL if the number is NULL.", Example: "asin(0) = 0", Impls: realFunction(math.Asin, checkUnit)},
	{Name: "acos", Kind: "math", Args: []string{"number"}, Doc: "The angle whose cosine is the number, in radians. Outside of -1 to 1: an error. NULL if the number is NULL.", Example: "acos(1) = 0", Impls: realFunction(math.Acos, checkUnit)},
	{Name: "atan", Kind: "math", Args: []string{"number"}, Doc: "The angle whose tangent is the number, in radians. NULL if the number is NULL.", Example: "atan(0) = 0", Impls: realFunction(math.Atan, nil)},
	{
		Name: "atan2", Kind: "math", Args: []string{"y", "x"},
		Doc:     "The angle of the point x, y, in radians. NULL if either is NULL.",
		Example: "atan2(0, 1) = 0",
		Impls:   []Impl{{In: []Type{float8, float8}, Out: returns(float8Type), Eval: realPairs(math.Atan2, nil)}},
	},
	{Name: "sinh", Kind: "math", Args: []string{"number"}, Doc: "The hyperbolic sine. NULL if the number is NULL.", Example: "sinh(0) = 0", Impls: realFunction(math.Sinh, nil)},
	{Name: "cosh", Kind: "math", Args: []string{"number"}, Doc: "The hyperbolic cosine. NULL if the number is NULL.", Example: "cosh(0) = 1", Impls: realFunction(math.Cosh, nil)},
	{Name: "tanh", Kind: "math", Args: []string{"number"}, Doc: "The hyperbolic tangent. NULL if the number is NULL.", Example: "tanh(0) = 0", Impls: realFunction(math.Tanh, nil)},
	{Name: "asinh", Kind: "math", Args: []string{"number"}, Doc: "The number's inverse hyperbolic sine. NULL if the number is NULL.", Example: "asinh(0) = 0", Impls: realFunction(math.Asinh, nil)},
	{Name: "acosh", Kind: "math", Args: []string{"number"}, Doc: "The number's inverse hyperbolic cosine. Below 1: an error. NULL if the number is NULL.", Example: "acosh(1) = 0", Impls: realFunction(math.Acosh, func(v float64) error {
		if v < 1 {
			return errInputRange()
		}
		return nil
	})},
	{Name: "atanh", Kind: "math", Args: []string{"number"}, Doc: "The number's inverse hyperbolic tangent. Outside of -1 to 1: an error. NULL if the number is NULL.", Example: "atanh(0) = 0", Impls: realFunction(math.Atanh, checkUnit)},
	{
		Name: "pi", Kind: "math", Args: []string{}, Doc: "The ratio of a circle's circumference to its diameter.", Example: "round(pi(), 5) = 3.14159",
		Impls: []Impl{{In: []Type{}, Out: returns(float8Type), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
			return mapFixed(call, args, func(int) (float64, error) { return math.Pi, nil })
		}}},
	},
	{
		Name: "random", Kind: "math", Args: []string{}, Volatile: true,
		Doc:     "A random number from 0 up to, without, 1; another one for every row.",
		Example: "floor(random()) = 0",
		Impls:   []Impl{{In: []Type{}, Out: returns(float8Type), Eval: randomEval}},
	},
}

// realFunction is the overload of a function of one number; check says which arguments it is not defined for.
func realFunction(f func(float64) float64, check func(float64) error) []Impl {
	return []Impl{{In: []Type{float8}, Out: returns(float8Type), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
		a := columnOf[float64](args[0])
		return mapFixed(call, args, func(i int) (float64, error) {
			v := a.at(i)
			if check != nil {
				if err := check(v); err != nil {
					return 0, err
				}
			}
			result := f(v)
			if math.IsInf(result, 0) && !math.IsInf(v, 0) && v != 0 {
				return 0, errOverflow()
			}
			return result, nil
		})
	}}}
}

func realPairs(f func(a, b float64) float64, check func(a, b float64) error) Eval {
	return func(call *Call, args []Arg) (arrow.Array, error) {
		a, b := columnOf[float64](args[0]), columnOf[float64](args[1])
		return mapFixed(call, args, func(i int) (float64, error) {
			x, y := a.at(i), b.at(i)
			if check != nil {
				if err := check(x, y); err != nil {
					return 0, err
				}
			}
			result := f(x, y)
			return result, overflowed(x, y, result)
		})
	}
}

func checkLogarithm(v float64) error {
	switch {
	case v == 0:
		return faultf(stateLogarithm, "cannot take logarithm of zero")
	case v < 0:
		return faultf(stateLogarithm, "cannot take logarithm of a negative number")
	}
	return nil
}

func errInputRange() error { return faultf(stateOutOfRange, "input is out of range") }

func checkAngle(v float64) error {
	if math.IsInf(v, 0) {
		return errInputRange()
	}
	return nil
}

func checkUnit(v float64) error {
	if v < -1 || v > 1 {
		return errInputRange()
	}
	return nil
}

// draws numbers the batches of random numbers of the process, so that no two are alike.
var draws atomic.Uint64

func randomEval(call *Call, _ []Arg) (arrow.Array, error) {
	source := rand.New(rand.NewPCG(call.Env.Seed, draws.Add(1)))
	return mapFixedValid(call, allValid(call.Mem, call.Rows), func(int) (float64, error) { return source.Float64(), nil })
}
