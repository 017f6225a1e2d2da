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
// lists for each query at the same recall, and a tenth to a fifth fewer than either factor alone. For inner products t is
// the length of the query.
type Curve struct {
	data   []byte
	levels []level // by k, then by recall
}

// A level is one point of a curve.
type level struct {
	k      uint32
	recall float32
	reach  float32
	probes float32 // lists looked at, on average
	codes  float32 // in them
	_      [3]uint32
}

const (
	curveMagic  = 0x0131_5643_5649_464d // "MFIVCV1" and the version
	curveHeader = 64
	maxLevels   = 1 << 10
)

// calibrated are the numbers of rows and the recalls of a curve. The last one is all that the lists hold.
var (
	calibratedK      = []int{1, 10, 100}
	calibratedRecall = []float64{0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.925, 0.95, 0.965, 0.98, 0.985, 0.99, 0.9925, 0.995, 0.9975, 0.999, 1}
)

func newCurve(levels []level) *Curve {
	data := aligned(align(curveHeader + 32*int64(len(levels))))
	head := view[uint64](data[:curveHeader])
	head[0], head[1] = curveMagic, uint64(len(levels))
	copy(data[curveHeader:], bytesOf(levels))
	return &Curve{data: data, levels: view[level](data[curveHeader : curveHeader+32*len(levels)])}
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
	c := &Curve{data: data, levels: view[level](data[curveHeader : curveHeader+32*head[1]])}
	for i, l := range c.levels {
		if l.reach != l.reach || !(l.recall > 0 && l.recall <= 1) || l.k == 0 || i > 0 && c.levels[i-1].k == l.k && c.levels[i-1].recall > l.recall {
			return nil, errors.New("vector index: curve is damaged")
		}
	}
	return c, nil
}

// Bytes is the curve's blob, which OpenCurve takes.
func (c *Curve) Bytes() []byte { return c.data }

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
	reach         float32
	probes, codes float32 // that are to be expected
}

// effort for a recall of k rows. k between those that were calibrated, and beyond, is somewhere on the line through them.
func (c *Curve) effort(lists int, recall, k float64) effort {
	if c == nil || len(c.levels) == 0 {
		return effort{reach: inf, probes: float32(lists)}
	}
	x := math.Log10(max(k, 1))
	var below, above effort
	at, last := -1.0, -1.0
	for from := 0; from < len(c.levels); {
		to := from + 1
		for to < len(c.levels) && c.levels[to].k == c.levels[from].k {
			to++
		}
		below, last = above, at
		above, at = reachOf(c.levels[from:to], recall), math.Log10(float64(c.levels[from].k))
		if at >= x {
			break
		}
		from = to
	}
	if last < 0 || at == last || math.IsInf(float64(above.reach), 1) {
		return above
	}
	along := (x - last) / (at - last)
	between := func(a, b float32) float32 { return a + float32(along)*(b-a) }
	e := effort{reach: between(below.reach, above.reach), probes: between(below.probes, above.probes), codes: between(below.codes, above.codes)}
	if along > 1 { // nobody measured that: not less than what was
		e.reach = max(e.reach, above.reach)
	}
	return e
}

// reachOf finds the recall among levels of one k. What lies between two levels is on the line through the logarithms of what
// their recalls miss.
func reachOf(levels []level, recall float64) effort {
	for i, l := range levels {
		if float64(l.recall) < recall && i+1 < len(levels) {
			continue
		}
		e := effort{l.reach, l.probes, l.codes}
		if i == 0 || float64(l.recall) <= recall || l.recall == 1 {
			return e
		}
		before := levels[i-1]
		missing := func(r float64) float64 { return math.Log(1 - r) }
		along := float32((missing(recall) - missing(float64(before.recall))) / (missing(float64(l.recall)) - missing(float64(before.recall))))
		return effort{
			reach:  before.reach + along*(l.reach-before.reach),
			probes: before.probes + along*(l.probes-before.probes),
			codes:  before.codes + along*(l.codes-before.codes),
		}
	}
	return effort{reach: inf}
}
