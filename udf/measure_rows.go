package udf

import (
	"math"
	"unsafe"
)

// Rows stores the metric of len(out) vectors of as many float32 as the query has, which lie one after another at any address.
func (m *Measure) Rows(rows []byte, out []float64) {
	bound, size := m.bound(math.Inf(1)), 4*len(m.query)
	for len(out) > 0 {
		n := min(len(out), m.block)
		m.measure(rows[:n*size], bound, out[:n])
		rows, out = rows[n*size:], out[n:]
	}
}

// Gather stores the metric of len(out) vectors that lie anywhere: each pointer is the address of as many float32 as the query
// has. They are the same numbers as those of the same vectors in a column.
func (m *Measure) Gather(rows []unsafe.Pointer, out []float64) {
	bound := m.bound(math.Inf(1))
	for len(out) > 0 {
		n := min(len(out), m.block)
		if m.metric.gatherNorm == nil {
			m.metric.gather(m.query, rows[:n], m.sums[:n])
		} else {
			m.metric.gatherNorm(m.query, rows[:n], m.sums[:n], m.norms[:n])
		}
		m.finish(bound, out[:n])
		rows, out = rows[n:], out[n:]
	}
}

// Metric and Query are what From or Reset was given.
func (m *Measure) Metric() *Metric  { return m.metric }
func (m *Measure) Query() []float32 { return m.query }
