package ivf

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/mediaflight/mediaflight/catalog"
)

// TestDamage changes bytes of quantizers and segments, mostly those that say where others are. Either opening refuses them,
// or a search ends, with whatever answer.
func TestDamage(t *testing.T) {
	const dim = 20
	r := rand.New(rand.NewPCG(61, 62))
	data := &files{dim: dim}
	for _, rows := range []int{700, 0, 300} {
		vectors := clustered(r, rows, dim)
		if rows > 0 {
			odds(r, vectors, dim)
		}
		data.add(vectors)
	}
	asked := clustered(r, 1, dim)
	some := someRows(r, data, 0.5)
	for i, metric := range metricNames {
		data.bits = 1 + 2*i
		ix := build(t, metric, data, 12, 2)
		refused := 0
		for range 1000 {
			quantizer, segment := aligned(int64(len(ix.Quantizer.Bytes()))), aligned(int64(len(ix.Segments[0].Bytes())))
			copy(quantizer, ix.Quantizer.Bytes())
			copy(segment, ix.Segments[0].Bytes())
			head := segmentHeader + 16*3 + alignment + 16*12
			switch r.IntN(4) {
			case 0:
				damage(r, quantizer, quantizerHeader)
			case 1:
				damage(r, segment, head)
			case 2:
				damage(r, segment, len(segment))
				damage(r, quantizer, len(quantizer))
			case 3:
				segment = segment[:r.IntN(len(segment))]
			}
			if err := searchDamaged(t, quantizer, segment, data, asked, some); err != nil {
				refused++
			}
		}
		if refused < 230 || refused == 1000 {
			t.Errorf("%s: %d of 1000 damaged indexes are refused", metric, refused)
		}
	}
}

// damage sets some numbers among the first n bytes.
func damage(r *rand.Rand, blob []byte, n int) {
	for range 1 + r.IntN(4) {
		at := r.IntN(n / 4)
		x := r.Uint32()
		switch r.IntN(5) {
		case 0:
			x = uint32At(blob[4*at:]) + 1
		case 1:
			x = uint32At(blob[4*at:]) ^ 1<<r.IntN(32)
		case 2:
			x = math.MaxUint32
		case 3:
			x >>= r.IntN(32)
		}
		putUint32(blob[4*at:], x)
	}
}

func searchDamaged(t *testing.T, quantizer, segment []byte, data *files, asked []float32, some *catalog.RowSet) error {
	q, err := OpenQuantizer(quantizer)
	if err != nil {
		return err
	}
	s, err := OpenSegment(q, segment)
	if err != nil {
		return err
	}
	if q.Dim() != data.dim || !slices.Equal(s.Files(), []int64{700, 0, 300}) {
		return errors.New("another index") // whose caller finds that it does not go with the files
	}
	ix := &Index{Quantizer: q, Segments: []*Segment{s}, probing: true}
	view := NewView(ix, data.bases(), nil, data)
	for _, query := range []catalog.VectorQuery{
		{K: 10, Recall: 0.9, Within: math.Inf(1)},
		{K: 10, Recall: 0.9, Within: math.Inf(1), Among: some},
		{K: 2000, Recall: 0.9, Within: math.Inf(1)},
		{Recall: 0.9, Within: 1},
		{K: 10, Recall: 1, Within: math.Inf(1)},
	} {
		for i := range len(asked) / data.dim {
			query.Vector = asked[i*data.dim : (i+1)*data.dim]
			if err := ix.Search(t.Context(), view, []*catalog.VectorQuery{&query}); err != nil {
				return err
			}
		}
	}
	if _, err := Merge(t.Context(), q, []*Segment{s, s}, [][]bool{nil, {true, false, false}}, nil); err != nil {
		return err
	}
	return nil
}

// TestBitsAreChecked: codes have one to eight.
func TestBitsAreChecked(t *testing.T) {
	for _, bits := range []int{-1, 9} {
		if _, err := Train(t.Context(), Config{Metric: "l2_distance", Dim: 3, Bits: bits, Rows: 10}, make([]float32, 30), nil); err == nil {
			t.Errorf("%d bits are taken", bits)
		}
	}
}
