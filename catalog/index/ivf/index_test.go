package ivf

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/mediaflight/mediaflight/catalog"
)

var metricNames = []string{"l2_distance", "cosine_distance", "negative_inner_product"}

// odds puts vectors among others that lists cannot have: NaN, infinite, huge, zero, and one that is there many times.
func odds(r *rand.Rand, vectors []float32, dim int) (nulls []int) {
	n := len(vectors) / dim
	for range n / 40 {
		i := r.IntN(n)
		v := vectors[i*dim : (i+1)*dim]
		switch r.IntN(8) {
		case 0:
			v[r.IntN(dim)] = float32(math.NaN())
		case 1:
			v[r.IntN(dim)] = float32(math.Inf(1 - 2*r.IntN(2)))
		case 2:
			v[r.IntN(dim)] = 1e30
		case 3:
			clear(v)
		case 4:
			for j := range v {
				v[j] *= 1e-20
			}
		case 5, 6:
			copy(v, vectors[:dim])
		case 7:
			nulls = append(nulls, i)
		}
	}
	return nulls
}

// TestSearch holds searches to brute force, where they must agree, and to a recall, where they need not.
func TestSearch(t *testing.T) {
	for _, metric := range metricNames {
		for _, dim := range []int{1, 2, 3, 31, 64, 100, 384, 1024} {
			for _, rows := range []int{0, 1, 40, 500, 5000} {
				if rows*dim > 1000000 {
					continue
				}
				t.Run(fmt.Sprintf("%s/%d/%d", metric, dim, rows), func(t *testing.T) {
					testSearch(t, metric, dim, rows)
				})
			}
		}
	}
}

func testSearch(t *testing.T, metric string, dim, rows int) {
	r := rand.New(rand.NewPCG(uint64(dim), uint64(rows)))
	data := &files{dim: dim, bits: 1 + (dim+rows/500)%8}
	all := clustered(r, rows, dim)
	asked := slices.Clone(all[:min(len(all), 10*dim)])
	for i := range asked {
		asked[i] += 0.3 * float32(r.NormFloat64())
	}
	nulls := odds(r, all, dim)
	// Three files, one of them empty, of which the first two make a segment.
	cut := rows / 3
	data.add(all[:cut*dim], slices.DeleteFunc(slices.Clone(nulls), func(i int) bool { return i >= cut })...)
	data.add(nil)
	data.add(all[cut*dim:], shifted(nulls, cut)...)
	ix := buildSegments(t, metric, data, 2)

	views := map[string]*View{"whole": NewView(ix, data.bases(), nil, data)}
	base := data.bases()
	base[0] = -1
	views["file missing"] = NewView(ix, base, nil, data)
	views["deleted"] = NewView(ix, data.bases(), [][]uint64{someBits(r, cut, 0.5), nil, someBits(r, rows-cut, 0.1)}, data)
	sets := map[string]*catalog.RowSet{"all": nil, "none": {}}
	sets["half"] = someRows(r, data, 0.5)
	sets["tenth"] = someRows(r, data, 0.1)
	sets["few"] = someRows(r, data, 0.01)
	for name, view := range views {
		for among, set := range sets {
			recall, n := 0.0, 0
			for i := range len(asked) / dim {
				q := &catalog.VectorQuery{Vector: asked[i*dim : (i+1)*dim], Within: math.Inf(1), Among: set, NaNFirst: i%4 == 3}
				for _, q.K = range []int{1, 10, 100, 0} {
					if q.K == 0 {
						q.Within = 1
					}
					truth := data.bruteForce(metric, view, q)
					ix.probing = i%3 > 0 && among != "few" // which nobody would look for in lists
					for _, q.Recall = range []float64{0.9, 1} {
						if err := ix.Search(t.Context(), view, []*catalog.VectorQuery{q}); err != nil {
							t.Fatal(err)
						}
						if err := check(q, truth); err != nil {
							t.Fatalf("%s among %s, query %d, k %d, recall %v, %s: %v", name, among, i, q.K, q.Recall, q.Stats.Plan, err)
						}
						if q.Recall < 1 {
							recall += recallOf(q.Found, truth)
							n++
						}
					}
				}
			}
			if recall < 0.89*float64(n) {
				t.Errorf("%s among %s: recall %.4f", name, among, recall/float64(n))
			}
		}
	}
}

