package ivf

import (
	"errors"
	"fmt"
	"math"
)

// A Curve tells how far a search has to look for a recall, as Calibrate measured it. How far is a reach: the i-th nearest
// list, i from 0, at the squared distance d(i), is scanned as long as
//
//	(d(i) - d(0)) * sqrt(i+1)  <=  reach * t
//
// where t is the distance of the k-th row found so far. A query in a crowd, whose k rows are near, so looks at fewer lists
// than one in the open, for which many lists are about as near; and if a filter lets few rows through, t is large and the
// search goes on. On sentences' and n-grams' embeddings this takes a fifth to a third fewer codes than the same number of
// lists for each query at the same recall. For inner products t is the length of the query.
//
// A reach depends on k, and more than on k on how far away the rows are: those that a filter lets through may be the tenth
// part of all or the remotest ones. How far t is, compared to rows in the nearest list, tells for how many rows of all it is
// the distance, and that is the k by which such a search takes its reach. How often the lists near the query hold such rows,
// compared to others, tells whether they lie where its neighbors do (see fewer).
type Curve struct {
	data   []byte
	levels []level // by k, then by recall; the last k is all rows
	// The squared distance to the nearest list beyond which no query was that the curve was measured with: it says nothing
	// of those, and they are looked for in all lists. 0 if there is no such distance.
	farthest float32
}

// A level is one point of a curve.
type level struct {
	k      uint32
	recall float32
	reach  float32
	probes float32 // lists looked at, on average
	codes  float32 // in them
	away   float32 // t of the k-th row over base (see searcher.base), on average
	edge   float32 // the reach for rows that are about as far as the k-th, rather than for all k
	_      uint32
}

const (
	curveMagic  = 0x0131_5643_5649_464d // "MFIVCV1" and the version
	curveHeader = 64
	maxLevels   = 1 << 10
)

// calibrated are the numbers of rows and the recalls of a curve. The last one is all that the lists hold.
var (
	calibratedK      = []int{1, 10, 100, 1000}
	calibratedRecall = []float64{0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.925, 0.95, 0.965, 0.98, 0.985, 0.99, 0.9925, 0.995, 0.9975, 0.999, 1}
)

func newCurve(levels []level, farthest float32) *Curve {
	data := aligned(align(curveHeader + 32*int64(len(levels))))
	head := view[uint64](data[:curveHeader])
	head[0], head[1], head[2] = curveMagic, uint64(len(levels)), uint64(math.Float32bits(farthest))
	copy(data[curveHeader:], bytesOf(levels))
	return &Curve{data: data, levels: view[level](data[curveHeader : curveHeader+32*len(levels)]), farthest: farthest}
}

// OpenCurve reads a curve where it lies. data is at an address that is a multiple of 64 and must not change.
func OpenCurve(data []byte) (*Curve, error) {
	if len(data) < curveHeader {
		return nil, errors.New("vector index: curve is cut short")
	}
	if err := checkAlignment(data); err != nil {
		return nil, err
	}
	head := view[uint64](data[:curveHeader])
	if head[0] != curveMagic {
		return nil, errors.New("vector index: not a curve of this version")
	}
	if head[1] > maxLevels || int64(len(data)) != align(curveHeader+32*int64(head[1])) {
		return nil, fmt.Errorf("vector index: curve of %d levels has %d bytes", head[1], len(data))
	}
	c := &Curve{data: data, levels: view[level](data[curveHeader : curveHeader+32*head[1]]), farthest: math.Float32frombits(uint32(head[2]))}
	if !(c.farthest >= 0) {
		return nil, errors.New("vector index: curve is damaged")
	}
	for i, l := range c.levels {
		sound := l.reach >= 0 && l.edge >= 0 && l.recall > 0 && l.recall <= 1 && l.probes >= 0 && l.probes <= maxLists && l.codes >= 0 && l.away >= 0 && l.k > 0
		if !sound || i > 0 && c.levels[i-1].k == l.k && c.levels[i-1].recall > l.recall {
			return nil, errors.New("vector index: curve is damaged")
		}
	}
	return c, nil
}

// Bytes is the curve's blob, which OpenCurve takes.
func (c *Curve) Bytes() []byte { return c.data }

// beyond tells whether a query at such a squared distance from its nearest list is unlike any that the curve was measured with.
func (c *Curve) beyond(distance float32) bool {
	return c != nil && c.farthest > 0 && distance > c.farthest
}

// A CurvePoint is a point of a curve for people to see.
type CurvePoint struct {
	K      int
	Probes int // lists looked at, on average
	Recall float64
}

