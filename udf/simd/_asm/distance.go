package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/gotypes"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// unroll is how many registers take part in one round of the inner loop, each with its own sum: additions take four
// cycles, and two can start in each.
const unroll = 4

// A measure is what a kernel adds up over the elements of two vectors.
type measure interface {
	name() string
	doc() string
	results() []string
	// ahead is how many bytes before they are due rows are prefetched, 0 to leave that to the hardware.
	ahead() int
	prepare(s isa)
	// add takes in a register of b, which is lost, and as much of a, from memory or a register.
	add(s isa, a Op, b reg.VecVirtual, sums []reg.VecVirtual)
}

type dot struct{}

func (dot) name() string      { return "dot" }
func (dot) doc() string       { return "a*b" }
func (dot) results() []string { return []string{"dot"} }
func (dot) ahead() int        { return 0 }
func (dot) prepare(isa)       {}
func (dot) add(_ isa, a Op, b reg.VecVirtual, sums []reg.VecVirtual) {
	VFMADD231PS(a, b, sums[0])
}

type l2Squared struct{}

func (l2Squared) name() string      { return "l2Squared" }
func (l2Squared) doc() string       { return "(a-b)*(a-b)" }
func (l2Squared) results() []string { return []string{"distance"} }
func (l2Squared) ahead() int        { return 0 }
func (l2Squared) prepare(isa)       {}
func (l2Squared) add(_ isa, a Op, b reg.VecVirtual, sums []reg.VecVirtual) {
	VSUBPS(a, b, b)
	VFMADD231PS(b, b, sums[0])
}

type l1 struct{}

func (l1) name() string      { return "l1" }
func (l1) doc() string       { return "|a-b|" }
func (l1) results() []string { return []string{"distance"} }
func (l1) ahead() int        { return 0 }
func (l1) prepare(s isa)     { s.signs() }
func (l1) add(s isa, a Op, b reg.VecVirtual, sums []reg.VecVirtual) {
	VSUBPS(a, b, b)
	s.abs(b)
	VADDPS(b, sums[0], sums[0])
}

type dotNorm struct{}

func (dotNorm) name() string      { return "dotNorm" }
func (dotNorm) doc() string       { return "a*b and b*b" }
func (dotNorm) results() []string { return []string{"dot", "norm"} }

// With two sums fewer loads fit into the processor's window, and memory waits for it: prefetched, rows of 384 elements
// take 40 ns instead of 42 with AVX-512 and 39 instead of 43 with AVX2. The other measures gain nothing from it.
//
// The prefetch is non-temporal, since 150 MB that are read once need not drive all else out of the caches: it is as fast, and
// a walk through 4 MB after it takes 0.82 ms instead of 1.0 to 1.1, a search by ADBC in all 5.0 ms instead of 5.5 to 6.0.
func (dotNorm) ahead() int { return 8192 }

func (dotNorm) prepare(isa) {}
func (dotNorm) add(_ isa, a Op, b reg.VecVirtual, sums []reg.VecVirtual) {
	VFMADD231PS(a, b, sums[0])
	VFMADD231PS(b, b, sums[1])
}

// pair writes the kernel that measures two vectors of one length.
func pair(s isa, m measure) {
	name := m.name() + s.name()
	signature := "func(a, b []float32) ("
	for i, r := range m.results() {
		if i > 0 {
			signature += ", "
		}
		signature += r + " float32"
	}
	TEXT(name, NOSPLIT, signature+")")
	Doc(fmt.Sprintf("%s sums up %s over the elements of two vectors of equal length.", name, m.doc()))
	Pragma("noescape")
	a := Load(Param("a").Base(), GP64())
	b := Load(Param("b").Base(), GP64())
	dim := Load(Param("a").Len(), GP64())
	v := begin(s, m, dim)
	totals := v.measure(a, b)
	for i, total := range totals {
		VMOVSS(total.AsX(), address(ReturnIndex(i)))
	}
	VZEROUPPER()
	RET()
}

// rows writes the kernel that measures one vector against rows that lie one after another, at any address.
func rows(s isa, m measure) {
	name := m.name() + "Rows" + s.name()
	outs := ""
	for i, r := range m.results() {
		if i > 0 {
			outs += ", "
		}
		outs += r + "s"
	}
	TEXT(name, NOSPLIT, fmt.Sprintf("func(query []float32, rows []byte, %s []float32)", outs))
	Doc(fmt.Sprintf("%s sums up %s over the elements of the query a and of each row b, whatever the rows' alignment.", name, m.doc()))
	Pragma("noescape")
	query := Load(Param("query").Base(), GP64())
	row := Load(Param("rows").Base(), GP64())
	var results []reg.Register
	for _, r := range m.results() {
		results = append(results, Load(Param(r+"s").Base(), GP64()))
	}
	n := Load(Param(m.results()[0]+"s").Len(), GP64())
	dim := Load(Param("query").Len(), GP64())
	v := begin(s, m, dim)
	v.ahead = m.ahead()

	TESTQ(n, n)
	JZ(LabelRef("done"))
	Label("row")
	a := GP64()
	MOVQ(query, a)
	for i, total := range v.measure(a, row) {
		VMOVSS(total.AsX(), Mem{Base: results[i]})
		ADDQ(U8(4), results[i])
	}
	DECQ(n)
	JNZ(LabelRef("row"))
	Label("done")
	VZEROUPPER()
	RET()
}

// rowsAhead is how many rows before it is due one that lies anywhere is prefetched. From memory a row of 384 elements takes
// 66 ns instead of 130, one row ahead 93, two 79, eight 68.
const rowsAhead = 4

