package ivf

import (
	"errors"
	"fmt"
	"math"

	"github.com/mediaflight/mediaflight/udf"
	"github.com/mediaflight/mediaflight/udf/simd"
)

// A Quantizer is what all segments of an index share: the space and the lists' centroids in it. It does not change.
type Quantizer struct {
	space
	data      []byte
	lists     int
	bits      int
	seed      uint64
	centroids []float32 // lists x dims
	// The centroids once more as codes, for a first look at all of them.
	router       []byte
	routerSpread float32
	// For inner products: the centroids' squared lengths, negative. Lists are visited in the order of -2<q,c>, as rows are.
	lifts []float32
}

// A quantizer's blob: this header, the mean, the centroids, the router's blocks.
const (
	quantizerMagic  = 0x0131_5146_5649_464d // "MFIVFQ1" and the version
	quantizerHeader = 64
	maxDim          = 1 << 16
	maxLists        = 1 << 24
)

type quantizerLayout struct{ mean, centroids, router, end int64 }

func layoutQuantizer(dim, lists int) quantizerLayout {
	var l quantizerLayout
	dims := int64(dimsFor(dim))
	l.mean = quantizerHeader
	l.centroids = align(l.mean + 4*int64(dim))
	l.router = align(l.centroids + 4*dims*int64(lists))
	l.end = l.router + blocksFor(int64(lists))*int64(blockStride(int(dims)))
	return l
}

func blocksFor(codes int64) int64 { return (codes + blockCodes - 1) / blockCodes }

func newQuantizer(cfg Config, kind metricKind, mean, centroids []float32) (*Quantizer, error) {
	lists := len(centroids) / dimsFor(cfg.Dim)
	l := layoutQuantizer(cfg.Dim, lists)
	data := aligned(l.end)
	head := view[uint64](data[:quantizerHeader])
	head[0] = quantizerMagic
	head[1] = uint64(kind)
	head[2] = uint64(cfg.Dim)
	head[3] = uint64(lists)
	head[4] = uint64(cfg.Bits)
	head[5] = cfg.Seed
	copy(data[l.mean:], bytesOf(mean))
	copy(data[l.centroids:], bytesOf(centroids))

	dims := dimsFor(cfg.Dim)
	c := code{signs: make([]byte, dims/4)}
	origin := make([]float32, dims)
	spread := float32(0)
	stride := blockStride(dims)
	for i := range lists {
		block := data[l.router+int64(i/blockCodes*stride):][:stride]
		if i%blockCodes == 0 {
			clearCodes(block, dims/4, 0)
		}
		c.encode(centroids[i*dims:(i+1)*dims], origin, false)
		c.put(block, i%blockCodes, uint32(i))
		spread = max(spread, c.spread)
	}
	head[6] = uint64(math.Float32bits(spread))
	return OpenQuantizer(data)
}

// OpenQuantizer reads a quantizer where it lies. data is at an address that is a multiple of 64 and must not change.
func OpenQuantizer(data []byte) (*Quantizer, error) {
	if len(data) < quantizerHeader {
		return nil, errors.New("vector index: quantizer is cut short")
	}
	if err := checkAlignment(data); err != nil {
		return nil, err
	}
	head := view[uint64](data[:quantizerHeader])
	if head[0] != quantizerMagic {
		return nil, errors.New("vector index: not a quantizer of this version")
	}
	name := metricName(metricKind(head[1]))
	metric, ok := udf.MetricNamed(name)
	if !ok || head[2] == 0 || head[2] > maxDim || head[3] == 0 || head[3] > maxLists || head[4] == 0 || head[4] > maxBits {
		return nil, errors.New("vector index: quantizer is damaged")
	}
	dim, lists := int(head[2]), int(head[3])
	l := layoutQuantizer(dim, lists)
	if int64(len(data)) != l.end {
		return nil, fmt.Errorf("vector index: quantizer has %d bytes, not %d", len(data), l.end)
	}
	q := &Quantizer{
		space: space{
			metric: metric,
			kind:   metricKind(head[1]),
			dim:    dim,
			dims:   dimsFor(dim),
			mean:   view[float32](data[l.mean : l.mean+4*int64(dim)]),
		},
		data:         data,
		lists:        lists,
		bits:         int(head[4]),
		seed:         head[5],
		router:       data[l.router:l.end],
		routerSpread: math.Float32frombits(uint32(head[6])),
	}
	q.rotation = newRotation(q.dims, q.seed)
	q.centroids = view[float32](data[l.centroids : l.centroids+4*int64(q.dims)*int64(lists)])
	if q.kind == inner {
		q.lifts = make([]float32, lists)
		for list := range q.lifts {
			q.lifts[list] = -simd.Norm2(q.centroid(list))
		}
	}
	return q, nil
}

func metricName(kind metricKind) string {
	for name, k := range metricKinds {
		if k == kind {
			return name
		}
	}
	return ""
}

// Bytes is the quantizer's blob, which OpenQuantizer takes.
func (q *Quantizer) Bytes() []byte { return q.data }

// Metric is the canonical name of the distance function.
func (q *Quantizer) Metric() string { return q.metric.Name }

// Dim is the number of elements of the vectors.
func (q *Quantizer) Dim() int { return q.dim }

// Lists is the number of inverted lists.
func (q *Quantizer) Lists() int { return q.lists }

// Bits is the number of bits of code for a dimension.
func (q *Quantizer) Bits() int { return q.bits }

func (q *Quantizer) centroid(list int) []float32 {
	return q.centroids[list*q.dims : (list+1)*q.dims : (list+1)*q.dims]
}

func (q *Quantizer) stride() int { return blockStride(q.dims) }
func (q *Quantizer) tables() int { return q.dims / 4 }
