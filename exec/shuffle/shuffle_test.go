package shuffle

import (
	"bytes"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
)

// covers fails unless each of the numbers [0, n) comes once.
func covers(t *testing.T, n int64, at func(int64) int64) {
	t.Helper()
	seen := make([]bool, n)
	for i := range n {
		to := at(i)
		if to < 0 || to >= n || seen[to] {
			t.Fatalf("of %d: %d is taken to %d, again or out of range", n, i, to)
		}
		seen[to] = true
	}
}

func TestPermutations(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	sizes := []int64{few - 1, few, few + 1, 100_003, 1<<18 - 1, 1 << 18, 1<<18 + 1}
	for n := range int64(3000) {
		sizes = append(sizes, n+1)
	}
	for _, n := range sizes {
		covers(t, n, NewPermutation(Key{r.Uint64(), r.Uint64()}, n).At)
		covers(t, n, network(Key{r.Uint64(), r.Uint64()}, n).At)
	}
	for _, n := range []int64{1<<40 + 7, math.MaxInt64} { // results stay in range, and differ
		p := NewPermutation(Key{r.Uint64(), r.Uint64()}, n)
		seen := map[int64]bool{}
		for i := range int64(1000) {
			to := p.At(n - 1 - i)
			if to < 0 || to >= n || seen[to] {
				t.Fatalf("of %d: %d", n, to)
			}
			seen[to] = true
		}
	}
}

// TestPairs holds the network's pairs of results to those of a random permutation by a chi-squared test. With 6 rounds it fails.
func TestPairs(t *testing.T) {
	const n, keys = 64, 400_000
	r := rand.New(rand.NewPCG(3, 4))
	var counts [n * n]int
	for range keys {
		p := network(Key{r.Uint64(), r.Uint64()}, n)
		counts[p.At(0)*n+p.At(1)]++
	}
	expected := float64(keys) / (n * (n - 1))
	chi := 0.0
	for i, count := range counts {
		if i/n == i%n {
			continue
		}
		d := float64(count) - expected
		chi += d * d / expected
	}
	const degrees = n*(n-1) - 1
	if deviations := (chi - degrees) / math.Sqrt(2*degrees); math.Abs(deviations) > 5 {
		t.Errorf("chi-squared %.0f of %d degrees: %.1f deviations", chi, degrees, deviations)
	}
}

// orders are those that there are, by name.
var orders = map[string]func(seed, epoch, n int64) Order{
	"none":  func(_, _, _ int64) Order { return None() },
	"full":  Full,
	"block": Block,
}

func TestOrders(t *testing.T) {
	for name, order := range orders {
		for _, n := range []int64{1, 2, 31, 32, 33, 1000, 100_003, BlockRows*WindowBlocks*2 - 1, BlockRows*WindowBlocks*3 + 5} {
			covers(t, n, order(7, 3, n).Row)
		}
		// Places are asked for in any order.
		const n = BlockRows * WindowBlocks * 5 / 2
		from, again := order(7, 3, n), order(7, 3, n)
		want := make([]int64, 0, 3)
		for _, place := range []int64{n - 1, 0, n / 2} {
			want = append(want, from.Row(place))
		}
		for i, place := range []int64{n / 2, 0, n - 1} {
			if got := again.Row(place); got != want[2-i] {
				t.Errorf("%s: %d is at %d, was %d", name, got, place, want[2-i])
			}
		}
	}
}

// TestUncorrelated holds that orders of other seeds and epochs have nothing to do with each other, nor with the one in which rows are stored.
func TestUncorrelated(t *testing.T) {
	const n = 100_000
	for i, pair := range [][2]Order{{Full(0, 1, n), Full(1, 0, n)}, {Full(5, 0, n), Full(5, 1, n)}, {Full(5, 0, n), None()}, {Block(5, 0, n), Block(6, 0, n)}} {
		sum := 0.0
		for place := range int64(n) {
			sum += (float64(pair[0].Row(place)) - (n-1)/2.0) * (float64(pair[1].Row(place)) - (n-1)/2.0)
		}
		if correlation := sum / (n * (float64(n)*n - 1) / 12); math.Abs(correlation) > 0.02 {
			t.Errorf("rank correlation of pair %d: %.3f", i, correlation)
		}
	}
}

