package shuffle

import (
	"math"
	"math/bits"
)

// A Permutation is one of the numbers [0, n). It may be used at once.
//
// Of many numbers it is a Feistel network over pairs (l, r) of Z_a x Z_b, where a*b is the least product at or above n (Black and Rogaway,
// "Ciphers with Arbitrary Finite Domains", 2002, section 5); a result that is out of range is permuted again, which happens to one in
// sqrt(n) at most. With 8 rounds pairs of results cannot be told from those of a random permutation; 6 are not enough. No network is fair to
// few numbers, so those are shuffled as a table (Fisher and Yates).
type Permutation struct {
	n     uint64
	a, b  uint64
	round [rounds]uint64
	table []uint16 // of few numbers
}

const (
	rounds = 8
	few    = 1 << 16
)

// NewPermutation makes a permutation of [0, n).
func NewPermutation(key Key, n int64) *Permutation {
	if n <= few {
		return &Permutation{table: table(key, int(n))}
	}
	return network(key, n)
}

func network(key Key, n int64) *Permutation {
	p := &Permutation{n: uint64(n)}
	p.a = uint64(math.Sqrt(float64(n)))
	for p.a*p.a < p.n {
		p.a++
	}
	p.b = (p.n + p.a - 1) / p.a
	for i := range p.round {
		p.round[i] = key.Word(uint64(i))
	}
	return p
}

// table is the numbers below n, shuffled.
func table(key Key, n int) []uint16 {
	t := make([]uint16, n)
	for i := range t {
		t[i] = uint16(i)
	}
	for i := n - 1; i > 0; i-- {
		j, _ := bits.Mul64(key.Word(uint64(i)), uint64(i+1))
		t[i], t[j] = t[j], t[i]
	}
	return t
}

// At is the number that i, of [0, n), is taken to.
func (p *Permutation) At(i int64) int64 {
	if p.table != nil {
		return int64(p.table[i])
	}
	x := uint64(i)
	for {
		if x = p.encrypt(x); x < p.n {
			return int64(x)
		}
	}
}

func (p *Permutation) encrypt(x uint64) uint64 {
	r, l := x/p.a, x%p.a
	for i := 0; i < rounds; i += 2 {
		l = wrapped(l+share(r, p.round[i], p.a), p.a)
		r = wrapped(r+share(l, p.round[i+1], p.b), p.b)
	}
	return r*p.a + l
}

// share hashes a number, by multiplications whose high bits are the better ones, and reduces the hash to [0, n) by these.
func share(x, key, n uint64) uint64 {
	h := (x ^ key) * 0x9e3779b97f4a7c15
	h, _ = bits.Mul64((h^h>>32)*0xd6e8feb86659fd93, n)
	return h
}

// wrapped is the sum of two numbers below n, modulo n.
func wrapped(sum, n uint64) uint64 {
	if sum >= n {
		return sum - n
	}
	return sum
}
