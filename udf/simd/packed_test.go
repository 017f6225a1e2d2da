package simd

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"
)

func randomNumbers(r *rand.Rand, n, width int) []byte {
	numbers := make([]byte, n)
	for i := range numbers {
		numbers[i] = byte(r.IntN(1 << width))
	}
	return numbers
}

// TestDotPacked holds every set to arithmetic with the numbers themselves, with each row at an alignment of its own.
func TestDotPacked(t *testing.T) {
	before := active
	defer func() { active = before }()
	eachSet(t, func(t *testing.T, set *Kernels) {
		active = set
		r := rand.New(rand.NewPCG(21, 22))
		for width := 1; width <= 8; width++ {
			for _, dim := range []int{64, 128, 192, 384, 960} {
				for count := range 8 {
					query := at(random(r, dim), count)
					var rows []unsafe.Pointer
					var numbers [][]byte
					for i := range count {
						numbers = append(numbers, randomNumbers(r, dim, width))
						packed := shifted(make([]byte, PackedBytes(dim, width)), r.IntN(64))
						Pack(packed, numbers[i], width)
						rows = append(rows, unsafe.Pointer(unsafe.SliceData(packed)))
					}
					dots := make([]float32, count+1)
					dots[count] = -1
					DotPacked(query, rows, width, dots[:count])
					for i, numbers := range numbers {
						want, size := 0.0, 0.0
						for j, q := range query {
							want += float64(q) * float64(numbers[j])
							size += math.Abs(float64(q)) * float64(numbers[j])
						}
						if math.Abs(float64(dots[i])-want) > 1e-6*size {
							t.Fatalf("row %d of %d, %d numbers of %d bits: %g, want %g", i, count, dim, width, dots[i], want)
						}
					}
					if dots[count] != -1 {
						t.Fatalf("wrote past %d results", count)
					}
				}
			}
		}
	})
}

// TestPackNeedsRoom is about lengths that do not fit.
func TestPackNeedsRoom(t *testing.T) {
	for what, call := range map[string]func(){
		"too little room":  func() { Pack(make([]byte, 31), make([]byte, 64), 4) },
		"63 numbers":       func() { Pack(make([]byte, 64), make([]byte, 63), 4) },
		"numbers of 9":     func() { Pack(make([]byte, 128), make([]byte, 64), 9) },
		"63 elements":      func() { DotPacked(make([]float32, 63), nil, 4, nil) },
		"too few products": func() { DotPacked(make([]float32, 64), make([]unsafe.Pointer, 2), 4, make([]float32, 1)) },
	} {
		t.Run(what, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("was taken")
				}
			}()
			call()
		})
	}
}

// BenchmarkDotPacked measures rows at random places, with the drawing of their numbers.
func BenchmarkDotPacked(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	const dim, count = 384, 50
	query, dots := random(r, dim), make([]float32, count)
	for _, place := range []struct {
		name string
		rows int
	}{{"cache", 50}, {"memory", 300_000}} {
		for width := 2; width <= 8; width++ {
			size := PackedBytes(dim, width)
			block := randomBytes(r, size*place.rows)
			rows := make([]unsafe.Pointer, count)
			for i := range available {
				before := active
				active = &available[i]
				b.Run(fmt.Sprintf("%s/%d bits/%s", place.name, width, active.Name), func(b *testing.B) {
					quick(b, count, "row", func() {
						for i := range rows {
							rows[i] = unsafe.Pointer(&block[r.IntN(place.rows)*size])
						}
						DotPacked(query, rows, width, dots)
					})
				})
				active = before
			}
		}
	}
}
