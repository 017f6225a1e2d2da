package ivf

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/mediaflight/mediaflight/catalog"
)

// TestSearchTogether holds a batch of unlike queries to brute force, and its recall to that of the same queries one by one.
func TestSearchTogether(t *testing.T) {
	const dim, rows = 48, 12_000
	for _, metric := range metricNames {
		t.Run(metric, func(t *testing.T) {
			r := rand.New(rand.NewPCG(3, 4))
			data := &files{dim: dim}
			all := clustered(r, rows, dim)
			asked := slices.Clone(all[:300*dim])
			for i := range asked {
				asked[i] += 0.3 * float32(r.NormFloat64())
			}
			nulls := odds(r, all, dim)
			const cut = rows / 3
			data.add(all[:cut*dim], slices.DeleteFunc(slices.Clone(nulls), func(i int) bool { return i >= cut })...)
			data.add(all[cut*dim:], shifted(nulls, cut)...)
			ix := buildSegments(t, metric, data, 1)
			view := NewView(ix, data.bases(), [][]uint64{someBits(r, cut, 0.2)}, data)
			sets := []*catalog.RowSet{nil, {}, someRows(r, data, 0.5), someRows(r, data, 0.1), someRows(r, data, 0.01)}
			for _, probing := range []bool{false, true} {
				ix.probing = probing
				var alone, together []*catalog.VectorQuery
				for i := range len(asked) / dim {
					q := catalog.VectorQuery{Vector: asked[i*dim : (i+1)*dim], K: []int{10, 1, 100}[i%3], Recall: 0.9, Within: math.Inf(1), Among: sets[i%len(sets)], NaNFirst: i%7 == 0}
					switch {
					case i%11 == 0:
						q.K, q.Within = 0, 1
					case i%13 == 0:
						q.Recall = 1
					}
					one, other := q, q
					alone, together = append(alone, &one), append(together, &other)
				}
				for _, q := range alone {
					if err := ix.Search(t.Context(), view, []*catalog.VectorQuery{q}); err != nil {
						t.Fatal(err)
					}
				}
				if err := ix.Search(t.Context(), view, together); err != nil {
					t.Fatal(err)
				}
				of := map[string]float64{}
				for i, q := range together {
					truth := data.bruteForce(metric, view, q)
					if err := check(q, truth); err != nil {
						t.Fatalf("query %d, k %d, %s: %v", i, q.K, q.Stats.Plan, err)
					}
					if q.Recall < 1 && q.K > 0 {
						of["alone"] += recallOf(alone[i].Found, truth)
						of["together"] += recallOf(q.Found, truth)
						of["n"]++
					}
				}
				if of["together"] < of["alone"]-0.003*of["n"] {
					t.Errorf("recall %.4f, one by one %.4f", of["together"]/of["n"], of["alone"]/of["n"])
				}
			}
		})
	}
}

// TestSearchTogetherErrs: one query that does not fit ends the batch, and the next batch is not harmed.
func TestSearchTogetherErrs(t *testing.T) {
	const dim = 16
	r := rand.New(rand.NewPCG(5, 6))
	data := &files{dim: dim}
	data.add(clustered(r, 3000, dim))
	ix := build(t, "l2_distance", data, 20, 1)
	view := NewView(ix, data.bases(), nil, data)
	for round := range 3 {
		var queries []*catalog.VectorQuery
		for i := range 2 * fewTogether {
			q := &catalog.VectorQuery{Vector: clustered(r, 1, dim), K: 5, Recall: 0.9, Within: math.Inf(1)}
			if round == 1 && i == fewTogether {
				q.Vector = q.Vector[:3]
			}
			queries = append(queries, q)
		}
		err := ix.Search(t.Context(), view, queries)
		if (err != nil) != (round == 1) {
			t.Fatalf("round %d: %v", round, err)
		}
		for i, q := range queries {
			if round != 1 && len(q.Found) != 5 {
				t.Fatal(fmt.Sprintf("round %d, query %d", round, i), len(q.Found))
			}
		}
	}
}