// Points are the curve's points.
func (c *Curve) Points() []CurvePoint {
	points := make([]CurvePoint, len(c.levels))
	for i, l := range c.levels {
		points[i] = CurvePoint{K: int(l.k), Probes: int(math.Round(float64(l.probes))), Recall: float64(l.recall)}
	}
	return points
}

// An effort is how much a search does.
type effort struct {
	reach, edge   float32
	probes, codes float32 // that are to be expected
	// Where a filter decides how far rows are: reaches by how far they are.
	marks [6]mark
	n     int
}

// A mark is what is known of a k.
type mark struct {
	away, reach, edge float32
}

// within is the reach of an effort for a k-th row at distance t. share is how many rows to choose from the lists before held,
// compared to as many lists of the usual number of them.
func (e *effort) within(t, base float32, share float64) float32 {
	if e.n == 0 {
		return e.reach
	}
	away := t / base
	for i := 1; i < e.n; i++ {
		if below, above := &e.marks[i-1], &e.marks[i]; away <= above.away || i+1 == e.n {
			along := min(max((away-below.away)/(above.away-below.away), 0), 1)
			reach := below.reach + along*(above.reach-below.reach)
			if share < fewer && reach < inf {
				edge := below.edge + along*(above.edge-below.edge)
				reach += (edge - reach) * float32(min(math.Log(fewer/share)/math.Log(fewer/few), 1))
			}
			return max(reach, e.reach)
		}
	}
	return e.reach
}

// Where a filter has nothing to do with the query, the lists near it hold as many of the filter's rows as other lists do, and
// more where it keeps rows like the query. The fewer they hold, the more do the rows that it keeps lie in other directions than
// neighbors do, and the search goes from the usual reach to the edge.
const (
	fewer = 1.0
	few   = 0.25
)

// effort for a recall of k rows among all.
func (c *Curve) effort(lists int, recall, k float64) effort {
	if c == nil || len(c.levels) == 0 {
		return effort{reach: inf, probes: float32(lists)}
	}
	var below effort
	last := 0.0
	for levels := range c.each {
		above, at := reachOf(levels, recall), math.Log10(float64(levels[0].k))
		switch x := math.Log10(max(k, 1)); {
		case at < x:
		case below.reach == 0 || at == last:
			return above
		default:
			along := float32((x - last) / (at - last))
			between := func(a, b float32) float32 { return a + along*(b-a) }
			return effort{reach: between(below.reach, above.reach), probes: between(below.probes, above.probes), codes: between(below.codes, above.codes)}
		}
		below, last = above, at
	}
	return below
}

// filtered is the effort for k rows of those that a filter lets through, which are as far away as k/share rows of all if the
// filter has nothing to do with the query.
func (c *Curve) filtered(lists int, recall, k, share float64) effort {
	e := c.effort(lists, recall, k/share)
	e.reach = c.effort(lists, recall, k).reach
	if c == nil {
		return e
	}
	for levels := range c.each {
		if e.n == len(e.marks) {
			break
		}
		found := reachOf(levels, recall)
		m := mark{away: levels[0].away, reach: found.reach, edge: found.edge}
		if e.n == 0 || m.away > e.marks[e.n-1].away {
			e.marks[e.n] = m
			e.n++
		}
	}
	if e.n < 2 { // t says nothing
		e.n, e.reach = 0, c.effort(lists, recall, k/share).reach
	}
	return e
}

// each gives the levels of each k.
func (c *Curve) each(yield func([]level) bool) {
	for from := 0; from < len(c.levels); {
		to := from + 1
		for to < len(c.levels) && c.levels[to].k == c.levels[from].k {
			to++
		}
		if !yield(c.levels[from:to]) {
			return
		}
		from = to
	}
}

// reachOf finds the recall among levels of one k. What lies between two levels is on the line through the logarithms of what
// their recalls miss.
func reachOf(levels []level, recall float64) effort {
	for i, l := range levels {
		if float64(l.recall) < recall && i+1 < len(levels) {
			continue
		}
		e := effort{reach: l.reach, edge: l.edge, probes: l.probes, codes: l.codes}
		if i == 0 || float64(l.recall) <= recall || l.recall == 1 {
			return e
		}
		before := levels[i-1]
		missing := func(r float64) float64 { return math.Log(1 - r) }
		along := float32((missing(recall) - missing(float64(before.recall))) / (missing(float64(l.recall)) - missing(float64(before.recall))))
		return effort{
			reach:  before.reach + along*(l.reach-before.reach),
			edge:   before.edge + along*(l.edge-before.edge),
			probes: before.probes + along*(l.probes-before.probes),
			codes:  before.codes + along*(l.codes-before.codes),
		}
	}
	return effort{reach: inf}
}
