package udf

import (
	"math"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/mediaflight/mediaflight/udf/simd"
)

func (m *Metric) eval(call *Call, args []Arg) (arrow.Array, error) {
	return mapVectors(call, args, func(valid *validity, out []float64) error {
		return m.measureAll(args[0], args[1], valid, out)
	})
}

// measureAll stores the metric of the valid rows. A constant on either side is the query: every metric is the same from
// both sides.
func (m *Metric) measureAll(a, b Arg, valid *validity, out []float64) error {
	if a.Const {
		a, b = b, a
	}
	if !b.Const {
		return eachVector([]Arg{a, b}, valid, func(i int, x [][]float32) error {
			out[i] = m.between(x[0], x[1])
			return nil
		})
	}
	query, err := VectorAt(b.Array, 0)
	if err != nil {
		return err
	}
	return m.From(query).Column(a.Array, 0, out)
}

func hammingOfVectors(call *Call, args []Arg) (arrow.Array, error) {
	return mapVectors(call, args, func(valid *validity, out []float64) error {
		return eachVector(args, valid, func(i int, x [][]float32) error {
			for j, a := range x[0] {
				if b := x[1][j]; a != b && (a == a || b == b) {
					out[i]++
				}
			}
			return nil
		})
	})
}

func hammingOfBits(call *Call, args []Arg) (arrow.Array, error) {
	a, b := textOf(args[0]), textOf(args[1])
	return mapFixed(call, args, func(i int) (float64, error) {
		x, y := a.at(i), b.at(i)
		if len(x) != len(y) {
			return 0, faultf(stateData, "different lengths of %d and %d bytes", len(x), len(y))
		}
		return float64(simd.Hamming(x, y)), nil
	})
}

func normEval(call *Call, args []Arg) (arrow.Array, error) {
	return mapVectors(call, args, func(valid *validity, out []float64) error {
		return eachVector(args, valid, func(i int, x [][]float32) error {
			out[i] = math.Sqrt(float64(simd.Norm2(x[0])))
			return nil
		})
	})
}

// mapVectors makes a column of what compute stores for the valid rows. It is not called if there are none.
func mapVectors(call *Call, args []Arg, compute func(valid *validity, out []float64) error) (arrow.Array, error) {
	n := rowsOf(call, args)
	valid := validOf(call, args, n)
	buffer, out := newValues[float64](call.Mem, n)
	clear(out)
	if n > 0 && !valid.none() {
		if err := compute(valid, out); err != nil {
			buffer.Release()
			valid.release()
			return nil, err
		}
	}
	return valid.array(call.Out, buffer), nil
}

// eachVector calls f with the arguments' vectors for each valid row. They must be of equal length, and are good until f
// returns.
func eachVector(args []Arg, valid *validity, f func(i int, x [][]float32) error) error {
	columns := make([]vectors, len(args))
	for j, a := range args {
		columns[j] = vectorsOf(a.Array)
	}
	x := make([][]float32, len(args))
	for i := range valid.n {
		if !valid.at(i) {
			continue
		}
		for j, a := range args {
			var err error
			if x[j], err = columns[j].read(a.Row(i)); err != nil {
				return err
			}
			if len(x[j]) != len(x[0]) {
				return differentDimensions(len(x[0]), len(x[j]))
			}
		}
		if err := f(i, x); err != nil {
			return err
		}
	}
	return nil
}
