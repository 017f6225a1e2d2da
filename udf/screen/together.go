package screen

import "github.com/mediaflight/mediaflight/udf/simd"

// Together is how many queries a Group has.
const Together = 4

// A Group screens rows for several queries at once: codes are loaded once for all of them. It is used by one goroutine at a time.
type Group struct {
	queries  [Together]*Query
	codes    []int8 // of the queries
	products [Together * maxRows]int32
}

// NewGroup makes a group of queries for vectors of equal length.
func NewGroup(queries [Together]*Query) *Group {
	g := &Group{queries: queries}
	for _, q := range queries {
		g.codes = append(g.codes, q.code...)
	}
	return g
}

// Among does for each query what its Among does, with the query's own limit.
func (g *Group) Among(c *Codes, from, to int, limits *[Together]float64, into *[Together][]uint32) {
	var thresholds [Together]threshold
	for i, q := range g.queries {
		thresholds[i] = q.thresholdOf(limits[i])
	}
	step := max(min(maxRows, simd.MostTogether(c.stride)), 1)
	for ; from < to; from += step {
		n := min(to-from, step)
		simd.DotBytesTogether(g.codes, c.codes[from*c.stride:(from+n)*c.stride], g.products[:Together*n])
		for i, q := range g.queries {
			into[i] = q.within(c.bounds[from:from+n], g.products[i*n:(i+1)*n], &thresholds[i], from, into[i])
		}
	}
}
