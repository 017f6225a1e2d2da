package keys

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// Words are numbered in the order they first come, however they lie.
func TestWordTable(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	const batches, rows = 40, 3000
	for name, next := range map[string]func(i int) uint64{
		"rising":               func(i int) uint64 { return uint64(i) },
		"rising from far":      func(i int) uint64 { return 1<<63 + uint64(i)*4 },
		"falling":              func(i int) uint64 { return 1<<63 - uint64(i)*3 },
		"falling to 0":         func(i int) uint64 { return batches*rows - 1 - uint64(i) },
		"rising to the end":    func(i int) uint64 { return math.MaxUint64 - batches*rows + 1 + uint64(i) },
		"falling from the end": func(i int) uint64 { return math.MaxUint64 - uint64(i%(batches*rows/2)) },
		"both ends":            func(i int) uint64 { return uint64(i%2) * math.MaxUint64 },
		"both ways":            func(i int) uint64 { return uint64(1<<40 + (i%2*2-1)*i) },
		"few":                  func(int) uint64 { return random.Uint64N(100) },
		"many":                 func(int) uint64 { return random.Uint64N(70_000) },
		"sparse":               func(int) uint64 { return random.Uint64N(400_000) },
		"anywhere":             func(int) uint64 { return random.Uint64() },
		"close, then far":      func(i int) uint64 { return uint64(i) * (1 + uint64(i)/60_000<<30) },
		"thin":                 func(i int) uint64 { return uint64(i) * 7 },
	} {
		for _, nulls := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, nulls %t", name, nulls), func(t *testing.T) {
				var table wordTable
				table.init()
				want, wantNull := map[uint64]uint32{}, Missing
				number := func() uint32 {
					if wantNull != Missing {
						return uint32(len(want)) + 1
					}
					return uint32(len(want))
				}
				for from := range batches {
					words, wantIDs, wantFresh := make([]uint64, rows), make([]uint32, rows), []uint32{}
					b := array.NewInt64Builder(memory.DefaultAllocator)
					for row := range words {
						words[row] = next(from*rows + row)
						if nulls && random.IntN(5) == 0 {
							b.AppendNull()
							if wantNull == Missing {
								wantNull = number()
								wantFresh = append(wantFresh, uint32(row))
							}
							wantIDs[row] = wantNull
							continue
						}
						b.Append(0)
						id, ok := want[words[row]]
						if !ok {
							id = number()
							want[words[row]] = id
							wantFresh = append(wantFresh, uint32(row))
						}
						wantIDs[row] = id
					}
					column := b.NewArray()
					ids := make([]uint32, rows)
					var fresh []uint32
					if nulls {
						fresh = table.insertNullable(words, column, ids, nil)
					} else {
						fresh = table.insert(words, ids, nil)
					}
					if fmt.Sprint(fresh) != fmt.Sprint(wantFresh) {
						t.Fatalf("batch %d: new rows differ", from)
					}
					for row := range ids {
						if ids[row] != wantIDs[row] {
							t.Fatalf("batch %d: number of row %d is %d, want %d", from, row, ids[row], wantIDs[row])
						}
					}
				}
				if table.len() != int(number()) {
					t.Errorf("%d words, want %d", table.len(), number())
				}
				found := make([]uint32, 1)
				for w, id := range want {
					if table.find([]uint64{w}, found); found[0] != id {
						t.Fatalf("%d is found as %d, want %d", w, found[0], id)
					}
					if _, ok := want[w+1]; !ok {
						if table.find([]uint64{w + 1}, found); found[0] != Missing {
							t.Fatalf("%d is found", w+1)
						}
					}
				}
			})
		}
	}
}

func BenchmarkWordTable(b *testing.B) {
	const n, batch = 1 << 22, 1 << 15
	for name, word := range map[string]func(i int) uint64{
		"10":             func(int) uint64 { return rand.Uint64N(10) },
		"1e4":            func(int) uint64 { return rand.Uint64N(1e4) },
		"1e6":            func(int) uint64 { return rand.Uint64N(1e6) },
		"1e6 far apart":  func(int) uint64 { return rand.Uint64N(1e6) * 1_000_003 },
		"rising by four": func(i int) uint64 { return uint64(i/4) * 4 },
	} {
		words := make([]uint64, n)
		for i := range words {
			words[i] = word(i)
		}
		b.Run(name, func(b *testing.B) {
			ids := make([]uint32, batch)
			var fresh []uint32
			for b.Loop() {
				var t wordTable
				t.init()
				for from := 0; from < n; from += batch {
					fresh = t.insert(words[from:from+batch], ids, fresh[:0])
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/word")
		})
	}
}