// gather writes the kernel that measures one vector against rows that lie anywhere.
func gather(s isa, m measure) {
	name := m.name() + "Gather" + s.name()
	outs := ""
	for i, r := range m.results() {
		if i > 0 {
			outs += ", "
		}
		outs += r + "s"
	}
	TEXT(name, NOSPLIT, fmt.Sprintf("func(query []float32, rows []*byte, %s []float32)", outs))
	Doc(fmt.Sprintf("%s sums up %s over the elements of the query a and of each row b, wherever they are.", name, m.doc()))
	Pragma("noescape")
	query := Load(Param("query").Base(), GP64())
	rows := Load(Param("rows").Base(), GP64())
	var results []reg.Register
	for _, r := range m.results() {
		results = append(results, Load(Param(r+"s").Base(), GP64()))
	}
	n := Load(Param("rows").Len(), GP64())
	dim := Load(Param("query").Len(), GP64())
	w := begin(s, m, dim)
	w.soon = GP64()

	TESTQ(n, n)
	JZ(LabelRef("done"))
	Label("row")
	a, b := GP64(), GP64()
	MOVQ(query, a)
	MOVQ(Mem{Base: rows}, b)
	MOVQ(b, w.soon)
	CMPQ(n, U8(rowsAhead))
	JLE(LabelRef("last"))
	MOVQ(Mem{Base: rows, Disp: 8 * rowsAhead}, w.soon)
	Label("last")
	for i, total := range w.measure(a, b) {
		VMOVSS(total.AsX(), Mem{Base: results[i]})
		ADDQ(U8(4), results[i])
	}
	ADDQ(U8(8), rows)
	DECQ(n)
	JNZ(LabelRef("row"))
	Label("done")
	VZEROUPPER()
	RET()
}

// A walk goes through two vectors: rounds of unroll registers, then single registers, then what fills no register.
type walk struct {
	isa     isa
	of      measure
	rounds  reg.GPVirtual // bytes that whole rounds cover
	singles reg.GPVirtual // registers after them
	rest    reg.GPVirtual // values after those
	ahead   int           // how far before they are due bytes of b are prefetched, if they are
	soon    reg.GPVirtual // a vector to prefetch, nil for none
}

func begin(s isa, m measure, dim reg.Register) walk {
	w := walk{isa: s, of: m, rounds: GP64(), singles: GP64(), rest: GP64()}
	lanes := s.lanes()
	MOVQ(dim, w.rest)
	ANDQ(U8(lanes-1), w.rest)
	MOVQ(dim, w.singles)
	SHRQ(U8(log2(lanes)), w.singles)
	MOVQ(w.singles, w.rounds)
	SHRQ(U8(log2(unroll)), w.rounds)
	ANDQ(U8(unroll-1), w.singles)
	s.tail(w.rest)
	m.prepare(s)
	return w
}

// measure emits the walk over the vectors at a and b, which it moves behind them.
func (w walk) measure(a, b reg.Register) []reg.VecVirtual {
	s, m := w.isa, w.of
	width := 4 * s.lanes()
	sums := make([][]reg.VecVirtual, unroll)
	for u := range sums {
		for range m.results() {
			sum := s.register()
			s.zero(sum)
			sums[u] = append(sums[u], sum)
		}
	}
	step := func(u int) {
		y := s.register()
		s.load(Mem{Base: b, Disp: u * width}, y)
		m.add(s, Mem{Base: a, Disp: u * width}, y, sums[u])
	}
	left := GP64()
	MOVQ(w.rounds, left)
	TESTQ(left, left)
	JZ(LabelRef("singles"))
	Label("round")
	if w.ahead > 0 { // non-temporal: what is read once is not to drive all else out of the caches
		for line := 0; line < unroll*width; line += 64 {
			PREFETCHNTA(Mem{Base: b, Disp: w.ahead + line})
		}
	}
	w.prefetch(unroll * width)
	for u := range unroll {
		step(u)
	}
	ADDQ(I32(unroll*width), a)
	ADDQ(I32(unroll*width), b)
	DECQ(left)
	JNZ(LabelRef("round"))

	Label("singles")
	MOVQ(w.singles, left)
	TESTQ(left, left)
	JZ(LabelRef("rest"))
	Label("single")
	w.prefetch(width)
	step(0)
	ADDQ(I32(width), a)
	ADDQ(I32(width), b)
	DECQ(left)
	JNZ(LabelRef("single"))

	Label("rest")
	TESTQ(w.rest, w.rest)
	JZ(LabelRef("sum"))
	w.prefetch(width)
	x, y := s.register(), s.register()
	s.loadTail(Mem{Base: a}, x)
	s.loadTail(Mem{Base: b}, y)
	m.add(s, x, y, sums[0])
	LEAQ(Mem{Base: b, Index: w.rest, Scale: 4}, b)

	Label("sum")
	totals := make([]reg.VecVirtual, len(m.results()))
	for r := range totals {
		for gap := 1; gap < unroll; gap *= 2 {
			for u := 0; u < unroll; u += 2 * gap {
				VADDPS(sums[u+gap][r], sums[u][r], sums[u][r])
			}
		}
		totals[r] = s.sum(sums[0][r])
	}
	return totals
}

// prefetch goes on by so many bytes of the vector to prefetch.
func (w walk) prefetch(bytes int) {
	if w.soon == nil {
		return
	}
	for line := 0; line < bytes; line += 64 {
		PREFETCHT0(Mem{Base: w.soon, Disp: line})
	}
	ADDQ(I32(bytes), w.soon)
}

// address is where a parameter or result lies. Store would move it by an SSE instruction, which some machines are slow
// to mix with AVX.
func address(c gotypes.Component) Mem {
	basic, err := c.Resolve()
	if err != nil {
		panic(err)
	}
	return basic.Addr
}

func log2(n int) int {
	log := 0
	for ; n > 1; n /= 2 {
		log++
	}
	return log
}