// TestBlocksMix holds batches of rows that are stored by class to what Block promises of their means.
func TestBlocksMix(t *testing.T) {
	const n, m = 2_000_000, 256
	order := Block(1, 1, n)
	sum, batches := 0.0, 0
	for first := int64(0); first+m <= n; first += m {
		mean := 0.0
		for i := range int64(m) {
			mean += float64(order.Row(first+i))/(n-1) - 0.5
		}
		mean /= m
		sum, batches = sum+mean*mean, batches+1
	}
	ratio := sum / float64(batches) * 12 * m
	if most := 1 + (m-1)*(1.0/WindowBlocks-BlockRows/float64(n)); ratio > most*1.1 || ratio < 0.9 {
		t.Errorf("the means of batches vary %.2f times as those of a full shuffle, at most %.2f", ratio, most)
	}
}

func TestShards(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 2000 {
		whole := Shard{Rows: r.Int64N(2000), Ranks: 1, BatchRows: (1 + r.Int64N(6)) * 12, Tail: Tail(r.IntN(3))}
		whole.Start = r.Int64N(whole.Rows + 1)
		ranks := []int64{1, 2, 3, 4, 6, 12}[r.IntN(6)]
		steps := whole.Steps()
		var all []int64
		for step := range steps {
			want := whole.Places(step, nil)
			var got []int64
			for rank := range ranks {
				s := Shard{Rows: whole.Rows, Start: whole.Start, Rank: rank, Ranks: ranks, BatchRows: whole.BatchRows / ranks, Tail: whole.Tail}
				if s.Steps() != steps || s.Position(step+1) != whole.Position(step+1) {
					t.Fatalf("%+v: %d steps, %d of %+v", s, s.Steps(), steps, whole)
				}
				got = s.Places(step, got)
			}
			if !slices.Equal(got, want) {
				t.Fatalf("%+v, step %d of %d ranks: %v, want %v", whole, step, ranks, got, want)
			}
			all = append(all, got...)
		}
		left, wantLeft := int64(len(all)), whole.Rows-whole.Start
		switch whole.Tail {
		case Drop:
			wantLeft -= wantLeft % whole.BatchRows
		case Pad:
			wantLeft += (whole.BatchRows - wantLeft%whole.BatchRows) % whole.BatchRows
		}
		if left != wantLeft {
			t.Fatalf("%+v: %d places, want %d", whole, left, wantLeft)
		}
		for i, place := range all {
			if want := (whole.Start + int64(i)) % whole.Rows; place != want && whole.Start+int64(i) >= whole.Rows || place != whole.Start+int64(i) && whole.Start+int64(i) < whole.Rows {
				t.Fatalf("%+v: place %d is %d", whole, i, place)
			}
		}
	}
}

var rewrite = flag.Bool("rewrite", false, "write the golden orders anew")

// TestGoldenOrders holds the orders to those that streams have begun with: a trainer resumes in the middle of one. If this fails, what it
// holds is a new Version, beside the old one.
func TestGoldenOrders(t *testing.T) {
	var out bytes.Buffer
	for _, name := range []string{"full", "block"} {
		for _, n := range []int64{5, 1000, 65_536, 65_537, 1_000_000, BlockRows*WindowBlocks*3 + 5, 1 << 40} {
			for _, seed := range []int64{0, 7, -1} {
				o := orders[name](seed, seed+1, n)
				fmt.Fprintf(&out, "%s of %d, seed %d, epoch %d:", name, n, seed, seed+1)
				for i := range min(n, 5) {
					fmt.Fprintf(&out, " %d", o.Row(i*(n/min(n, 5))))
				}
				fmt.Fprintln(&out)
			}
		}
	}
	const path = "testdata/orders.1"
	if *rewrite {
		if err := os.WriteFile(path, out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(out.Bytes(), want) {
		t.Errorf("the orders have changed:\n%swant\n%s", out.Bytes(), want)
	}
}

func BenchmarkPermutation(b *testing.B) {
	for _, n := range []int64{few, 100_003, 2_200_000, 1 << 30} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			p := NewPermutation(Key{1, 2}, n)
			i := int64(0)
			for b.Loop() {
				p.At(i % n)
				i++
			}
		})
	}
}