// check tells what is wrong with an answer whatever its recall.
func check(q *catalog.VectorQuery, truth []catalog.Found) error {
	if q.K > 0 && len(q.Found) != len(truth) {
		return fmt.Errorf("%d rows, want %d", len(q.Found), len(truth))
	}
	seen := map[int64]bool{}
	for i, f := range q.Found {
		if seen[f.Address] {
			return fmt.Errorf("row %d twice", f.Address)
		}
		seen[f.Address] = true
		if i > 0 && (&nearest{nanFirst: q.NaNFirst}).before(f, q.Found[i-1]) {
			return fmt.Errorf("%v comes after %v", f, q.Found[i-1])
		}
		if q.Among != nil && !q.Among.Contains(f.Address) {
			return fmt.Errorf("row %d is not to choose from", f.Address)
		}
	}
	if q.Recall >= 1 {
		for i, f := range q.Found {
			if f.Address != truth[i].Address || math.Float64bits(f.Distance) != math.Float64bits(truth[i].Distance) && f.Distance == f.Distance {
				return fmt.Errorf("row %d is %v, want %v", i, f, truth[i])
			}
		}
		if len(q.Found) != len(truth) {
			return fmt.Errorf("%d rows, want %d", len(q.Found), len(truth))
		}
	}
	return nil
}

// buildSegments makes a segment of the first files and one of the others.
func buildSegments(t testing.TB, metric string, data *files, first int) *Index {
	ix := build(t, metric, &files{dim: data.dim, files: data.files[:first], bits: data.bits}, 0, 2)
	blob, err := Build(t.Context(), ix.Quantizer, &files{dim: data.dim, files: data.files[first:]}, BuildOptions{Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	s, err := OpenSegment(ix.Quantizer, blob)
	if err != nil {
		t.Fatal(err)
	}
	ix.Segments = append(ix.Segments, s)
	return ix
}

func shifted(rows []int, by int) []int {
	var out []int
	for _, i := range rows {
		if i >= by {
			out = append(out, i-by)
		}
	}
	return out
}

func someBits(r *rand.Rand, n int, share float64) []uint64 {
	words := make([]uint64, (n+63)/64)
	for i := range n {
		if r.Float64() < share {
			words[i/64] |= 1 << (i % 64)
		}
	}
	return words
}

func someRows(r *rand.Rand, data *files, share float64) *catalog.RowSet {
	set := &catalog.RowSet{}
	for i, base := range data.bases() {
		for row := range data.Rows(i) {
			if r.Float64() < share {
				set.Add([]int64{base + row})
			}
		}
	}
	return set
}

// TestMerge holds a merged segment to one that was built at once.
func TestMerge(t *testing.T) {
	for _, bits := range []int{1, 4, 7} {
		t.Run(fmt.Sprintf("%d bits", bits), func(t *testing.T) { testMerge(t, bits) })
	}
}

func testMerge(t *testing.T, bits int) {
	const dim = 70
	r := rand.New(rand.NewPCG(7, 8))
	data := &files{dim: dim, bits: bits}
	for _, rows := range []int{1000, 0, 77, 3000, 64} {
		vectors := clustered(r, rows, dim)
		var nulls []int
		if rows > 0 {
			nulls = odds(r, vectors, dim)
		}
		data.add(vectors, nulls...)
	}
	ix := build(t, "cosine_distance", data, 20, 2)
	var segments []*Segment
	for _, cut := range [][2]int{{0, 2}, {2, 3}, {3, 5}} {
		blob, err := Build(t.Context(), ix.Quantizer, &files{dim: dim, files: data.files[cut[0]:cut[1]]}, BuildOptions{})
		if err != nil {
			t.Fatal(err)
		}
		s, err := OpenSegment(ix.Quantizer, blob)
		if err != nil {
			t.Fatal(err)
		}
		segments = append(segments, s)
	}
	merged, err := Merge(context.Background(), ix.Quantizer, segments, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(merged, ix.Segments[0].Bytes()) {
		t.Error("merged segment differs from one that was built at once")
	}
	kept, err := Merge(context.Background(), ix.Quantizer, segments, [][]bool{{false, true}, nil, {true, false}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	rest := &files{dim: dim, files: []file{data.files[1], data.files[2], data.files[3]}}
	want, err := Build(t.Context(), ix.Quantizer, rest, BuildOptions{Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	got, err := OpenSegment(ix.Quantizer, kept)
	if err != nil {
		t.Fatal(err)
	}
	// What was dropped may have been the code of the largest spread.
	for i := range got.lists {
		got.lists[i].spread, got.lists[i].radius = 0, 0
	}
	other, err := OpenSegment(ix.Quantizer, want)
	if err != nil {
		t.Fatal(err)
	}
	for i := range other.lists {
		other.lists[i].spread, other.lists[i].radius = 0, 0
	}
	if !slices.Equal(kept, want) {
		t.Error("segment merged of some files differs from one that was built of them")
	}
}
