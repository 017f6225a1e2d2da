package ivf

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/udf/simd"
)

// TestFineBounds holds the bounds of fine codes to the distances themselves: few are above, and each bit brings the others closer.
func TestFineBounds(t *testing.T) {
	const dim, rows, queries = 100, 1000, 20
	for _, metric := range metricNames {
		r := rand.New(rand.NewPCG(71, 72))
		all := clustered(r, rows+queries, dim)
		data := &files{dim: dim}
		data.add(all[:rows*dim])
		before := 0.0
		for bits := 2; bits <= maxBits; bits++ {
			data.bits = bits
			ix := build(t, metric, data, 20, 2)
			gap, above := gaps(t, ix, data, all[rows*dim:])
			if above > 0.06 {
				t.Errorf("%s, %d bits: %.3f of the bounds are above the distances", metric, bits, above)
			}
			if before > 0 && (gap > 0.65*before || gap < 0.35*before) {
				t.Errorf("%s, %d bits: bounds are off by %.2g, by %.2g with one bit less", metric, bits, gap, before)
			}
			before = gap
		}
	}
}

// gaps is by how much the bounds of rows are below their scores on average, and the share of those that are above.
func gaps(t *testing.T, ix *Index, data *files, asked []float32) (gap, above float64) {
	s := newSearcher(newScratch(ix), new(choice))
	view := NewView(ix, data.bases(), nil, data)
	n := 0.0
	for i := range len(asked) / data.dim {
		s.begin(t.Context(), view, &catalog.VectorQuery{Vector: asked[i*data.dim : (i+1)*data.dim], K: 1, Within: math.Inf(1)})
		s.choose(view, nil)
		if !s.enter() {
			t.Fatal("the query does not enter")
		}
		for row := range data.Rows(0) {
			var d [1]float64
			if err := data.Measure(s.measure(), []uint64{uint64(row)}, d[:]); err != nil {
				t.Fatal(err)
			}
			fine := ix.Segments[0].fineOf(uint32(row))
			var dot [1]float32
			simd.DotPacked(s.point, []unsafe.Pointer{unsafe.Pointer(&fine[fineHeader])}, data.bits, dot[:])
			below := s.Quantizer.score(d[0], s.shift) - float64(s.fineBound(fine, dot[0]))
			gap += max(below, 0)
			if below < 0 {
				above++
			}
			n++
		}
	}
	return gap / n, above / n
}

// TestFineCodesSaveMeasuring: with more bits fewer rows are measured for the same recall, by queries alone and together.
func TestFineCodesSaveMeasuring(t *testing.T) {
	const dim, rows, queries = 96, 8000, 60
	for _, metric := range metricNames {
		t.Run(metric, func(t *testing.T) {
			r := rand.New(rand.NewPCG(73, 74))
			all := clustered(r, rows+queries, dim)
			data := &files{dim: dim}
			data.add(all[:rows*dim])
			var recalls, measured []float64
			for _, data.bits = range []int{1, 2, 4} {
				ix := build(t, metric, data, 0, 2)
				ix.probing = true
				view := NewView(ix, data.bases(), nil, data)
				var together []*catalog.VectorQuery
				recall, n := 0.0, 0.0
				for i := range queries {
					alone := &catalog.VectorQuery{Vector: all[(rows+i)*dim : (rows+i+1)*dim], K: 10, Recall: 0.95, Within: math.Inf(1)}
					truth := data.bruteForce(metric, view, alone)
					if err := ix.Search(t.Context(), view, []*catalog.VectorQuery{alone}); err != nil {
						t.Fatal(err)
					}
					recall += recallOf(alone.Found, truth) / queries
					n += float64(alone.Stats.Reranked) / queries
					if (alone.Stats.Refined > 0) != (data.bits > 1) {
						t.Fatalf("%d bits: %d fine codes were looked at", data.bits, alone.Stats.Refined)
					}
					other := *alone
					other.Found = nil
					together = append(together, &other)
				}
				if err := ix.Search(t.Context(), view, together); err != nil {
					t.Fatal(err)
				}
				least := 0.0
				for _, q := range together {
					least += recallOf(q.Found, data.bruteForce(metric, view, q)) / queries
				}
				if least < recall-0.005 {
					t.Errorf("%d bits: recall %.4f of queries together, %.4f one by one", data.bits, least, recall)
				}
				recalls, measured = append(recalls, recall), append(measured, n)
			}
			said := fmt.Sprintf("recall %.4f, rows measured %.1f with 1, 2 and 4 bits", recalls, measured)
			if recalls[1] < recalls[0]-0.005 || recalls[2] < recalls[0]-0.005 || measured[1] > 0.8*measured[0] || measured[2] > 0.6*measured[0] {
				t.Error(said)
			}
			t.Log(said)
		})
	}
}

// TestCheckRow: each row has the codes of its own vector, and not those of another.
func TestCheckRow(t *testing.T) {
	const dim, rows = 70, 3000
	for i, metric := range metricNames {
		r := rand.New(rand.NewPCG(75, 76))
		all := clustered(r, rows, dim)
		nulls := odds(r, all, dim)
		data := &files{dim: dim, bits: 1 + 3*i}
		data.add(all[:1000*dim], slices.DeleteFunc(slices.Clone(nulls), func(i int) bool { return i >= 1000 })...)
		data.add(all[1000*dim:], shifted(nulls, 1000)...)
		ix := buildSegments(t, metric, data, 1)
		wrong := 0
		for file := range data.files {
			for row := range data.Rows(file) {
				if data.files[file].nulls[int(row)] {
					continue
				}
				vectors := data.files[file].vectors
				if err := ix.CheckRow(file, uint32(row), vectors[int(row)*dim:int(row+1)*dim]); err != nil {
					t.Fatalf("%s: row %d of file %d: %v", metric, row, file, err)
				}
				other := int(row+1) % int(data.Rows(file))
				if ix.CheckRow(file, uint32(row), vectors[other*dim:(other+1)*dim]) != nil {
					wrong++
				}
			}
		}
		if wrong < rows*9/10 {
			t.Errorf("%s: only %d of %d rows are told from others", metric, wrong, rows)
		}
	}
}
